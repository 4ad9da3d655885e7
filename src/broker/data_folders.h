// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The files that all partitions of a data folder share: checkpoints (written by
// checkpoint_files.h), meta.properties, the mark of a clean stop. Read and written by shard 0
// alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/storage_state.h"
#include "log/data_files.h"
#include "log/disk.h"
#include "model/result.h"

namespace gregor::broker {

struct FoundDataFolders {
  StorageState state;
  std::vector<std::optional<log::MetaProperties>> properties;  // by folder
  std::vector<std::string> lines;                              // for the operator
  // Of some folder: the last stop was not clean, and the machine, or the folder, is another one
  // since, so that what was not synced may be lost. It stays so until note_boot().
  bool unclean_shutdown = false;
};

// Makes folders that are not there, removes what is marked for removal, what has been moved to
// another folder (partition_folder.h), and the marks of a clean stop (from here on the stop is
// unclean until the node says otherwise). A checkpoint that cannot be read counts as absent: then
// logs are scanned from their beginning. `boot`: see ShardContext.
model::Result<FoundDataFolders> read_data_folders(log::Disk& disk,
                                                  const std::vector<std::string>& paths,
                                                  std::string_view boot);

// With which registration of this broker it began to use the newest of these disks; 0: nobody knows
// of another one before. Nullopt: one of them has not been used yet, it is this process's first.
std::optional<model::BrokerEpoch> disks_in_use_since(const FoundDataFolders& found);

// What was lost until now is settled, for certain: from here on only another boot loses more.
model::Result<> note_boot(log::Disk& disk, const StorageState& state, std::string_view boot);

model::Result<> write_meta_properties(log::Disk& disk, const std::string& folder,
                                      const log::MetaProperties& properties);

model::Result<> mark_clean_stop(log::Disk& disk, const StorageState& state);

}  // namespace gregor::broker
