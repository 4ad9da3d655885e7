// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The faults of one node: a page of memory that the nemesis writes and the library inside of the
// node (interpose.cc) reads at every call. It is a file, so that it outlives the node's process.
// All zero: no fault.
#pragma once

#include <atomic>
#include <cstdint>

namespace gregor::jepsen {

struct FaultControl {
  // Of files and folders below the data folder:
  std::atomic<std::int32_t> write_error;     // errno of every write; 0: none
  std::atomic<std::int32_t> sync_error;      // of fsync and fdatasync
  std::atomic<std::int64_t> sync_delay_ms;   // before every sync
  std::atomic<std::int32_t> keeps_unsynced;  // 1: what a power cut would lose is kept, unsynced.h

  // The wall clock shows the true time + clock_offset_ns + clock_rate_ppm of what has passed since
  // clock_since_ns of the true time.
  std::atomic<std::int64_t> clock_offset_ns;
  std::atomic<std::int64_t> clock_rate_ppm;
  std::atomic<std::int64_t> clock_since_ns;

  // How often faults hit.
  std::atomic<std::uint64_t> failed_writes;  // those cut short included
  std::atomic<std::uint64_t> failed_syncs;
  std::atomic<std::uint64_t> slow_syncs;
  std::atomic<std::uint64_t> wrong_times;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "two processes share them");

// The library's environment: the folder that holds what follows, and the data folder.
inline constexpr const char* faults_variable = "GREGOR_FAULTS";
inline constexpr const char* faults_data_variable = "GREGOR_FAULTS_DATA";
inline constexpr const char* control_file = "control";
inline constexpr const char* unsynced_folder = "unsynced";
// What the node finds in /proc/sys/kernel/random/boot_id: after a power cut the machine has started
// anew.
inline constexpr const char* boot_file = "boot_id";
inline constexpr const char* fault_library = "libgregor_faults.so";

}  // namespace gregor::jepsen
