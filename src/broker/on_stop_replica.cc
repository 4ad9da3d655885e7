// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// StopReplica: the elected controller takes replicas from this broker. When it is answered they are
// stopped; the controller removes a topic only then.

#include "broker/hear_controller.h"
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
      one.error_code = error_of(answered, topic.topic_name, state.partition_index);
    }
  return response;
}

}  // namespace

void on_stop_replica(ShardState& shard, const Request& request) {
  const auto body = take_body<StopReplicaRequest>(shard, request);
  if (!body) return;
  hear_controller(shard, request, from_wire(*body),
                  [asked = *body](const auto& answered) { return response_to(asked, answered); });
}

}  // namespace gregor::broker
