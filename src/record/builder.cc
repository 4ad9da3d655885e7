// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/builder.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/varint.h"

namespace gregor::record {
namespace {

using base::append_varint;
using base::Bytes;
using base::BytesView;
using base::store_big_endian;
using base::varint_bytes;

constexpr std::int32_t absent = -1;

std::int32_t length_of(BytesView bytes) {
  ASSERT(bytes.size() <= std::numeric_limits<std::int32_t>::max());
  return static_cast<std::int32_t>(bytes.size());
}

std::size_t nullable_bytes(const std::optional<BytesView>& bytes) {
  return bytes ? varint_bytes(length_of(*bytes)) + bytes->size() : varint_bytes(absent);
}

void append_nullable(Bytes& to, const std::optional<BytesView>& bytes) {
  append_varint(to, bytes ? length_of(*bytes) : absent);
  if (bytes) base::append(to, *bytes);
}

std::size_t body_bytes(const NewRecord& record, std::int64_t timestamp_delta,
                       std::int32_t offset_delta) {
  std::size_t size = 1 + base::varlong_bytes(timestamp_delta) + varint_bytes(offset_delta) +
                     nullable_bytes(record.key) + nullable_bytes(record.value) +
                     varint_bytes(static_cast<std::int32_t>(record.headers.size()));
  for (const Header& header : record.headers)
    size += nullable_bytes(base::as_bytes(header.key)) + nullable_bytes(header.value);
  return size;
}

void append_record(Bytes& to, const NewRecord& record, std::int64_t timestamp_delta,
                   std::int32_t offset_delta) {
  const std::size_t size = body_bytes(record, timestamp_delta, offset_delta);
  ASSERT(size <= std::numeric_limits<std::int32_t>::max());
  append_varint(to, static_cast<std::int32_t>(size));
  to.push_back(std::byte{0});
  base::append_varlong(to, timestamp_delta);
  append_varint(to, offset_delta);
  append_nullable(to, record.key);
  append_nullable(to, record.value);
  append_varint(to, static_cast<std::int32_t>(record.headers.size()));
  for (const Header& header : record.headers) {
    append_nullable(to, base::as_bytes(header.key));
    append_nullable(to, header.value);
  }
}

// What add_delta undoes, for any two times.
std::int64_t delta_between(model::Timestamp from, model::Timestamp to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to.value()) -
                                   static_cast<std::uint64_t>(from.value()));
}

// Puts length and CRC into a batch whose other fields and records are complete.
void seal(Bytes& batch) {
  ASSERT(batch.size() - batch_overhead_bytes <= std::numeric_limits<std::int32_t>::max());
  store_big_endian(batch.data() + at::length,
                   static_cast<std::int32_t>(batch.size() - batch_overhead_bytes));
  store_big_endian(batch.data() + at::crc, compute_crc(batch));
}

std::int16_t attributes_of(const BatchOptions& options, Codec codec) {
  int attributes = static_cast<int>(codec);
  if (options.log_append_time) attributes |= log_append_time_bit;
  if (options.transactional) attributes |= transactional_bit;
  if (options.control) attributes |= control_bit;
  if (options.delete_horizon) attributes |= delete_horizon_bit;
  return static_cast<std::int16_t>(attributes);
}

}  // namespace

void BatchBuilder::add(const NewRecord& record) {
  add_at(options_.base_offset + (last_offset_delta_ + 1), record);
}

void BatchBuilder::add_at(model::Offset offset, const NewRecord& record) {
  end_at(offset);
  if (count_ == 0) {
    base_timestamp_ = options_.delete_horizon.value_or(record.timestamp);
    max_timestamp_ = record.timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  append_record(records_, record, delta_between(base_timestamp_, record.timestamp),
                last_offset_delta_);
  ++count_;
}

void BatchBuilder::end_at(model::Offset last_offset) {
  const std::int64_t delta = last_offset - options_.base_offset;
  ASSERT(delta > last_offset_delta_);
  ASSERT(delta <= std::numeric_limits<std::int32_t>::max());
  last_offset_delta_ = static_cast<std::int32_t>(delta);
}

Bytes BatchBuilder::finish() const {
  ASSERT(last_offset_delta_ >= 0);
  // Nothing to compress in a batch without records: Kafka marks it as not compressed.
  const Codec codec = count_ > 0 ? options_.codec : Codec::none;
  const Bytes packed = codec == Codec::none ? Bytes{} : compress(codec, records_, options_.level);
  Bytes batch(batch_header_bytes);
  std::byte* const header = batch.data();
  store_big_endian(header + at::base_offset, options_.base_offset.value());
  store_big_endian(header + at::leader_epoch, options_.leader_epoch.value());
  store_big_endian(header + at::magic, batch_magic);
  store_big_endian(header + at::attributes, attributes_of(options_, codec));
  store_big_endian(header + at::last_offset_delta, last_offset_delta_);
  store_big_endian(header + at::base_timestamp, base_timestamp_.value());
  store_big_endian(header + at::max_timestamp,
                   options_.log_append_time.value_or(max_timestamp_).value());
  store_big_endian(header + at::producer_id, options_.producer_id.value());
  store_big_endian(header + at::producer_epoch, options_.producer_epoch.value());
  store_big_endian(header + at::base_sequence, options_.base_sequence.value());
  store_big_endian(header + at::record_count, count_);
  base::append(batch, codec == Codec::none ? records_ : packed);
  seal(batch);
  return batch;
}

model::Result<Bytes> recompress(const ValidBatch& batch, Codec codec, std::optional<int> level,
                                Decompressor& decompressor, std::uint64_t bytes_max) {
  if (batch.record_count() == 0) codec = batch.codec();
  if (batch.codec() == codec) return base::to_bytes(batch.bytes());
  const auto records = decompress(decompressor, batch.codec(), batch.records(), bytes_max);
  if (!records) return model::fail(records.error());
  Bytes changed = base::to_bytes(batch.bytes().first(batch_header_bytes));
  const int others = batch.attributes() & ~codec_bits;
  store_big_endian(changed.data() + at::attributes,
                   static_cast<std::int16_t>(others | static_cast<int>(codec)));
  base::append(changed, codec == Codec::none ? *records : compress(codec, *records, level));
  seal(changed);
  return changed;
}

}  // namespace gregor::record
