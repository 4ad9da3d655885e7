// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "record/codec_reader.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using base::MutableBytesView;
using model::ErrorCode;
using model::fail;
using model::Result;

constexpr std::size_t scratch_bytes_kept = 1 << 20;
constexpr std::size_t first_output_bytes = 4 << 10;

// The "codec" none, so that callers need no exception for it.
class CopyReader final : public CodecReader {
 public:
  void start(BytesView input, std::uint64_t /*bytes_max*/) override { rest_ = input; }
  Result<std::size_t> read(MutableBytesView room) override {
    const std::size_t size = std::min(room.size(), rest_.size());
    std::ranges::copy(rest_.first(size), room.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  BytesView rest_;
};

std::unique_ptr<CodecReader> make_reader(Codec codec) {
  switch (codec) {
    case Codec::none:
      return std::make_unique<CopyReader>();
    case Codec::gzip:
      return make_gzip_reader();
    case Codec::snappy:
      return make_snappy_reader();
    case Codec::lz4:
      return make_lz4_reader();
    case Codec::zstd:
      return make_zstd_reader();
  }
  base::assertion_failed("codec exists", __FILE__, __LINE__);
}

int chosen_level(Codec codec, std::optional<int> level) {
  const CompressionLevels levels = compression_levels(codec).value();
  if (!level || *level == levels.standard) return levels.standard;
  return std::clamp(*level, levels.min, levels.max);
}

}  // namespace

std::optional<CompressionLevels> compression_levels(Codec codec) {
  switch (codec) {
    case Codec::gzip:
      return CompressionLevels{.min = 1, .max = 9, .standard = -1};
    case Codec::lz4:
      return CompressionLevels{.min = 1, .max = 17, .standard = 9};
    case Codec::zstd:
      return CompressionLevels{.min = -131072, .max = 22, .standard = 3};
    case Codec::none:
    case Codec::snappy:
      return std::nullopt;
  }
  return std::nullopt;
}

Bytes compress(Codec codec, BytesView bytes, std::optional<int> level) {
  switch (codec) {
    case Codec::none:
      return base::to_bytes(bytes);
    case Codec::gzip:
      return compress_gzip(bytes, chosen_level(codec, level));
    case Codec::snappy:
      return compress_snappy(bytes);
    case Codec::lz4:
      return compress_lz4(bytes, chosen_level(codec, level));
    case Codec::zstd:
      return compress_zstd(bytes, chosen_level(codec, level));
  }
  base::assertion_failed("codec exists", __FILE__, __LINE__);
}

Decompressor::Decompressor() = default;
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

void Decompressor::start(Codec codec, BytesView input, std::uint64_t bytes_max) {
  auto& reader = readers_.at(static_cast<std::size_t>(codec));
  if (!reader) reader = make_reader(codec);
  reader_ = reader.get();
  reader_->start(input, bytes_max);
  bytes_max_ = bytes_max;
  bytes_left_ = bytes_max;
  if (scratch_.size() > scratch_bytes_kept) Bytes().swap(scratch_);
}

Result<std::size_t> Decompressor::read(MutableBytesView room) {
  ASSERT(reader_ != nullptr);
  ASSERT(!room.empty());
  auto got = reader_->read(room);
  if (!got) {
    reader_ = nullptr;
    return got;
  }
  if (*got > bytes_left_) {
    reader_ = nullptr;
    return fail(ErrorCode::message_too_large,
                fmt::format("records unpack to more than {} bytes", bytes_max_));
  }
  bytes_left_ -= *got;
  return got;
}

Result<Bytes> decompress(Decompressor& decompressor, Codec codec, BytesView input,
                         std::uint64_t bytes_max) {
  decompressor.start(codec, input, bytes_max);
  Bytes output;
  std::size_t size = 0;
  for (;;) {
    if (size == output.size()) output.resize(std::max(first_output_bytes, 2 * size));
    const auto got = decompressor.read(MutableBytesView(output).subspan(size));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    size += *got;
  }
  output.resize(size);
  return output;
}

}  // namespace gregor::record
