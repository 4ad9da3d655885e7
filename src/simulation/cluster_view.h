// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The cluster's state as the coordination service has it; a broker may not have heard of it yet.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/znodes.h"
#include "coordination/znode_tree.h"
#include "model/ids.h"

namespace gregor::simulation {

// nullopt: there is no such partition.
std::optional<controller::znode::PartitionState> state_of(const coordination::ZnodeTree& tree,
                                                          const model::TopicPartition& partition);
// By name; those whose znode says nothing are left out.
std::map<std::string, controller::znode::TopicAssignment> topics_of(
    const coordination::ZnodeTree& tree);
std::map<model::TopicPartition, controller::znode::Assignment> partitions_of(
    const coordination::ZnodeTree& tree);
// Those that are registered.
std::vector<model::BrokerId> brokers_in(const coordination::ZnodeTree& tree);
// no_broker: there is none.
model::BrokerId controller_of(const coordination::ZnodeTree& tree);

}  // namespace gregor::simulation
