// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Cuts the records part of a batch into encoded records (record.h says what is in them): in place
// if it is not compressed, else through a window that grows to the largest record at most, and
// never ahead of what has been unpacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/varint.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/compression.h"

namespace gregor::record {

class BodyReader {
 public:
  // The batch's bytes and `decompressor` must outlive the reader, and until the last record the
  // decompressor serves this reader only.
  BodyReader(const BatchView& batch, Decompressor& decompressor, std::uint64_t bytes_max);

  // Sets `body` to the next record without its length field; it is good until the next call.
  // False after the last record, and when something is wrong: then error() says what. Exactly the
  // declared number of records must fill exactly the records part, else invalid_record.
  bool next(base::BytesView& body) {
    if (records_left_ <= 0) return finish();
    const std::byte* at = rest_.data();
    const std::byte* const end = at + rest_.size();
    std::int32_t length = 0;
    if (!base::take_varint(at, end, length) || length < 0 || length > end - at)
      return next_beyond_window(body);
    body = base::BytesView(at, static_cast<std::size_t>(length));
    rest_ = base::BytesView(at + length, end);
    --records_left_;
    return true;
  }

  [[nodiscard]] const std::optional<model::Error>& error() const { return error_; }

  // Ends the reading with this error, also on behalf of who found the record's inside wrong.
  const model::Error& refuse(model::ErrorCode code, std::string detail);

 private:
  bool next_beyond_window(base::BytesView& body);
  bool finish();
  bool refill();
  bool stop(model::ErrorCode code, std::string detail);

  Decompressor& decompressor_;
  bool compressed_;
  bool exhausted_ = false;  // the decompressor has nothing more to give
  std::int32_t records_left_;
  std::uint64_t bytes_max_;
  base::BytesView rest_;  // unread: of the batch itself, or of the decompressor's scratch
  std::optional<model::Error> error_;
};

}  // namespace gregor::record
