// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/cluster_view.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/parse_number.h"
#include "controller/znode_paths.h"

namespace gregor::simulation {

namespace znode = controller::znode;

namespace {

std::set<std::string, std::less<>> children(const coordination::ZnodeTree& tree,
                                            std::string_view path) {
  const auto found = tree.znodes().find(std::string(path));
  return found == tree.znodes().end() ? std::set<std::string, std::less<>>{}
                                      : found->second.children;
}

}  // namespace

std::optional<controller::znode::PartitionState> state_of(const coordination::ZnodeTree& tree,
                                                          const model::TopicPartition& partition) {
  const auto found =
      tree.znodes().find(znode::partition_state(partition.topic, partition.partition));
  if (found == tree.znodes().end()) return std::nullopt;
  const auto state = znode::decode_state(found->second.data);
  return state ? std::optional(*state) : std::nullopt;
}

std::map<std::string, znode::TopicAssignment> topics_of(const coordination::ZnodeTree& tree) {
  std::map<std::string, znode::TopicAssignment> topics;
  for (const std::string& name : children(tree, znode::topics))
    if (const auto assigned = znode::decode_topic(tree.znodes().at(znode::topic(name)).data))
      topics.emplace(name, *assigned);
  return topics;
}

std::map<model::TopicPartition, znode::Assignment> partitions_of(
    const coordination::ZnodeTree& tree) {
  std::map<model::TopicPartition, znode::Assignment> partitions;
  for (const auto& [name, topic] : topics_of(tree))
    for (std::int32_t i = 0; const auto& assigned : topic.partitions)
      partitions.emplace(model::TopicPartition{name, model::PartitionIndex(i++)}, assigned);
  return partitions;
}

std::vector<model::BrokerId> brokers_in(const coordination::ZnodeTree& tree) {
  std::vector<model::BrokerId> brokers;
  for (const std::string& id : children(tree, znode::broker_ids))
    if (const auto number = base::parse_number<std::int32_t>(id)) brokers.emplace_back(*number);
  return brokers;
}

model::BrokerId controller_of(const coordination::ZnodeTree& tree) {
  const auto found = tree.znodes().find(std::string(znode::controller));
  if (found == tree.znodes().end()) return model::no_broker;
  const auto registration = znode::decode_controller(found->second.data);
  return registration ? registration->broker : model::no_broker;
}

}  // namespace gregor::simulation
