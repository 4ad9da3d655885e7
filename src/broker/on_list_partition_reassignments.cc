// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ListPartitionReassignments (KIP-455): which partitions are on their way to other brokers.

#include <utility>
#include <vector>

#include "broker/broker_ids.h"
#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/list_partition_reassignments.h"

namespace gregor::broker {

using protocol::ListPartitionReassignmentsRequest;
using protocol::ListPartitionReassignmentsResponse;

namespace {

using Ongoing = model::Result<std::vector<controller::OngoingReassignment>>;

controller::ListPartitionReassignments command_of(
    const ListPartitionReassignmentsRequest& request) {
  controller::ListPartitionReassignments command;
  if (!request.topics) return command;
  auto& partitions = command.partitions.emplace();
  for (const auto& topic : *request.topics)
    for (const std::int32_t index : topic.partition_indexes)
      partitions.push_back({topic.name, model::PartitionIndex(index)});
  return command;
}

ListPartitionReassignmentsResponse response_to(const Ongoing& ongoing) {
  ListPartitionReassignmentsResponse response;
  response.error_message = std::nullopt;
  if (!ongoing) {
    response.error_code = ongoing.error().code;
    response.error_message = ongoing.error().detail;
    return response;
  }
  for (const controller::OngoingReassignment& one : *ongoing) {
    if (response.topics.empty() || response.topics.back().name != one.partition.topic)
      response.topics.emplace_back().name = one.partition.topic;
    auto& out = response.topics.back().partitions.emplace_back();
    out.partition_index = one.partition.partition.value();
    out.replicas = numbers(one.replicas);
    out.adding_replicas = numbers(one.adding);
    out.removing_replicas = numbers(one.removing);
  }
  return response;
}

}  // namespace

void on_list_partition_reassignments(ShardState& shard, const Request& request) {
  const auto body = take_body<ListPartitionReassignmentsRequest>(shard, request);
  if (!body) return;
  shard.controller->submit(
      shard, command_of(*body),
      [head = request.head](ShardState& later, ControllerHost::Results results) {
        later.reply(head, response_to(std::get<Ongoing>(results)));
      });
}

}  // namespace gregor::broker
