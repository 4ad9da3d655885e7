// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// LeaderAndIsr: the elected controller tells which replicas this broker has, and who leads them.

#include <utility>

#include "broker/hear_controller.h"
#include "protocol/messages/leader_and_isr.h"

namespace gregor::broker {

using protocol::LeaderAndIsrRequest;
using protocol::LeaderAndIsrResponse;

namespace {

constexpr model::ApiVersion answers_by_topic_id{5};

LeaderAndIsrResponse response_to(const LeaderAndIsrRequest& request, model::ApiVersion version,
                                 const controller::BrokerAnswered& answered) {
  LeaderAndIsrResponse response;
  response.error_code = answered.error;
  if (answered.error != model::ErrorCode::none) return response;
  for (const auto& asked : request.topic_states) {
    LeaderAndIsrResponse::LeaderAndIsrTopicError topic;
    topic.topic_id = asked.topic_id;
    const bool by_id = version >= answers_by_topic_id;
    auto& out = by_id ? topic.partition_errors : response.partition_errors;
    for (const auto& state : asked.partition_states) {
      auto& one = out.emplace_back();
      if (!by_id) one.topic_name = asked.topic_name;
      one.partition_index = state.partition_index;
      one.error_code = error_of(answered, asked.topic_name, state.partition_index);
    }
    if (by_id) response.topics.push_back(std::move(topic));
  }
  return response;
}

}  // namespace

void on_leader_and_isr(ShardState& shard, const Request& request) {
  const auto body = take_body<LeaderAndIsrRequest>(shard, request);
  if (!body) return;
  hear_controller(shard, request, from_wire(*body, shard.settings().inter_broker_listener_name),
                  [version = request.head.version, asked = *body](const auto& answered) {
                    return response_to(asked, version, answered);
                  });
}

}  // namespace gregor::broker
