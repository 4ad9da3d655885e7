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
#include "record/body_reader.h"
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
    Iterator(base::BytesView rest, std::int32_t left) : rest_(rest), left_(left) {}
    Header operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    base::BytesView rest_;
    std::int32_t left_ = 0;
  };

  HeadersView() = default;
  // `encoded` holds exactly `count` well-formed headers.
  HeadersView(base::BytesView encoded, std::int32_t count) : encoded_(encoded), count_(count) {}
  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Iterator begin() const { return {encoded_, count_}; }
  [[nodiscard]] Iterator end() const { return {}; }

 private:
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

// Reads the records of a batch one after the other. Refuses (invalid_record) records that do not
// add up to exactly the declared count and size, whose parts do not fit their length, or whose
// offsets do not rise within the batch's range; and whatever the decompressor refuses.
class RecordReader {
 public:
  // The batch's bytes and `decompressor` must outlive the reader, and until the last record the
  // decompressor serves this reader only. The records may unpack to `bytes_max`.
  RecordReader(const BatchView& batch, Decompressor& decompressor,
               std::uint64_t bytes_max = decompressed_bytes_max);

  // The next record, good until the next call, or nullopt after the last. After a failure the
  // reader is finished.
  model::Result<std::optional<RecordView>> next();

 private:
  BatchView batch_;
  std::optional<model::Timestamp> log_append_time_;
  BodyReader bodies_;
  std::int32_t last_offset_delta_ = -1;
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

// What a record's bytes say, before the batch makes offsets and times of it.
struct EncodedRecord {
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::optional<base::BytesView> key;
  std::optional<base::BytesView> value;
  HeadersView headers;
};

// Takes a record without its length field apart; false unless its parts are well-formed and fill
// it.
bool parse_record(base::BytesView body, EncodedRecord& record);

// base + delta as Kafka adds: past the end of 64 bits it goes on at the other end.
inline model::Timestamp add_delta(model::Timestamp base, std::int64_t delta) {
  return model::Timestamp(static_cast<std::int64_t>(static_cast<std::uint64_t>(base.value()) +
                                                    static_cast<std::uint64_t>(delta)));
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
