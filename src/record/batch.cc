// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/crc32c.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::load_big_endian;
using base::store_big_endian;
using model::ErrorCode;
using model::fail;
using model::Result;

// What can be said with batch_prefix_bytes.
Result<> check_prefix(BytesView bytes) {
  if (bytes.size() < batch_prefix_bytes)
    return fail(ErrorCode::corrupt_message,
                fmt::format("{} bytes are too few for a record batch", bytes.size()));
  const auto magic = load_big_endian<std::int8_t>(bytes.data() + at::magic);
  if (magic == 0 || magic == 1)
    return fail(ErrorCode::unsupported_for_message_format,
                fmt::format("message format {} is not supported, only record batches of format {}",
                            magic, batch_magic));
  if (magic != batch_magic)
    return fail(ErrorCode::corrupt_message, fmt::format("no message format has magic {}", magic));
  const auto length = load_big_endian<std::int32_t>(bytes.data() + at::length);
  if (length < static_cast<std::int32_t>(batch_header_bytes - batch_overhead_bytes))
    return fail(ErrorCode::corrupt_message,
                fmt::format("batch length {} is less than that of a header", length));
  if (bytes.size() < batch_header_bytes)
    return fail(ErrorCode::corrupt_message,
                fmt::format("{} bytes are too few for a batch header", bytes.size()));
  return {};
}

}  // namespace

Result<HeaderView> HeaderView::parse(BytesView bytes) {
  if (auto prefix = check_prefix(bytes); !prefix) return fail(prefix.error());
  const HeaderView header(bytes.data());
  if ((header.attributes() & codec_bits) >= codecs)
    return fail(ErrorCode::unsupported_compression_type,
                fmt::format("no codec has number {}", header.attributes() & codec_bits));
  if (header.record_count() < 0)
    return fail(ErrorCode::corrupt_message,
                fmt::format("record count {} is negative", header.record_count()));
  const std::int64_t base_offset = header.base_offset().value();
  const std::int32_t delta = header.last_offset_delta();
  if (base_offset < 0 || delta < 0 ||
      base_offset >= std::numeric_limits<std::int64_t>::max() - delta)
    return fail(ErrorCode::corrupt_message,
                fmt::format("offsets from {} to {} more make no sense", base_offset, delta));
  return header;
}

model::Offset HeaderView::base_offset() const {
  return model::Offset(load_big_endian<std::int64_t>(header_ + at::base_offset));
}

model::Offset HeaderView::last_offset() const { return base_offset() + last_offset_delta(); }

std::int32_t HeaderView::last_offset_delta() const {
  return load_big_endian<std::int32_t>(header_ + at::last_offset_delta);
}

model::LeaderEpoch HeaderView::partition_leader_epoch() const {
  return model::LeaderEpoch(load_big_endian<std::int32_t>(header_ + at::leader_epoch));
}

std::size_t HeaderView::size_bytes() const {
  return static_cast<std::size_t>(load_big_endian<std::int32_t>(header_ + at::length)) +
         batch_overhead_bytes;
}

std::uint32_t HeaderView::crc() const { return load_big_endian<std::uint32_t>(header_ + at::crc); }

std::int16_t HeaderView::attributes() const {
  return load_big_endian<std::int16_t>(header_ + at::attributes);
}

TimestampType HeaderView::timestamp_type() const {
  return (attributes() & log_append_time_bit) != 0 ? TimestampType::log_append_time
                                                   : TimestampType::create_time;
}

std::optional<model::Timestamp> HeaderView::delete_horizon() const {
  if ((attributes() & delete_horizon_bit) == 0) return std::nullopt;
  return base_timestamp();
}

model::Timestamp HeaderView::base_timestamp() const {
  return model::Timestamp(load_big_endian<std::int64_t>(header_ + at::base_timestamp));
}

model::Timestamp HeaderView::max_timestamp() const {
  return model::Timestamp(load_big_endian<std::int64_t>(header_ + at::max_timestamp));
}

