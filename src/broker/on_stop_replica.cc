// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// StopReplica: the elected controller takes replicas from this broker. The answer leaves when every
// shard has stopped them; the controller removes a topic only then.

#include <algorithm>

#include "broker/control_wire.h"
#include "broker/handlers.h"
#include "broker/member.h"
#include "protocol/messages/stop_replica.h"

namespace gregor::broker {

using protocol::StopReplicaRequest;
using protocol::StopReplicaResponse;

namespace {

StopReplicaResponse response_to(const StopReplicaRequest& request,
                                const controller::BrokerAnswered& answered) {
  StopReplicaResponse response;
  response.error_code = answered.error;
  if (answered.error != model::ErrorCode::none) return response;
  for (const auto& topic : request.topic_states)
    for (const auto& state : topic.partition_states) {
      auto& one = response.partition_errors.emplace_back();
      one.topic_name = topic.topic_name;
      one.partition_index = state.partition_index;
      const model::TopicPartition name{topic.topic_name,
                                       model::PartitionIndex(state.partition_index)};
      const auto refused = std::ranges::find(answered.partitions, name,
                                             &controller::BrokerAnswered::OfPartition::partition);
      if (refused != answered.partitions.end()) one.error_code = refused->error;
    }
  return response;
}

}  // namespace

void on_stop_replica(ShardState& shard, const Request& request) {
  const auto body = take_body<StopReplicaRequest>(shard, request);
  if (!body) return;
  const auto order = from_wire(*body);
  if (!order) {
    StopReplicaResponse response;
    response.error_code = order.error().code;
    shard.reply(request.head, response);
    return;
  }
  shard.member->hear(shard, *order,
                     [head = request.head, asked = *body](ShardState& later, const auto& answered) {
                       later.reply(head, response_to(asked, answered));
                     });
  shard.member->publish(shard);
}

}  // namespace gregor::broker
