// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The gzip codec, by zlib.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "record/codec_reader.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::MutableBytesView;
using model::ErrorCode;
using model::fail;
using model::Result;

// The largest window, and (by 16) the gzip format rather than zlib's own.
constexpr int window_bits = 15 + 16;
constexpr int memory_level = 8;

Bytef* to_zlib(const std::byte* bytes) {
  // zlib does not write through next_in, it merely was not written with const.
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes));
}

uInt to_zlib(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipReader final : public CodecReader {
 public:
  GzipReader() {
    const int initialised = inflateInit2(&stream_, window_bits);
    ASSERT(initialised == Z_OK);
  }
  ~GzipReader() override { inflateEnd(&stream_); }

  void start(BytesView input, std::uint64_t /*bytes_max*/) override {
    inflateReset(&stream_);
    rest_ = input;
    ended_ = false;
  }

  Result<std::size_t> read(MutableBytesView room) override {
    std::size_t got = 0;
    while (got == 0 && !ended_) {
      stream_.next_in = to_zlib(rest_.data());
      stream_.avail_in = to_zlib(rest_.size());
      stream_.next_out = to_zlib(room.data());
      stream_.avail_out = to_zlib(room.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      rest_ = rest_.last(rest_.size() - (to_zlib(rest_.size()) - stream_.avail_in));
      got = to_zlib(room.size()) - stream_.avail_out;
      if (status == Z_STREAM_END) {
        ended_ = rest_.empty();
        inflateReset(&stream_);
      } else if (status == Z_BUF_ERROR || (status == Z_OK && got == 0 && rest_.empty())) {
        return fail(ErrorCode::corrupt_message, "gzip: the data end early");
      } else if (status != Z_OK) {
        return fail(ErrorCode::corrupt_message,
                    fmt::format("gzip: {}", stream_.msg != nullptr ? stream_.msg : "error"));
      }
    }
    return got;
  }

 private:
  z_stream stream_{};
  BytesView rest_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<CodecReader> make_gzip_reader() { return std::make_unique<GzipReader>(); }

base::Bytes compress_gzip(BytesView bytes, int level) {
  z_stream stream{};
  const int initialised =
      deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
  ASSERT(initialised == Z_OK);
  base::Bytes output(deflateBound(&stream, bytes.size()));
  ASSERT(output.size() <= std::numeric_limits<uInt>::max());
  stream.next_in = to_zlib(bytes.data());
  stream.avail_in = to_zlib(bytes.size());
  stream.next_out = to_zlib(output.data());
  stream.avail_out = to_zlib(output.size());
  const int finished = deflate(&stream, Z_FINISH);
  ASSERT(finished == Z_STREAM_END);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

}  // namespace gregor::record
