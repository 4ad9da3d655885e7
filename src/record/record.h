// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The records inside a batch.
//   record := length          : varint    bytes after this field
//             attributes      : i8        0
//             timestamp_delta : varlong   from the batch's base timestamp
//             offset_delta    : varint    from the batch's base offset
//             key_length      : varint    negative: no key
//             key
//             value_length    : varint    negative: no value
//             value
//             header_count    : varint
//             header*
//   header := key_length      : varint
//             key                         UTF-8
//             value_length    : varint    negative: no value
//             value
// Varints are zigzag (base/varint.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/compression.h"

namespace gregor::record {

struct Header {
  std::string_view key;
  std::optional<base::BytesView> value;
};

// The headers of one record, decoded as they are iterated; they were checked when the record was
// read, so iteration cannot fail.
class HeadersView {
 public:
  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Header operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    friend class HeadersView;
    Iterator(base::BytesView rest, std::int32_t left) : rest_(rest), left_(left) {}
    base::BytesView rest_;
    std::int32_t left_ = 0;
  };

  HeadersView() = default;
  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Iterator begin() const { return {encoded_, count_}; }
  [[nodiscard]] Iterator end() const { return {{}, 0}; }

 private:
  friend class RecordParser;
  HeadersView(base::BytesView encoded, std::int32_t count) : encoded_(encoded), count_(count) {}
  base::BytesView encoded_;
  std::int32_t count_ = 0;
};

struct RecordView {
  model::Offset offset;
  model::Timestamp timestamp;      // the batch's own if that is LogAppendTime
  model::SequenceNumber sequence;  // no_sequence if the batch has none
  std::optional<base::BytesView> key;
  std::optional<base::BytesView> value;
  HeadersView headers;
  std::size_t size_bytes = 0;  // encoded, with its length field
};

// Reads the records of a batch one after the other: in place if they are not compressed, else
// through a window that grows to the largest record at most. Refuses (invalid_record) records
// that do not add up to exactly the declared count and size, whose parts do not fit their length,
// or whose offsets leave the batch's range; and whatever the decompressor refuses.
class RecordReader {
 public:
  // `batch` and `decompressor` must outlive the reader; between start and end the decompressor
  // serves this reader only.
  RecordReader(const BatchView& batch, Decompressor& decompressor,
               std::uint64_t bytes_max = decompressed_bytes_max);

  // The next record, or nullopt after the last. The record is good until the next call. After a
  // failure the reader is finished.
  model::Result<std::optional<RecordView>> next();

 private:
  model::Result<base::BytesView> next_encoded();
  model::Result<> fill(std::size_t wanted);
  model::Result<> expect_end();

  BatchView batch_;
  Decompressor& decompressor_;
  bool compressed_;
  std::int32_t records_left_;
  base::BytesView rest_;  // unread bytes: of the batch itself, or of window_
  base::Bytes window_;
};

// Calls visit(const RecordView&) for every record; a visitor that returns bool ends the walk with
// false.
template <class Visitor>
model::Result<> for_each_record(const BatchView& batch, Decompressor& decompressor, Visitor&& visit,
                                std::uint64_t bytes_max = decompressed_bytes_max) {
  RecordReader reader(batch, decompressor, bytes_max);
  for (;;) {
    const auto record = reader.next();
    if (!record) return model::fail(record.error());
    if (!*record) return {};
    if constexpr (std::is_same_v<std::invoke_result_t<Visitor&, const RecordView&>, bool>) {
      if (!visit(**record)) return {};
    } else {
      visit(**record);
    }
  }
}

struct TimestampAndOffset {
  model::Timestamp timestamp;
  model::Offset offset;
  friend bool operator==(const TimestampAndOffset&, const TimestampAndOffset&) = default;
};

// The first record that carries the largest timestamp of the batch, as ListOffsets reports it;
// nullopt for a batch without records.
model::Result<std::optional<TimestampAndOffset>> find_max_timestamp(
    const BatchView& batch, Decompressor& decompressor,
    std::uint64_t bytes_max = decompressed_bytes_max);

}  // namespace gregor::record
