// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/record.h"

#include <fmt/format.h>

#include "base/varint.h"

namespace gregor::record {
namespace {

using base::BytesView;
using model::ErrorCode;
using model::fail;
using model::Result;

}  // namespace

RecordReader::RecordReader(const BatchView& batch, Decompressor& decompressor,
                           std::uint64_t bytes_max)
    : batch_(batch), bodies_(batch, decompressor, bytes_max) {
  if (batch.timestamp_type() == TimestampType::log_append_time)
    log_append_time_ = batch.max_timestamp();
}

Result<std::optional<RecordView>> RecordReader::next() {
  BytesView body;
  if (!bodies_.next(body)) {
    if (bodies_.error()) return fail(*bodies_.error());
    return std::nullopt;
  }
  EncodedRecord encoded;
  if (!parse_record(body, encoded))
    return fail(bodies_.refuse(ErrorCode::invalid_record, "the parts of a record do not fit"));
  const std::int32_t delta = encoded.offset_delta;
  if (delta <= last_offset_delta_ || delta > batch_.last_offset_delta())
    return fail(bodies_.refuse(ErrorCode::invalid_record,
                               fmt::format("record with offset delta {} after {} in a batch of {}",
                                           delta, last_offset_delta_, batch_.last_offset_delta())));
  last_offset_delta_ = delta;
  const model::SequenceNumber first = batch_.base_sequence();
  return RecordView{
      .offset = batch_.base_offset() + delta,
      .timestamp =
          log_append_time_.value_or(add_delta(batch_.base_timestamp(), encoded.timestamp_delta)),
      .sequence = first < model::SequenceNumber(0) ? model::no_sequence : advance(first, delta),
      .key = encoded.key,
      .value = encoded.value,
      .headers = encoded.headers,
      .size_bytes = base::varint_bytes(static_cast<std::int32_t>(body.size())) + body.size(),
  };
}

Result<std::optional<TimestampAndOffset>> find_max_timestamp(const BatchView& batch,
                                                             Decompressor& decompressor,
                                                             std::uint64_t bytes_max) {
  std::optional<TimestampAndOffset> found;
  const auto walked = for_each_record(
      batch, decompressor,
      [&found](const RecordView& record) {
        if (!found || record.timestamp > found->timestamp)
          found = TimestampAndOffset{record.timestamp, record.offset};
      },
      bytes_max);
  if (!walked) return fail(walked.error());
  return found;
}

}  // namespace gregor::record
