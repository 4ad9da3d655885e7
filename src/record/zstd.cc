// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The zstd codec, by libzstd. A frame may declare a window of up to 128 MiB (the library's own
// limit, and what the highest level writes); its memory is touched only as far as data come out.
#include <fmt/format.h>
#include <zstd.h>

#include "base/assert.h"
#include "record/codec_reader.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::MutableBytesView;
using model::ErrorCode;
using model::fail;
using model::Result;

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class ZstdReader final : public CodecReader {
 public:
  ZstdReader() : context_(ZSTD_createDCtx()) { ASSERT(context_ != nullptr); }

  void start(BytesView input, std::uint64_t /*bytes_max*/) override {
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    rest_ = input;
    ended_ = false;
  }

  Result<std::size_t> read(MutableBytesView room) override {
    ZSTD_outBuffer output{room.data(), room.size(), 0};
    while (output.pos == 0 && !ended_) {
      ZSTD_inBuffer input{rest_.data(), rest_.size(), 0};
      const std::size_t status = ZSTD_decompressStream(context_.get(), &output, &input);
      if (ZSTD_isError(status) != 0)
        return fail(ErrorCode::corrupt_message, fmt::format("zstd: {}", ZSTD_getErrorName(status)));
      rest_ = rest_.subspan(input.pos);
      ended_ = status == 0 && rest_.empty();
      if (output.pos == 0 && input.pos == 0 && !ended_)
        return fail(ErrorCode::corrupt_message, "zstd: the data end early");
    }
    return output.pos;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  BytesView rest_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<CodecReader> make_zstd_reader() { return std::make_unique<ZstdReader>(); }

base::Bytes compress_zstd(BytesView bytes, int level) {
  base::Bytes output(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(output.data(), output.size(), bytes.data(), bytes.size(), level);
  ASSERT(ZSTD_isError(size) == 0);
  output.resize(size);
  return output;
}

}  // namespace gregor::record
