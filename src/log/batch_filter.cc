// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/batch_filter.h"

#include <limits>
#include <vector>

#include "record/builder.h"

namespace gregor::log {

using model::fail;
using model::Result;
using model::Timestamp;
using record::BatchView;
using record::RecordView;

namespace {

bool has_passed(const std::optional<Timestamp>& horizon, Timestamp now) {
  return horizon && *horizon <= now;
}

Timestamp later(Timestamp now, std::int64_t by_ms) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(now.value(), by_ms, &sum)) {
    sum = std::numeric_limits<std::int64_t>::max();
  }
  return Timestamp{sum};
}

record::BatchOptions options_of(const BatchView& batch, std::optional<Timestamp> horizon) {
  record::BatchOptions options{.base_offset = batch.base_offset(),
                               .leader_epoch = batch.partition_leader_epoch(),
                               .codec = batch.codec(),
                               .producer_id = batch.producer_id(),
                               .producer_epoch = batch.producer_epoch(),
                               .base_sequence = batch.base_sequence(),
                               .transactional = batch.is_transactional(),
                               .control = batch.is_control(),
                               .delete_horizon = horizon};
  if (batch.timestamp_type() == record::TimestampType::log_append_time) {
    options.log_append_time = batch.max_timestamp();
  }
  return options;
}

}  // namespace

bool BatchFilter::keeps(const BatchView& batch, const RecordView& record, Timestamp now) const {
  if (batch.is_control() || record.offset >= rules_.end) return true;
  if (!record.key) return false;
  const auto last = map_.find(*record.key);
  if (last && record.offset < *last) return false;
  return record.value || !has_passed(batch.delete_horizon(), now);
}

Result<BatchFilter::Count> BatchFilter::count(const BatchView& batch, Timestamp now,
                                              record::Decompressor& decompressor) const {
  Count count;
  auto walked = record::for_each_record(batch, decompressor, [&](const RecordView& record) {
    if (!keeps(batch, record, now)) return;
    ++count.kept;
    if (!record.value && record.offset < rules_.end) count.tombstones = true;
  });
  if (!walked) return fail(walked.error());
  return count;
}

Result<> BatchFilter::rebuild(const BatchView& batch, std::optional<Timestamp> horizon,
                              Timestamp now, record::Decompressor& decompressor) {
  record::BatchBuilder builder(options_of(batch, horizon));
  model::Offset last = model::no_offset;
  std::vector<record::Header> headers;
  auto walked = record::for_each_record(batch, decompressor, [&](const RecordView& record) {
    if (!keeps(batch, record, now)) return;
    headers.assign(record.headers.begin(), record.headers.end());
    builder.add_at(record.offset, {.timestamp = record.timestamp,
                                   .key = record.key,
                                   .value = record.value,
                                   .headers = headers});
    last = record.offset;
  });
  if (!walked) return walked;
  if (last < batch.last_offset()) builder.end_at(batch.last_offset());
  rebuilt_ = builder.finish();
  return {};
}

// Without records, and so without compression and horizon; the largest timestamp stays, because the
// age of a producer is read from it.
base::BytesView BatchFilter::header_alone(const BatchView& batch) {
  using namespace record;
  rebuilt_ = base::to_bytes(batch.bytes().first(batch_header_bytes));
  std::byte* const header = rebuilt_.data();
  const int kept_attributes = batch.attributes() & ~(codec_bits | delete_horizon_bit);
  base::store_big_endian(header + at::length,
                         static_cast<std::int32_t>(batch_header_bytes - batch_overhead_bytes));
  base::store_big_endian(header + at::attributes, static_cast<std::int16_t>(kept_attributes));
  base::store_big_endian(header + at::base_timestamp, batch.max_timestamp().value());
  base::store_big_endian(header + at::record_count, std::int32_t{0});
  base::store_big_endian(header + at::crc, compute_crc(rebuilt_));
  return rebuilt_;
}

Result<base::BytesView> BatchFilter::apply(const BatchView& batch, Fate fate, Timestamp now,
                                           record::Decompressor& decompressor) {
  if (batch.base_offset() >= rules_.end) return batch.bytes();
  const base::BytesView nothing;
  const bool marker_goes = batch.is_control() && !fate.marker_needed;
  const bool all_go = fate.aborted || (marker_goes && has_passed(batch.delete_horizon(), now));
  Count found;
  if (!all_go) {
    const auto counted = count(batch, now, decompressor);
    if (!counted) return fail(counted.error());
    found = *counted;
  }
  if (found.kept == 0) return fate.header_needed ? header_alone(batch) : nothing;
  const bool begins_to_wait = !batch.delete_horizon() && (found.tombstones || marker_goes);
  if (found.kept == batch.record_count() && !begins_to_wait) return batch.bytes();
  const auto horizon =
      begins_to_wait ? later(now, rules_.delete_retention_ms) : batch.delete_horizon();
  if (auto done = rebuild(batch, horizon, now, decompressor); !done) return fail(done.error());
  return base::BytesView(rebuilt_);
}

}  // namespace gregor::log
