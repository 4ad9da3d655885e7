// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What compression.cc asks of each codec; one file per codec implements it around its library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "model/result.h"

namespace gregor::record {

class CodecReader {
 public:
  CodecReader() = default;
  CodecReader(const CodecReader&) = delete;
  CodecReader& operator=(const CodecReader&) = delete;
  virtual ~CodecReader() = default;

  // `bytes_max` is for readers that must allocate what a block declares.
  virtual void start(base::BytesView input, std::uint64_t bytes_max) = 0;
  // As Decompressor::read, without a limit on the sum.
  virtual model::Result<std::size_t> read(base::MutableBytesView room) = 0;
};

std::unique_ptr<CodecReader> make_gzip_reader();
std::unique_ptr<CodecReader> make_snappy_reader();
std::unique_ptr<CodecReader> make_lz4_reader();
std::unique_ptr<CodecReader> make_zstd_reader();

base::Bytes compress_gzip(base::BytesView bytes, int level);
base::Bytes compress_snappy(base::BytesView bytes);
base::Bytes compress_lz4(base::BytesView bytes, int level);
base::Bytes compress_zstd(base::BytesView bytes, int level);

}  // namespace gregor::record
