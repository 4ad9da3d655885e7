// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whether the files of a partition are sound and agree with each other. Reads everything, changes
// nothing, and shares no look-up with log.h: the simple second opinion.
//
//   - every batch: format, checksum, records that add up; offsets and leader epochs that grow
//   - every segment begins where the one before ends (a hole, as compaction leaves it, is noted)
//   - every index entry names a batch that is there, in order; the last time entry of a finished
//     segment is its largest timestamp
//   - aborted transactions, producer snapshots and leader epochs are what follows from the batches,
//     as far as these are still there
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/disk.h"

namespace gregor::log {

struct Finding {
  // error: the files contradict each other or themselves. note: unusual, but possible.
  enum class Severity : std::uint8_t { note, error };
  Severity severity;
  std::string file;  // name in the folder
  std::string detail;
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct VerifyReport {
  std::uint64_t segments = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t index_entries = 0;
  std::vector<Finding> findings;

  [[nodiscard]] bool sound() const;  // no errors
};

// Findings of one folder beyond this number are counted, not listed.
inline constexpr std::size_t findings_max = 1'000;

// `folder` is a partition's. Only errors of the disk are errors.
Result<VerifyReport> verify_folder(Disk& disk, const std::string& folder);

}  // namespace gregor::log
