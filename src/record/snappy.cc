// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The snappy codec: the xerial framing (compression.h) around raw snappy, or raw snappy alone.
#include <fmt/format.h>
#include <snappy.h>

#include <algorithm>
#include <array>

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

constexpr std::array<unsigned char, 8> xerial_magic{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::int32_t xerial_version = 1;
constexpr std::size_t xerial_header_bytes = xerial_magic.size() + 2 * sizeof(std::int32_t);
constexpr std::size_t xerial_block_bytes = 32 << 10;

// Three bytes of raw snappy can say "repeat 64 bytes"; nothing says more with less.
constexpr std::size_t expansion_max = 22;

const char* to_snappy(BytesView bytes) { return reinterpret_cast<const char*>(bytes.data()); }

bool begins_xerial(BytesView bytes) {
  return bytes.size() >= xerial_header_bytes &&
         std::ranges::equal(bytes.first(xerial_magic.size()),
                            std::as_bytes(std::span(xerial_magic)));
}

class SnappyReader final : public CodecReader {
 public:
  void start(BytesView input, std::uint64_t bytes_max) override {
    bytes_max_ = bytes_max;
    rest_ = input;
    xerial_ = begins_xerial(input);
    started_ = false;
    unpacked_rest_ = {};
  }

  Result<std::size_t> read(MutableBytesView room) override {
    while (unpacked_rest_.empty() && !(started_ && rest_.empty())) {
      const auto block = next_block();
      if (!block) return fail(block.error());
      if (auto unpacked = unpack(*block); !unpacked) return fail(unpacked.error());
    }
    const std::size_t size = std::min(room.size(), unpacked_rest_.size());
    std::ranges::copy(unpacked_rest_.first(size), room.begin());
    unpacked_rest_ = unpacked_rest_.subspan(size);
    return size;
  }

 private:
  // The next raw block; empty after a xerial header that ends the input or repeats in the middle,
  // as in streams that were written one after the other.
  Result<BytesView> next_block() {
    started_ = true;
    if (!xerial_) return std::exchange(rest_, {});
    if (begins_xerial(rest_)) {
      rest_ = rest_.subspan(xerial_header_bytes);
      return BytesView{};
    }
    if (rest_.size() < sizeof(std::int32_t)) return ends_early();
    const auto length = base::load_big_endian<std::int32_t>(rest_.data());
    rest_ = rest_.subspan(sizeof length);
    if (length <= 0)
      return fail(ErrorCode::corrupt_message, fmt::format("snappy: block of {} bytes", length));
    if (static_cast<std::size_t>(length) > rest_.size()) return ends_early();
    const BytesView block = rest_.first(static_cast<std::size_t>(length));
    rest_ = rest_.subspan(block.size());
    return block;
  }

  Result<> unpack(BytesView block) {
    if (block.empty() && xerial_) return {};
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(to_snappy(block), block.size(), &size)) return ends_early();
    if (size > bytes_max_)
      return fail(
          ErrorCode::message_too_large,
          fmt::format("snappy: block unpacks to {} bytes, the limit is {}", size, bytes_max_));
    if (size > expansion_max * block.size())
      return fail(ErrorCode::corrupt_message,
                  fmt::format("snappy: {} bytes cannot unpack to {}", block.size(), size));
    if (unpacked_.size() < size || unpacked_.size() > kept_bytes) unpacked_ = Bytes(size);
    if (!snappy::RawUncompress(to_snappy(block), block.size(),
                               reinterpret_cast<char*>(unpacked_.data())))
      return fail(ErrorCode::corrupt_message, "snappy: malformed block");
    unpacked_rest_ = BytesView(unpacked_).first(size);
    return {};
  }

  static std::unexpected<model::Error> ends_early() {
    return fail(ErrorCode::corrupt_message, "snappy: the data end early");
  }

  static constexpr std::size_t kept_bytes = 1 << 20;

  std::uint64_t bytes_max_ = 0;
  BytesView rest_;
  bool xerial_ = false;
  bool started_ = false;
  Bytes unpacked_;
  BytesView unpacked_rest_;
};

}  // namespace

std::unique_ptr<CodecReader> make_snappy_reader() { return std::make_unique<SnappyReader>(); }

Bytes compress_snappy(BytesView bytes) {
  Bytes output = base::to_bytes(std::as_bytes(std::span(xerial_magic)));
  base::append_big_endian(output, xerial_version);
  base::append_big_endian(output, xerial_version);  // the oldest version that can read it
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), xerial_block_bytes))) {
    const BytesView chunk = bytes.first(std::min(bytes.size(), xerial_block_bytes));
    const std::size_t at = output.size();
    output.resize(at + sizeof(std::int32_t) + snappy::MaxCompressedLength(chunk.size()));
    std::size_t size = 0;
    snappy::RawCompress(to_snappy(chunk), chunk.size(),
                        reinterpret_cast<char*>(output.data() + at + sizeof(std::int32_t)), &size);
    base::store_big_endian(output.data() + at, static_cast<std::int32_t>(size));
    output.resize(at + sizeof(std::int32_t) + size);
  }
  return output;
}

}  // namespace gregor::record
