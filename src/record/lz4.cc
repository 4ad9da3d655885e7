// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The lz4 codec: LZ4 frames, by liblz4.
#include <fmt/format.h>
#include <lz4frame.h>

#include <algorithm>

#include "base/assert.h"
#include "record/codec_reader.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::MutableBytesView;
using model::ErrorCode;
using model::fail;
using model::Result;

class Lz4Reader final : public CodecReader {
 public:
  Lz4Reader() {
    const auto created = LZ4F_createDecompressionContext(&context_, LZ4F_VERSION);
    ASSERT(LZ4F_isError(created) == 0);
  }
  ~Lz4Reader() override { LZ4F_freeDecompressionContext(context_); }

  void start(BytesView input, std::uint64_t /*bytes_max*/) override {
    LZ4F_resetDecompressionContext(context_);
    rest_ = input;
    ended_ = false;
  }

  Result<std::size_t> read(MutableBytesView room) override {
    std::size_t got = 0;
    while (got == 0 && !ended_) {
      got = room.size();
      std::size_t used = rest_.size();
      const std::size_t status =
          LZ4F_decompress(context_, room.data(), &got, rest_.data(), &used, nullptr);
      if (LZ4F_isError(status) != 0)
        return fail(ErrorCode::corrupt_message, fmt::format("lz4: {}", LZ4F_getErrorName(status)));
      rest_ = rest_.subspan(used);
      ended_ = status == 0 && rest_.empty();
      if (got == 0 && used == 0 && !ended_)
        return fail(ErrorCode::corrupt_message, "lz4: the data end early");
    }
    return got;
  }

 private:
  LZ4F_dctx* context_ = nullptr;
  BytesView rest_;
  bool ended_ = false;
};

// Kafka's levels are those of lz4-java: 9 is its fast compressor, the others are high-compression
// levels, of which liblz4 knows 3 to 12. 0 is liblz4's fast compressor.
int to_liblz4(int level) {
  constexpr int kafka_fast = 9;
  return level == kafka_fast ? 0 : std::clamp(level, 3, 12);
}

}  // namespace

std::unique_ptr<CodecReader> make_lz4_reader() { return std::make_unique<Lz4Reader>(); }

base::Bytes compress_lz4(BytesView bytes, int level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.compressionLevel = to_liblz4(level);
  base::Bytes output(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t size =
      LZ4F_compressFrame(output.data(), output.size(), bytes.data(), bytes.size(), &preferences);
  ASSERT(LZ4F_isError(size) == 0);
  output.resize(size);
  return output;
}

}  // namespace gregor::record
