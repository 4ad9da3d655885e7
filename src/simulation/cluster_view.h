// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The cluster's state as the coordination service has it; a broker may not have heard of it yet.
#pragma once

#include <optional>

#include "controller/znodes.h"
#include "coordination/znode_tree.h"
#include "model/ids.h"

namespace gregor::simulation {

// nullopt: there is no such partition.
std::optional<controller::znode::PartitionState> state_of(const coordination::ZnodeTree& tree,
                                                          const model::TopicPartition& partition);
// no_broker: there is none.
model::BrokerId controller_of(const coordination::ZnodeTree& tree);

}  // namespace gregor::simulation
