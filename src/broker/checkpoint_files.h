// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Writes the checkpoint files of all data folders: recovery points, log starts, high watermarks,
// how far logs are compacted.
//
// A power cut leaves each of them as it was or as it was to become, never torn: whoever has removed
// segments because the file of log starts said so must find it saying so. So the new content is
// written beside a file and synced before it takes the file's name; where that is done off the
// shard's thread, it goes in three steps:
//
//   prepare() -> [job: the new files are synced] -> replace() -> [job: so are their names] ->
//   kept()
//
// Remembers what the files say, so that nothing is written when nothing has changed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/storage_state.h"
#include "log/disk.h"
#include "log/sync_job.h"
#include "model/result.h"

namespace gregor::broker {

class CheckpointFiles {
 public:
  // Makes new files that say this, beside the old ones, which stay as they are; the job to be run
  // before replace(). nullopt: they say it already. What was prepared before is given up.
  model::Result<std::optional<log::SyncJob>> prepare(log::Disk& disk, const StorageState& state,
                                                     const std::vector<LogCheckpoint>& logs);
  // Puts the prepared files in the place of the old ones; the job to be run before kept().
  model::Result<log::SyncJob> replace(log::Disk& disk);
  void kept() { unsynced_.clear(); }
  // Nobody knows what they say.
  void forget();

  // All at once, on this thread. What was prepared is given up.
  model::Result<> write_now(log::Disk& disk, const StorageState& state,
                            const std::vector<LogCheckpoint>& logs);

 private:
  struct Change {
    std::string folder;
    std::string name;
    base::Bytes bytes;
    [[nodiscard]] std::string path() const { return folder + "/" + name; }
  };
  [[nodiscard]] std::vector<Change> changes(const StorageState& state,
                                            const std::vector<LogCheckpoint>& logs) const;

  std::map<std::string, base::Bytes> written_;  // by path
  std::vector<Change> prepared_;
  std::set<std::string> unsynced_;  // folders in which files were replaced
};

}  // namespace gregor::broker
