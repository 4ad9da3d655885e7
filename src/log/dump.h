// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What lies in the files of a partition, as rows for people and programs. Reads only; believes
// nothing; a file that cannot be read to its end yields the rows before and then the problem.
// (Whether the files agree with each other: verify.h.)
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "log/disk.h"
#include "model/result.h"

namespace gregor::log {

// nothing | yes or no | a number | a text of ours | bytes of a client (key, value)
using DumpValue = std::variant<std::monostate, bool, std::int64_t, std::string, base::Bytes>;

struct DumpField {
  std::string_view name;  // snake_case, of static storage
  DumpValue value;
  friend bool operator==(const DumpField&, const DumpField&) = default;
};

// Kinds and their fields:
//   batch        position, size, base_offset, last_offset, count, leader_epoch, codec,
//                timestamp_type, max_timestamp, producer_id, producer_epoch, base_sequence,
//                last_sequence, transactional, control, delete_horizon, crc, crc_valid
//   record       offset, timestamp, sequence, key, value, headers (count); marker,
//   coordinator_epoch
//                of control records that end a transaction
//   header       key, value       (follows its record)
//   index_entry  offset, position
//   time_entry   timestamp, offset
//   aborted_transaction  producer_id, first_offset, last_offset, last_stable_offset
//   producer     producer_id, epoch, last_sequence, last_offset, offset_delta, timestamp,
//                coordinator_epoch, transaction_start
//   epoch        epoch, start_offset
//   partition    topic_id
//   problem      detail
struct DumpRow {
  std::string_view kind;
  std::vector<DumpField> fields;
  friend bool operator==(const DumpRow&, const DumpRow&) = default;
};

using DumpVisitor = std::function<void(const DumpRow&)>;

enum class DumpRecords : std::uint8_t { no, yes };

// The rows of one file, which its name tells how to read. False: a file of no known kind, no rows.
// Only errors of the disk are errors; what is wrong with the content is a row.
Result<bool> dump_file(Disk& disk, const std::string& folder, const std::string& name,
                       DumpRecords records, const DumpVisitor& visit);

}  // namespace gregor::log
