// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a node knows of its cluster: an immutable snapshot that shard 0 makes from the controller's
// image and sends to all shards, each of which replaces its own. Never edited; whoever holds an old
// one is out of date but never surprised.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "broker/identity.h"
#include "controller/broker_requests.h"
#include "controller/image.h"
#include "model/ids.h"

namespace gregor::broker {

using ImageVersion = base::TypedId<struct ImageVersionTag, std::uint64_t>;

using Replicas = std::set<model::TopicPartition>;  // of this broker

struct ClusterImage {
  ImageVersion version;  // counts the snapshots of this run
  controller::Image metadata;
  // An order that comes with this snapshot, once: replicas of ours that stop.
  std::vector<controller::StoppedReplica> stopped = {};
  // Replicas that are older than this broker's disks: they may have been on others. Null: none.
  std::shared_ptr<const Replicas> inherited = nullptr;
};
using ClusterImagePtr = std::shared_ptr<const ClusterImage>;

// Which shard owns a partition. By name, so that a topic that is deleted and made again stays where
// its old folder is being cleared away.
ShardId owner_of(std::string_view topic, model::PartitionIndex partition, std::uint32_t shards);

// Topics of the broker itself; clients may read but not shape them.
bool is_internal_topic(std::string_view topic);

}  // namespace gregor::broker