model::ProducerId HeaderView::producer_id() const {
  return model::ProducerId(load_big_endian<std::int64_t>(header_ + at::producer_id));
}

model::ProducerEpoch HeaderView::producer_epoch() const {
  return model::ProducerEpoch(load_big_endian<std::int16_t>(header_ + at::producer_epoch));
}

model::SequenceNumber HeaderView::base_sequence() const {
  return model::SequenceNumber(load_big_endian<std::int32_t>(header_ + at::base_sequence));
}

model::SequenceNumber HeaderView::last_sequence() const {
  const model::SequenceNumber first = base_sequence();
  return first < model::SequenceNumber(0) ? model::no_sequence
                                          : advance(first, last_offset_delta());
}

std::int32_t HeaderView::record_count() const {
  return load_big_endian<std::int32_t>(header_ + at::record_count);
}

Result<BatchView> BatchView::parse(BytesView bytes) {
  const auto header = HeaderView::parse(bytes);
  if (!header) return fail(header.error());
  if (header->size_bytes() > bytes.size())
    return fail(ErrorCode::corrupt_message,
                fmt::format("batch of {} bytes ends after {}", header->size_bytes(), bytes.size()));
  return BatchView(bytes.data());
}

std::uint32_t compute_crc(BytesView batch) { return base::crc32c(batch.subspan(at::attributes)); }

bool BatchView::crc_matches() const { return compute_crc(bytes()) == crc(); }

Result<ValidBatch> ValidBatch::parse(BytesView bytes) {
  const auto batch = BatchView::parse(bytes);
  if (!batch) return fail(batch.error());
  return check(*batch);
}

Result<ValidBatch> ValidBatch::check(const BatchView& batch) {
  const std::uint32_t computed = compute_crc(batch.bytes());
  if (computed != batch.crc())
    return fail(ErrorCode::corrupt_message,
                fmt::format("batch has checksum {}, its bytes give {}", batch.crc(), computed));
  return ValidBatch(batch);
}

std::optional<std::size_t> peek_batch_size(BytesView bytes) {
  if (bytes.size() < batch_prefix_bytes) return std::nullopt;
  const auto length = load_big_endian<std::int32_t>(bytes.data() + at::length);
  if (length < batch_length_min) return std::nullopt;
  return static_cast<std::size_t>(length) + batch_overhead_bytes;
}

BatchHeader patched_header(const ValidBatch& batch, model::Offset base_offset,
                           model::LeaderEpoch leader_epoch,
                           const std::optional<TimestampStamp>& stamp) {
  BatchHeader header;
  std::ranges::copy(batch.bytes().first(batch_header_bytes), header.begin());
  store_big_endian(header.data() + at::base_offset, base_offset.value());
  store_big_endian(header.data() + at::leader_epoch, leader_epoch.value());
  if (!stamp || *stamp == TimestampStamp{batch.timestamp_type(), batch.max_timestamp()})
    return header;
  const int others = batch.attributes() & ~log_append_time_bit;
  const int type = stamp->type == TimestampType::log_append_time ? log_append_time_bit : 0;
  store_big_endian(header.data() + at::attributes, static_cast<std::int16_t>(others | type));
  store_big_endian(header.data() + at::max_timestamp, stamp->max.value());
  const std::uint32_t crc = compute_crc(header);
  store_big_endian(header.data() + at::crc, base::crc32c_extend(crc, batch.records()));
  return header;
}

model::SequenceNumber advance(model::SequenceNumber base, std::int32_t distance) {
  ASSERT(base >= model::SequenceNumber(0));
  ASSERT(distance >= 0);
  const std::uint32_t sum =
      static_cast<std::uint32_t>(base.value()) + static_cast<std::uint32_t>(distance);
  return model::SequenceNumber(static_cast<std::int32_t>(sum & 0x7fffffffU));
}

}  // namespace gregor::record
