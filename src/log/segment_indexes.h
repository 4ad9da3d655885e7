// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The three indexes of a segment. Integers are big-endian; offsets are relative to the base offset
// in the file name. A torn entry at the end is ignored; all three can be rebuilt from the .log file
// (the third also needs the producers' state at the segment's start).
//
//   .index      := (relative_offset : i32, position : i32)*
//                  the last offset of a batch, and where the batch begins; one batch in every
//                  index.interval.bytes or so. Sorted by both.
//   .timeindex  := (timestamp : i64, relative_offset : i32)*
//                  the largest timestamp so far, and the last offset of the batch that has it; an
//                  entry beside each one of .index if the timestamp grew, and one when the segment
//                  is closed. Sorted by both.
//   .txnindex   := (version : i16 = 0, producer_id : i64, first_offset : i64, last_offset : i64,
//                   last_stable_offset : i64)*
//                  an aborted transaction: its first record, its marker, and the last stable offset
//                  once it was decided. Offsets are absolute. Sorted by last_offset; the file is
//                  absent when there is none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "log/entry_file.h"
#include "model/ids.h"

namespace gregor::log {

struct OffsetIndexEntry {
  std::int32_t relative_offset = 0;
  std::int32_t position = 0;
  friend bool operator==(const OffsetIndexEntry&, const OffsetIndexEntry&) = default;
};

struct TimeIndexEntry {
  model::Timestamp timestamp = model::no_timestamp;
  std::int32_t relative_offset = 0;
  friend bool operator==(const TimeIndexEntry&, const TimeIndexEntry&) = default;
};

struct AbortedTransaction {
  model::ProducerId producer_id;
  model::Offset first_offset;
  model::Offset last_offset;
  model::Offset last_stable_offset;
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

struct OffsetIndexFormat {
  using Entry = OffsetIndexEntry;
  static constexpr std::size_t entry_bytes = 8;
  static void encode(const Entry& entry, std::byte* to) {
    base::store_big_endian(to, entry.relative_offset);
    base::store_big_endian(to + 4, entry.position);
  }
  static Entry decode(const std::byte* from) {
    return {.relative_offset = base::load_big_endian<std::int32_t>(from),
            .position = base::load_big_endian<std::int32_t>(from + 4)};
  }
};
static_assert(OffsetIndexFormat::entry_bytes == 2 * sizeof(std::int32_t));

struct TimeIndexFormat {
  using Entry = TimeIndexEntry;
  static constexpr std::size_t entry_bytes = 12;
  static void encode(const Entry& entry, std::byte* to) {
    base::store_big_endian(to, entry.timestamp.value());
    base::store_big_endian(to + 8, entry.relative_offset);
  }
  static Entry decode(const std::byte* from) {
    return {.timestamp = model::Timestamp{base::load_big_endian<std::int64_t>(from)},
            .relative_offset = base::load_big_endian<std::int32_t>(from + 8)};
  }
};
static_assert(TimeIndexFormat::entry_bytes == sizeof(std::int64_t) + sizeof(std::int32_t));

struct TransactionIndexFormat {
  using Entry = AbortedTransaction;
  static constexpr std::size_t entry_bytes = 34;
  static constexpr std::int16_t version = 0;
  static void encode(const Entry& entry, std::byte* to) {
    base::store_big_endian(to, version);
    base::store_big_endian(to + 2, entry.producer_id.value());
    base::store_big_endian(to + 10, entry.first_offset.value());
    base::store_big_endian(to + 18, entry.last_offset.value());
    base::store_big_endian(to + 26, entry.last_stable_offset.value());
  }
  // An entry of another version decodes to one that covers nothing and is checked by the caller of
  // valid().
  static Entry decode(const std::byte* from) {
    if (base::load_big_endian<std::int16_t>(from) != version) {
      return {.producer_id = model::no_producer_id,
              .first_offset = model::no_offset,
              .last_offset = model::no_offset,
              .last_stable_offset = model::no_offset};
    }
    return {.producer_id = model::ProducerId{base::load_big_endian<std::int64_t>(from + 2)},
            .first_offset = model::Offset{base::load_big_endian<std::int64_t>(from + 10)},
            .last_offset = model::Offset{base::load_big_endian<std::int64_t>(from + 18)},
            .last_stable_offset = model::Offset{base::load_big_endian<std::int64_t>(from + 26)}};
  }
  static bool valid(const Entry& entry) {
    return entry.producer_id >= model::ProducerId{0} && entry.first_offset >= model::Offset{0} &&
           entry.first_offset <= entry.last_offset;
  }
};
static_assert(TransactionIndexFormat::entry_bytes ==
              sizeof(std::int16_t) + 4 * sizeof(std::int64_t));

using OffsetIndex = EntryFile<OffsetIndexFormat>;
using TimeIndex = EntryFile<TimeIndexFormat>;
using TransactionIndex = EntryFile<TransactionIndexFormat>;

}  // namespace gregor::log
