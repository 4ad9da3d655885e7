// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/convergence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/ranges.h"
#include "broker/broker_ids.h"
#include "simulation/cluster_view.h"

namespace gregor::simulation {

using model::TopicPartition;
using protocol::DescribeConfigsResponse;
using protocol::MetadataRequest;
using protocol::MetadataResponse;
namespace znode = controller::znode;

namespace {

// What is not at rest in the tree; empty: nothing.
std::string unrest_of(const coordination::ZnodeTree& tree, const TopicPartition& partition,
                      const znode::Assignment& assigned) {
  const auto state = state_of(tree, partition);
  if (!state) return to_string(partition) + " has no state";
  if (!assigned.adding.empty() || !assigned.removing.empty())
    return to_string(partition) + " is reassigned";
  if (std::ranges::is_permutation(state->isr, assigned.replicas)) return {};
  return fmt::format("of {} only {} of {} are in sync", to_string(partition),
                     broker::numbers(state->isr), broker::numbers(assigned.replicas));
}

std::string unrest_of(const coordination::ZnodeTree& tree, const Confirmed& confirmed) {
  const auto topics = topics_of(tree);
  for (const auto& [name, partitions] : confirmed.topics) {
    const auto found = topics.find(name);
    const auto there = found == topics.end() ? 0 : std::ssize(found->second.partitions);
    if (there != partitions)
      return fmt::format("{} has {} partitions, and {} were confirmed", name, there, partitions);
  }
  const auto partitions = partitions_of(tree);
  for (const auto& [partition, assigned] : partitions)
    if (auto unrest = unrest_of(tree, partition, assigned); !unrest.empty()) return unrest;
  for (const auto& [partition, replicas] : confirmed.replicas) {
    const auto there = broker::numbers(partitions.at(partition).replicas);
    if (there != replicas)
      return fmt::format("{} is at {}, and {} was confirmed", to_string(partition), there,
                         replicas);
  }
  return {};
}

// How what a broker tells differs from what the tree has; empty: not at all.
std::string difference(const coordination::ZnodeTree& tree, const MetadataResponse& told) {
  const auto brokers =
      base::mapped(told.brokers, [](const auto& broker) { return broker.node_id; });
  if (!std::ranges::is_permutation(brokers, broker::numbers(brokers_in(tree))))
    return fmt::format("brokers {}", brokers);
  auto untold = topics_of(tree);
  for (const auto& topic : told.topics) {
    const auto known = untold.extract(*topic.name);
    if (!known || topic.error_code != model::ErrorCode::none ||
        topic.partitions.size() != known.mapped().partitions.size())
      return fmt::format("{} with {} partitions: {}", *topic.name, topic.partitions.size(),
                         model::name_of(topic.error_code));
    for (const auto& partition : topic.partitions) {
      const TopicPartition id{*topic.name, model::PartitionIndex(partition.partition_index)};
      const auto state = state_of(tree, id);
      if (!state || partition.leader_id != state->leader.value() ||
          partition.leader_epoch != state->leader_epoch.value() ||
          !std::ranges::is_permutation(partition.isr_nodes, broker::numbers(state->isr)))
        return fmt::format("{}: leader {} in epoch {}, in sync {}", to_string(id),
                           partition.leader_id, partition.leader_epoch, partition.isr_nodes);
    }
  }
  return untold.empty() ? "" : "nothing of " + untold.begin()->first;
}

}  // namespace

void Convergence::operate() {
  if (auto unrest = unrest_of(tree_, confirmed_); !unrest.empty())
    return wait_for(std::move(unrest));
  if (to_ask_.empty()) return operation_done(true);
  ask_next();
}

void Convergence::ask_next() {
  MetadataRequest request;
  request.topics = std::nullopt;  // all
  request.allow_auto_topic_creation = false;
  client_.call<MetadataResponse>(
      to_ask_.front(), request, 12, [this](ClusterClient::Answer<MetadataResponse> answer) {
        const std::string what = answer ? difference(tree_, **answer) : "nothing at all";
        if (!what.empty()) return wait_for(fmt::format("{} tells {}", to_ask_.front().host, what));
        ask_for_configs();
      });
}

void Convergence::ask_for_configs() {
  client_.call<DescribeConfigsResponse>(
      to_ask_.front(), describe_configs(confirmed_.configs), 4,
      [this](ClusterClient::Answer<DescribeConfigsResponse> answer) {
        const std::string what =
            answer ? difference(confirmed_.configs, **answer) : "nothing at all";
        if (!what.empty()) return wait_for(fmt::format("{} tells {}", to_ask_.front().host, what));
        to_ask_.pop_front();
        operate();
      });
}

void Convergence::wait_for(std::string what) {
  waits_for_ = ": " + std::move(what);
  try_again([this] { operate(); });
}

}  // namespace gregor::simulation
