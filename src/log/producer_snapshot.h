// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A file with the producers' state at an offset, so that opening a log need not read all of it. The
// name says the offset: "00000000000000000042.snapshot" is the state before record 42.
//
//   snapshot := version : i16 = 1
//               crc     : u32      CRC-32C of everything after this field
//               count   : i32
//               entry*
//   entry    := producer_id : i64, producer_epoch : i16, last_sequence : i32, last_offset : i64,
//               offset_delta : i32, timestamp : i64, coordinator_epoch : i32,
//               current_transaction_first_offset : i64
//   of the last batch only; last_offset -1: no batch of this epoch is remembered;
//   current_transaction_first_offset -1: no transaction is open. A torn snapshot fails its CRC; any
//   snapshot can be made anew from an older one and the log after it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "log/producer_state.h"

namespace gregor::log {

inline constexpr std::size_t snapshot_header_bytes = 10;
inline constexpr std::size_t snapshot_entry_bytes = 46;
static_assert(snapshot_header_bytes ==
              sizeof(std::int16_t) + sizeof(std::uint32_t) + sizeof(std::int32_t));
static_assert(snapshot_entry_bytes ==
              4 * sizeof(std::int64_t) + 3 * sizeof(std::int32_t) + sizeof(std::int16_t));

// Of the log before a snapshot, in which a start looks for the batches before each producer's last:
// five of Kafka's default max.message.bytes, which is what one producer may have under way.
inline constexpr std::uint64_t recalled_bytes = std::uint64_t{5} << 20;

base::Bytes encode_producer_snapshot(const ProducerStates::Producers& producers);

// corrupt_message unless the bytes are exactly a snapshot.
Result<ProducerStates::Producers> decode_producer_snapshot(base::BytesView bytes);

}  // namespace gregor::log
