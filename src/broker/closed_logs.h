// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logs of a shard that lie on the disk and are not open: nobody has named their partitions
// since the node started, or they could not be opened. They are neither served nor removed before
// somebody says so, and the checkpoint files go on saying of them what they said. So a broker that
// learns only by and by which replicas it has can be interrupted at any time without a loss.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "broker/identity.h"
#include "broker/storage_state.h"
#include "model/ids.h"

namespace gregor::broker {

struct ClosedLog {
  LogCheckpoint checkpoint;
  bool clean = false;       // its files are as a clean stop left them
  bool has_folder = false;  // otherwise only the checkpoint files tell of it
};

class ClosedLogs {
 public:
  // Those of this shard, at the start.
  void take_all(const StorageState& state, ShardId self, std::uint32_t shards);
  void add(ClosedLog log);
  void forget(const model::TopicPartition& name) { logs_.erase(name); }

  // nullptr if it is not there.
  [[nodiscard]] const ClosedLog* find(const model::TopicPartition& name) const;
  [[nodiscard]] const std::map<model::TopicPartition, ClosedLog>& all() const { return logs_; }
  // Of which only the checkpoint files tell.
  [[nodiscard]] std::vector<model::TopicPartition> without_folder() const;
  // Whether a mark of a clean stop would be true of them.
  [[nodiscard]] bool are_clean() const;

 private:
  std::map<model::TopicPartition, ClosedLog> logs_;
};

}  // namespace gregor::broker
