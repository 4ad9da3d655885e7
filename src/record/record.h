// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The records of a batch (encoded_record.h) with the offsets and times that the batch gives them.
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
#include "record/encoded_record.h"

namespace gregor::record {

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
