// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Shard 0 tells all shards what the cluster is like: one snapshot after the other, the next one
// when all shards have applied the last. If a snapshot removes topics, the checkpoint files have
// forgotten their logs before the next one goes out; otherwise a topic of the same name, made anew,
// could be opened after a crash with the recovery point of the old one. A topic that is replaced is
// therefore published twice: gone first, then there again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "broker/cluster_image.h"
#include "broker/messages.h"
#include "controller/image.h"

namespace gregor::broker {

struct ShardState;

class ImagePublisher {
 public:
  using OnApplied = std::function<void(ShardState&)>;

  // The first snapshot, with which the shards start.
  ClusterImagePtr first(const ShardState& shard, ClusterImage image);
  [[nodiscard]] bool has_begun() const { return last_made_ != nullptr; }

  // Not before the first. The versions are ours to count.
  void publish(ShardState& shard, ClusterImage image);
  // Calls back, now or in a later step, when all shards act on everything published so far. What is
  // asked first is called first.
  void when_applied(ShardState& shard, OnApplied on_applied);
  void on_applied(ShardState& shard, ShardId from, ImageApplied applied);
  // Whether the log of this broker's replica was offline when its shard applied the last snapshot.
  [[nodiscard]] bool is_offline(const model::TopicPartition& partition) const;

 private:
  struct Held {
    ImageVersion until;
    OnApplied on_applied;
  };
  ClusterImagePtr make(ClusterImage image);
  void expect_all(const ShardState& shard);
  void publish_next(ShardState& shard);
  void release(ShardState& shard);

  std::deque<ClusterImagePtr> unpublished_;
  ClusterImagePtr last_made_;  // null before the first
  ImageVersion applied_{0};    // by all shards
  std::set<ShardId> applying_;
  std::deque<Held> held_;
  std::vector<LogCheckpoint> checkpoints_;  // of those that have applied, if logs were removed
  bool removed_ = false;
  std::map<ShardId, std::vector<model::TopicPartition>> offline_;
};

}  // namespace gregor::broker
