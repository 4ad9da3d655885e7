// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/checkpoint_files.h"

#include <utility>

#include "log/data_files.h"
#include "log/whole_file.h"

namespace gregor::broker {

using model::fail;
using model::Result;

namespace {

struct CheckpointContents {
  log::PartitionOffsets recovery_points, log_starts, high_watermarks, cleaned_to;
};

std::vector<CheckpointContents> contents_by_folder(const StorageState& state,
                                                   const std::vector<LogCheckpoint>& logs) {
  std::vector<CheckpointContents> contents(state.folders.size());
  for (const LogCheckpoint& log : logs) {
    CheckpointContents& of_folder = contents.at(log.data_folder);
    of_folder.recovery_points.emplace(log.name, log.recovery_point);
    of_folder.high_watermarks.emplace(log.name, log.high_watermark);
    if (log.log_start.value() > 0) of_folder.log_starts.emplace(log.name, log.log_start);
    if (log.cleaned_to.value() > 0) of_folder.cleaned_to.emplace(log.name, log.cleaned_to);
  }
  return contents;
}

}  // namespace

std::vector<CheckpointFiles::Change> CheckpointFiles::changes(
    const StorageState& state, const std::vector<LogCheckpoint>& logs) const {
  std::vector<Change> changes;
  const auto contents = contents_by_folder(state, logs);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const std::pair<std::string_view, const log::PartitionOffsets*> files[] = {
        {log::recovery_points_name, &contents[i].recovery_points},
        {log::log_starts_name, &contents[i].log_starts},
        {log::high_watermarks_name, &contents[i].high_watermarks},
        {log::cleaned_name, &contents[i].cleaned_to}};
    for (const auto& [name, offsets] : files) {
      Change change{.folder = state.folders[i].path,
                    .name = std::string(name),
                    .bytes = log::encode_partition_offsets(*offsets)};
      const auto known = written_.find(change.path());
      if (known == written_.end() || known->second != change.bytes)
        changes.push_back(std::move(change));
    }
  }
  return changes;
}

Result<std::optional<log::SyncJob>> CheckpointFiles::prepare(
    log::Disk& disk, const StorageState& state, const std::vector<LogCheckpoint>& logs) {
  prepared_.clear();
  log::SyncJob job;
  std::vector<Change> wanted = changes(state, logs);
  if (wanted.empty()) return std::nullopt;
  for (const Change& change : wanted) {
    auto file = log::write_replacement(disk, change.folder, change.name, change.bytes);
    if (!file) return fail(file.error());
    job.files.push_back(std::move(*file));
  }
  prepared_ = std::move(wanted);
  return job;
}

Result<log::SyncJob> CheckpointFiles::replace(log::Disk& disk) {
  for (Change& change : std::exchange(prepared_, {})) {
    const std::string path = change.path();
    auto renamed = disk.rename(log::replacement_path(change.folder, change.name), path);
    if (!renamed) return fail(renamed.error());
    unsynced_.insert(change.folder);
    written_.insert_or_assign(path, std::move(change.bytes));
  }
  log::SyncJob job;
  job.folders.assign(unsynced_.begin(), unsynced_.end());
  return job;
}

void CheckpointFiles::forget() {
  written_.clear();
  prepared_.clear();
}

Result<> CheckpointFiles::write_now(log::Disk& disk, const StorageState& state,
                                    const std::vector<LogCheckpoint>& logs) {
  prepared_.clear();
  for (Change& change : changes(state, logs)) {
    const std::string path = change.path();
    written_.erase(path);
    auto written =
        log::replace_file(disk, change.folder, change.name, change.bytes, log::Durability::now);
    if (!written) return written;
    written_.insert_or_assign(path, std::move(change.bytes));
  }
  for (const std::string& folder : unsynced_)
    if (auto synced = disk.sync_folder(folder); !synced) return synced;
  unsynced_.clear();
  return {};
}

}  // namespace gregor::broker
