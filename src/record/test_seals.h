// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests and fuzz targets only: batches that were changed get right checksums again, so that
// what is wrong inside of them is reached.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "record/batch.h"

namespace gregor::record {

// Puts the right length and CRC into one batch; bytes too few for a header stay as they are.
inline void reseal(base::Bytes& batch) {
  if (batch.size() < batch_header_bytes) return;
  base::store_big_endian(batch.data() + at::length,
                         static_cast<std::int32_t>(batch.size() - batch_overhead_bytes));
  base::store_big_endian(batch.data() + at::crc, compute_crc(batch));
}

// Puts the right CRC into each batch of a log file, up to the first whose length is impossible.
inline void reseal_all(base::Bytes& log_file) {
  std::size_t begin = 0;
  while (const auto size = peek_batch_size(base::BytesView(log_file).subspan(begin))) {
    if (*size > log_file.size() - begin || *size < batch_header_bytes) return;
    const auto batch = base::BytesView(log_file).subspan(begin, *size);
    base::store_big_endian(log_file.data() + begin + at::crc, compute_crc(batch));
    begin += *size;
  }
}

}  // namespace gregor::record
