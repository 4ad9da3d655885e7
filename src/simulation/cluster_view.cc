// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/cluster_view.h"

#include <string>

#include "controller/znode_paths.h"

namespace gregor::simulation {

namespace znode = controller::znode;

std::optional<controller::znode::PartitionState> state_of(const coordination::ZnodeTree& tree,
                                                          const model::TopicPartition& partition) {
  const auto found =
      tree.znodes().find(znode::partition_state(partition.topic, partition.partition));
  if (found == tree.znodes().end()) return std::nullopt;
  const auto state = znode::decode_state(found->second.data);
  return state ? std::optional(*state) : std::nullopt;
}

model::BrokerId controller_of(const coordination::ZnodeTree& tree) {
  const auto found = tree.znodes().find(std::string(znode::controller));
  if (found == tree.znodes().end()) return model::no_broker;
  const auto registration = znode::decode_controller(found->second.data);
  return registration ? registration->broker : model::no_broker;
}

}  // namespace gregor::simulation
