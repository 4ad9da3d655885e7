// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The codecs. Writing is whole buffers; reading is a stream through a window that the caller
// chooses, so that a small batch which unpacks to gigabytes costs neither memory nor a crash.
//   gzip    RFC 1952; several members may follow each other
//   snappy  read: raw (librdkafka) or in the xerial framing (Java); written: xerial
//             xerial := 82 'S' 'N' 'A' 'P' 'P' 'Y' 00, i32 version 1, i32 compatible 1, block*
//             block  := i32 compressed bytes, raw snappy of up to 32 KiB
//   lz4     LZ4 frame; written: independent blocks of 64 KiB, no checksums, no content size
//   zstd    RFC 8878
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "model/result.h"
#include "record/codec.h"

namespace gregor::record {

// The levels that compression.gzip.level and its relatives accept: min to max, and the standard one
// (for gzip that is -1, which lies outside).
struct CompressionLevels {
  int min;
  int max;
  int standard;
};
// nullopt for the codecs without levels (none, snappy).
std::optional<CompressionLevels> compression_levels(Codec codec);

// `level` is the standard one if not given; one out of range is clamped.
base::Bytes compress(Codec codec, base::BytesView bytes, std::optional<int> level = std::nullopt);

// What the records of one batch may unpack to unless a caller says otherwise: as much as an
// uncompressed batch could take of the largest request (socket.request.max.bytes).
inline constexpr std::uint64_t decompressed_bytes_max = 100 << 20;

class CodecReader;  // codec_reader.h

// Unpacks one input after the other. Keeps the libraries' working memory between inputs, because
// setting it up costs more than unpacking a small batch: one per thread, reused.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // Begins with `input`, which must outlive the reads, and forgets the input before.
  void start(Codec codec, base::BytesView input, std::uint64_t bytes_max = decompressed_bytes_max);

  // Fills the front of `room` (not empty) with at least one byte, and returns how many; 0 means
  // that the input is complete and used up. Fails with corrupt_message for input that is truncated,
  // garbled or goes on after its end; with message_too_large once more than bytes_max come out.
  // After a failure only start() is allowed.
  model::Result<std::size_t> read(base::MutableBytesView room);

  // Memory for whoever reads, kept between inputs for the same reason; cut back by start() if an
  // input made it large.
  base::Bytes& scratch() { return scratch_; }

 private:
  std::array<std::unique_ptr<CodecReader>, codecs> readers_;
  CodecReader* reader_ = nullptr;
  std::uint64_t bytes_max_ = 0;
  std::uint64_t bytes_left_ = 0;
  base::Bytes scratch_;
};

// Everything at once; the buffer grows with what comes out, not with what the input declares.
model::Result<base::Bytes> decompress(Decompressor& decompressor, Codec codec,
                                      base::BytesView input,
                                      std::uint64_t bytes_max = decompressed_bytes_max);

}  // namespace gregor::record
