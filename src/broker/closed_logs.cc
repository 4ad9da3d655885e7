// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/closed_logs.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "broker/cluster_image.h"

namespace gregor::broker {

void ClosedLogs::take_all(const StorageState& state, ShardId self, std::uint32_t shards) {
  // The log of that name; nullptr if it is not ours, or lies in another folder.
  const auto entry = [&](const model::TopicPartition& name, std::size_t folder) -> ClosedLog* {
    if (owner_of(name.topic, name.partition, shards) != self) return nullptr;
    const auto [at, fresh] = logs_.try_emplace(name);
    ClosedLog& log = at->second;
    if (fresh) {
      log.checkpoint.name = name;
      log.checkpoint.data_folder = folder;
      log.clean = state.folders[folder].clean_stop;
    }
    return log.checkpoint.data_folder == folder ? &log : nullptr;
  };
  for (std::size_t i = 0; i < state.folders.size(); ++i)
    for (const model::TopicPartition& name : state.folders[i].partitions)
      if (ClosedLog* const log = entry(name, i)) log->has_folder = true;
  for (std::size_t i = 0; i < state.folders.size(); ++i) {
    const auto take = [&](const std::map<model::TopicPartition, model::Offset>& offsets,
                          model::Offset LogCheckpoint::* field) {
      for (const auto& [name, offset] : offsets)
        if (ClosedLog* const log = entry(name, i)) log->checkpoint.*field = offset;
    };
    const DataFolder& folder = state.folders[i];
    take(folder.recovery_points, &LogCheckpoint::recovery_point);
    take(folder.log_starts, &LogCheckpoint::log_start);
    take(folder.high_watermarks, &LogCheckpoint::high_watermark);
    take(folder.cleaned_to, &LogCheckpoint::cleaned_to);
  }
}

void ClosedLogs::add(ClosedLog log) {
  const bool added = logs_.emplace(log.checkpoint.name, std::move(log)).second;
  ASSERT(added);
}

const ClosedLog* ClosedLogs::find(const model::TopicPartition& name) const {
  const auto found = logs_.find(name);
  return found == logs_.end() ? nullptr : &found->second;
}

std::vector<model::TopicPartition> ClosedLogs::without_folder() const {
  std::vector<model::TopicPartition> names;
  for (const auto& [name, log] : logs_)
    if (!log.has_folder) names.push_back(name);
  return names;
}

bool ClosedLogs::are_clean() const {
  return std::ranges::all_of(logs_, [](const auto& entry) { return entry.second.clean; });
}

}  // namespace gregor::broker
