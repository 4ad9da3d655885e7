// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Makes a log from the files of its folder. After a clean stop they are believed: only the end of
// the last segment is read. Otherwise everything from the segment of the recovery point on is read,
// batch by batch with checksums:
//   - A bad batch at or above the recovery point is the torn end of what was being written: the
//     log is cut there, and a line says which bytes went.
//   - A bad batch below it, or an end below it, is damage to what was synced: opening fails, no
//     record is touched.
//   - Indexes, producers' state and epochs of what was read are made anew.
//   - Where flush.messages promises that nobody sees a record that is not on the disk, what was
//     read is synced: a process that died may have left it in the operating system's memory only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/log.h"

namespace gregor::log {

class LogOpener {
 public:
  LogOpener(LogHome home, SettingsPtr settings, const OpenOptions& options, Now now);
  Result<OpenedLog> open();

 private:
  struct FoundSegment {
    std::optional<std::uint64_t> log;
    std::optional<std::uint64_t> offset_index;
    std::optional<std::uint64_t> time_index;
    std::optional<std::uint64_t> transaction_index;
  };

  // log_open.cc
  Result<> find_files();
  Result<> sort_out(const FolderEntry& entry);
  void note_size(const FileName& name, std::uint64_t size);
  Result<> make_segments();
  void settle_recovery_point();
  Result<> mend_indexes(std::size_t end);
  Result<> load_epochs(std::size_t end);
  Result<> scan_epochs(std::size_t end);
  Result<> believe();
  Result<> settle();
  Result<> remove_stray_snapshots();
  Result<> start_over(const std::string& why);

  // log_swap.cc
  Result<> finish_swaps(const std::vector<FolderEntry>& entries);
  Result<> finish_swap(Offset base, const std::set<FileKind>& kinds,
                       const std::vector<FolderEntry>& entries);
  Result<Offset> end_of_swap(Offset base);
  [[nodiscard]] std::string swap_path(Offset base, FileKind kind) const;

  // log_recovery.cc
  Result<> recover();
  Result<> prepare_recovery(std::size_t first);
  Result<> scan_segment(std::size_t index);
  Result<> take_batch(Segment& segment, BatchScan& scan, const record::HeaderView& header);
  Result<> cut(std::size_t index, std::uint64_t position, const std::string& why);
  Result<> pass_gap(std::size_t index);
  void reenter_begun_epochs(const LeaderEpochs& from_file);
  Result<> sync_recovered(std::size_t first);

  [[nodiscard]] std::unexpected<model::Error> offline(const std::string& why) const;
  [[nodiscard]] std::unexpected<model::Error> damaged(const model::Error& error) const;

  OpenOptions options_;
  Now now_;
  std::unique_ptr<Log> log_;
  OpenReport report_;
  std::map<Offset, FoundSegment> found_;
  std::set<Offset> snapshots_;
  Offset end_{0};                               // of what was read so far
  LeaderEpoch epoch_ = model::no_leader_epoch;  // of the last batch that was read
  bool cut_ = false;
};

}  // namespace gregor::log
