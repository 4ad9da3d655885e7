// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Record batch v2: the one format that wire, disk and replication share.
//
//   batch := header, records                       all integers big-endian
//   header, 61 bytes:
//     at  0  i64  base offset               offset of the first record as it was produced
//     at  8  i32  length                    bytes after this field
//     at 12  i32  partition leader epoch
//     at 16  i8   magic                     2; in older formats this byte holds 0 or 1
//     at 17  u32  CRC-32C                   of everything from byte 21 to the end
//     at 21  i16  attributes                bits 0-2 codec, 3 timestamps are LogAppendTime,
//                                           4 transactional, 5 control, 6 delete horizon
//     at 23  i32  last offset delta         stays when compaction removes records
//     at 27  i64  base timestamp            with bit 6: the time after which tombstones may go
//     at 35  i64  max timestamp             with bit 3: the timestamp of every record
//     at 43  i64  producer id               -1: not idempotent
//     at 51  i16  producer epoch
//     at 53  i32  base sequence
//     at 57  i32  record count
//   records := record*                             compressed as a whole by the codec
//   (compression.h) record                                         see record.h
//
// The CRC leaves out base offset and leader epoch, so that a leader can assign them in place. A
// torn batch at the end of a file shows by its length or its CRC. Batches of magic 0 and 1 are
// recognised and refused, never misread.
//
// Nothing here owns bytes: the views hold as long as the bytes that they were made from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/codec.h"

namespace gregor::record {

// Where the header's fields lie.
namespace at {
inline constexpr std::size_t base_offset = 0;
inline constexpr std::size_t length = 8;
inline constexpr std::size_t leader_epoch = 12;
inline constexpr std::size_t magic = 16;
inline constexpr std::size_t crc = 17;
inline constexpr std::size_t attributes = 21;
inline constexpr std::size_t last_offset_delta = 23;
inline constexpr std::size_t base_timestamp = 27;
inline constexpr std::size_t max_timestamp = 35;
inline constexpr std::size_t producer_id = 43;
inline constexpr std::size_t producer_epoch = 51;
inline constexpr std::size_t base_sequence = 53;
inline constexpr std::size_t record_count = 57;
inline constexpr std::size_t records = 61;
}  // namespace at

inline constexpr std::size_t batch_header_bytes = at::records;
// Base offset and length: what the length field does not count.
inline constexpr std::size_t batch_overhead_bytes = at::leader_epoch;
// With this many bytes the size and the format of a batch are known.
inline constexpr std::size_t batch_prefix_bytes = at::magic + 1;
inline constexpr std::int8_t batch_magic = 2;
// The least that the length field says in any format: a message of magic 0, empty.
inline constexpr std::int32_t batch_length_min = 14;

static_assert(at::length == at::base_offset + sizeof(std::int64_t));
static_assert(at::leader_epoch == at::length + sizeof(std::int32_t));
static_assert(at::magic == at::leader_epoch + sizeof(std::int32_t));
static_assert(at::crc == at::magic + sizeof(std::int8_t));
static_assert(at::attributes == at::crc + sizeof(std::uint32_t));
static_assert(at::last_offset_delta == at::attributes + sizeof(std::int16_t));
static_assert(at::base_timestamp == at::last_offset_delta + sizeof(std::int32_t));
static_assert(at::max_timestamp == at::base_timestamp + sizeof(std::int64_t));
static_assert(at::producer_id == at::max_timestamp + sizeof(std::int64_t));
static_assert(at::producer_epoch == at::producer_id + sizeof(std::int64_t));
static_assert(at::base_sequence == at::producer_epoch + sizeof(std::int16_t));
static_assert(at::record_count == at::base_sequence + sizeof(std::int32_t));
static_assert(at::records == at::record_count + sizeof(std::int32_t));

// Bits of the attributes.
inline constexpr std::int16_t codec_bits = 0x07;
inline constexpr std::int16_t log_append_time_bit = 0x08;
inline constexpr std::int16_t transactional_bit = 0x10;
inline constexpr std::int16_t control_bit = 0x20;
inline constexpr std::int16_t delete_horizon_bit = 0x40;

// The header of a batch, of which perhaps no more than the header is at hand (a log is scanned by
// reading 61 bytes per batch). Guaranteed: magic 2, length at least that of a header, a codec that
// exists, offsets and count not negative. The CRC has not been looked at.
class HeaderView {
 public:
  // Reads the front of `bytes`. Fails with corrupt_message when there are too few bytes or they
  // make no sense, with unsupported_for_message_format for the formats before v2, with
  // unsupported_compression_type for an unknown codec.
  static model::Result<HeaderView> parse(base::BytesView bytes);

