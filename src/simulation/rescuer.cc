// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/rescuer.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/ranges.h"
#include "broker/partition_folder.h"
#include "protocol/messages/elect_leaders.h"
#include "simulation/cluster_view.h"

namespace gregor::simulation {

using protocol::ElectLeadersRequest;
using protocol::ElectLeadersResponse;

namespace {

constexpr std::int8_t unclean = 1;

std::vector<model::TopicPartition> counted_on_alone(const coordination::ZnodeTree& tree,
                                                    model::BrokerId broker) {
  std::vector<model::TopicPartition> partitions;
  for (const auto& [partition, assigned] : partitions_of(tree)) {
    const auto state = state_of(tree, partition);
    if (state && state->isr == std::vector{broker}) partitions.push_back(partition);
  }
  return partitions;
}

}  // namespace

// To the end of the world: a controller that has just been elected may find out only then.
void Rescuer::operate() {
  const auto alone = counted_on_alone(tree_, broker_.plan().id);
  std::vector<model::TopicPartition> stuck;
  for (const auto& partition : alone)
    if (is_incomplete(partition)) stuck.push_back(partition);
  if (stuck.empty()) {
    nemesis_.hold_down(broker_, env_.now());
    if (alone.empty() && nemesis_.all_serve() && !is_finished()) operation_done(true);
    return look_again();
  }
  broker_.stop();
  nemesis_.hold_down(broker_, forever);
  if (base::contains(brokers_in(tree_), broker_.plan().id)) return look_again();
  elect_others(stuck);
}

void Rescuer::look_again() {
  try_again([this] { operate(); });
}

void Rescuer::elect_others(const std::vector<model::TopicPartition>& stuck) {
  ElectLeadersRequest request{.election_type = unclean, .timeout_ms = 1500};
  for (const auto& [topic, partition] : stuck)
    request.topic_partitions->push_back({.topic = topic, .partitions = {partition.value()}});
  client_.call_any<ElectLeadersResponse>(
      request, client_.some_version(ElectLeadersRequest::api_key, 1),
      [this](ClusterClient::Answer<ElectLeadersResponse> answer) {
        if (answer) env_.mark("unclean election after the loss of a disk");
        look_again();
      });
}

bool Rescuer::is_incomplete(const model::TopicPartition& partition) const {
  const std::string folder =
      fmt::format("{}/{}", broker_.settings().log_dirs.front(), to_string(partition));
  return broker::is_incomplete(broker_.disk(), folder).value_or(false);
}

}  // namespace gregor::simulation
