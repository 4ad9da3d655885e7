// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Brings the parts of a request to their partitions: runs at once what this shard owns, sends the
// rest to the owners, and completes the request when nothing is outstanding.
#pragma once

#include <algorithm>
#include <expected>
#include <map>
#include <memory>
#include <optional>

#include "broker/gather.h"
#include "broker/messages.h"
#include "broker/shard_state.h"
#include "broker/tasks.h"
#include "broker/topic_ref.h"

namespace gregor::broker {

// The shard that has a partition, or why nobody here can be asked: unknown_topic_or_partition,
// unknown_topic_id, not_leader_or_follower. Only a leader can be asked, unless any replica will do.
std::expected<ShardId, model::ErrorCode> route(const ShardState& shard, const TopicRef& topic,
                                               model::PartitionIndex partition,
                                               bool any_replica = false);

// The deadline of a request that gives the replicas of its partitions so much time. What the shards
// of this node need among themselves is not their concern.
inline model::Instant deadline_of(const ShardState& shard, std::int32_t timeout_ms) {
  constexpr std::int32_t hops_ms = 1000;
  return shard.after(std::max(timeout_ms, hops_ms));
}

class Dispatch {
 public:
  Dispatch(ShardState& shard, std::unique_ptr<Gather> gather);

  [[nodiscard]] RequestId id() const { return id_; }

  void add(std::uint32_t slot, const TopicRef& topic, model::PartitionIndex partition,
           const Task& task);
  // The part needs no partition to know its fate.
  void refuse(std::uint32_t slot, const Task& task, model::ErrorCode error) {
    gather_->fill(slot, refused(task, error));
  }
  // All parts have been added. What is still outstanding is waited for, until the deadline.
  void finish(std::optional<model::Instant> deadline) &&;

 private:
  ShardState& shard_;
  std::unique_ptr<Gather> gather_;
  RequestId id_;
  std::map<ShardId, RunTasks> elsewhere_;
};

}  // namespace gregor::broker