  [[nodiscard]] model::Offset base_offset() const;
  [[nodiscard]] model::Offset last_offset() const;
  [[nodiscard]] model::Offset next_offset() const { return last_offset() + 1; }
  [[nodiscard]] std::int32_t last_offset_delta() const;
  [[nodiscard]] model::LeaderEpoch partition_leader_epoch() const;
  [[nodiscard]] std::size_t size_bytes() const;  // the whole batch, header included
  [[nodiscard]] std::uint32_t crc() const;

  [[nodiscard]] std::int16_t attributes() const;
  [[nodiscard]] Codec codec() const { return static_cast<Codec>(attributes() & codec_bits); }
  [[nodiscard]] TimestampType timestamp_type() const;
  [[nodiscard]] bool is_transactional() const { return (attributes() & transactional_bit) != 0; }
  [[nodiscard]] bool is_control() const { return (attributes() & control_bit) != 0; }
  [[nodiscard]] std::optional<model::Timestamp> delete_horizon() const;

  // What timestamp deltas count from; also when the field holds a delete horizon.
  [[nodiscard]] model::Timestamp base_timestamp() const;
  [[nodiscard]] model::Timestamp max_timestamp() const;

  [[nodiscard]] bool has_producer_id() const { return producer_id() > model::no_producer_id; }
  [[nodiscard]] model::ProducerId producer_id() const;
  [[nodiscard]] model::ProducerEpoch producer_epoch() const;
  [[nodiscard]] model::SequenceNumber base_sequence() const;
  [[nodiscard]] model::SequenceNumber last_sequence() const;  // no_sequence when base is

  // As declared; reading the records finds out whether it is true.
  [[nodiscard]] std::int32_t record_count() const;

 protected:
  explicit HeaderView(const std::byte* header) : header_(header) {}
  [[nodiscard]] const std::byte* header() const { return header_; }

 private:
  const std::byte* header_;
};

// A batch of which all bytes are at hand. Guaranteed: what HeaderView guarantees. The CRC has not
// been looked at.
class BatchView : public HeaderView {
 public:
  // Takes the first batch of `bytes`; more may follow it. Fails as HeaderView::parse does, and with
  // corrupt_message when the batch is longer than `bytes`.
  static model::Result<BatchView> parse(base::BytesView bytes);

  [[nodiscard]] base::BytesView bytes() const { return {header(), size_bytes()}; }
  // The records as they lie there, perhaps compressed: everything after the header.
  [[nodiscard]] base::BytesView records() const { return bytes().subspan(batch_header_bytes); }
  [[nodiscard]] bool crc_matches() const;

 protected:
  using HeaderView::HeaderView;
};

// A batch whose CRC is right: what can be appended. Its records may still be nonsense that
// was checksummed with care; validation.h is the gate for what clients send.
class ValidBatch : public BatchView {
 public:
  // Fails as BatchView::parse does, and with corrupt_message when the CRC is wrong.
  static model::Result<ValidBatch> parse(base::BytesView bytes);
  static model::Result<ValidBatch> check(const BatchView& batch);

 private:
  explicit ValidBatch(const BatchView& batch) : BatchView(batch) {}
};

// The CRC that a batch (all of its bytes, at least a header) ought to carry.
std::uint32_t compute_crc(base::BytesView batch);

// Size of the batch at the front of `bytes`, of whatever format; nullopt when there are fewer than
// batch_prefix_bytes or the length is absurd (less than the oldest format needs, or too much for an
// i32). Lets a reader learn how much to read.
std::optional<std::size_t> peek_batch_size(base::BytesView bytes);

// What a leader may change in the timestamps of a batch: its own clock instead of the producer's,
// or the maximum as found in the records instead of the one the producer claimed.
struct TimestampStamp {
  TimestampType type;
  model::Timestamp max;
  friend bool operator==(const TimestampStamp&, const TimestampStamp&) = default;
};

using BatchHeader = std::array<std::byte, batch_header_bytes>;

// The header of `batch` as the leader appends it: written to the log before batch.records(), it
// makes a batch with a right CRC. The CRC is computed anew only if the stamp changes something.
BatchHeader patched_header(const ValidBatch& batch, model::Offset base_offset,
                           model::LeaderEpoch leader_epoch,
                           const std::optional<TimestampStamp>& stamp = std::nullopt);

// base + distance, where the number after 2^31-1 is 0.
model::SequenceNumber advance(model::SequenceNumber base, std::int32_t distance);

}  // namespace gregor::record
