// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterPartitionReassignments (KIP-455): partitions move to other brokers, or stay where they are
// after all.

#include <utility>
#include <vector>

#include "broker/broker_ids.h"
#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/alter_partition_reassignments.h"

namespace gregor::broker {

using protocol::AlterPartitionReassignmentsRequest;
using protocol::AlterPartitionReassignmentsResponse;

namespace {

controller::AlterPartitionReassignments command_of(
    const AlterPartitionReassignmentsRequest& request) {
  controller::AlterPartitionReassignments command;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) {
      auto& one = command.partitions.emplace_back();
      one.partition = {topic.name, model::PartitionIndex(partition.partition_index)};
      if (partition.replicas) one.replicas = broker_ids(*partition.replicas);
    }
  return command;
}

AlterPartitionReassignmentsResponse response_to(const AlterPartitionReassignmentsRequest& request,
                                                const std::vector<model::Result<>>& results) {
  AlterPartitionReassignmentsResponse response;
  response.error_message = std::nullopt;
  std::size_t at = 0;
  for (const auto& asked : request.topics) {
    auto& topic = response.responses.emplace_back();
    topic.name = asked.name;
    for (const auto& partition : asked.partitions) {
      auto& one = topic.partitions.emplace_back();
      one.partition_index = partition.partition_index;
      one.error_message = std::nullopt;
      const model::Result<>& result = results.at(at++);
      if (result) continue;
      one.error_code = result.error().code;
      one.error_message = result.error().detail;
    }
  }
  return response;
}

}  // namespace

void on_alter_partition_reassignments(ShardState& shard, const Request& request) {
  const auto body = take_body<AlterPartitionReassignmentsRequest>(shard, request);
  if (!body) return;
  shard.controller->submit(
      shard, command_of(*body),
      [head = request.head, asked = *body](ShardState& later, ControllerHost::Results results) {
        later.reply(head, response_to(asked, std::get<std::vector<model::Result<>>>(results)));
      });
}

}  // namespace gregor::broker
