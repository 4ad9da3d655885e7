// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The files that all partitions of a data folder share: checkpoints, meta.properties, the mark of a
// clean stop. Read and written by shard 0 alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/storage_state.h"
#include "log/data_files.h"
#include "log/disk.h"
#include "log/sync_job.h"
#include "log/whole_file.h"
#include "model/result.h"

namespace gregor::broker {

struct FoundDataFolders {
  StorageState state;
  std::vector<std::optional<log::MetaProperties>> properties;  // by folder
  std::vector<std::string> lines;                              // for the operator
};

// Makes folders that are not there, removes what is marked for removal, what has been moved to
// another folder (partition_folder.h), and the marks of a clean
// stop (from here on the stop is unclean until the node says otherwise). A checkpoint that cannot
// be read counts as absent: then logs are scanned from their beginning.
model::Result<FoundDataFolders> read_data_folders(log::Disk& disk,
                                                  const std::vector<std::string>& paths);

model::Result<> write_meta_properties(log::Disk& disk, const std::string& folder,
                                      const log::MetaProperties& properties);

// The checkpoint files of all data folders. Remembers what they say, so that nothing is written
// when nothing has changed.
class CheckpointFiles {
 public:
  // Replaces them by what these say. With Durability::later they are safe from a power cut only
  // once the returned job has run (a torn file counts as absent when the node starts: slower, not
  // wrong); nullopt: there is nothing to sync.
  model::Result<std::optional<log::SyncJob>> write(log::Disk& disk, const StorageState& state,
                                                   const std::vector<LogCheckpoint>& logs,
                                                   log::Durability durability);

 private:
  std::map<std::string, base::Bytes> written_;  // by path
};

model::Result<> mark_clean_stop(log::Disk& disk, const StorageState& state);

}  // namespace gregor::broker
