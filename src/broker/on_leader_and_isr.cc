// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// LeaderAndIsr: the elected controller tells which replicas this broker has, and who leads them.
// The answer leaves when every shard acts on it.

#include <algorithm>
#include <utility>

#include "broker/control_wire.h"
#include "broker/handlers.h"
#include "broker/member.h"
#include "protocol/messages/leader_and_isr.h"

namespace gregor::broker {

using protocol::LeaderAndIsrRequest;
using protocol::LeaderAndIsrResponse;

namespace {

constexpr model::ApiVersion names_topics_by_id{5};

model::ErrorCode error_of(const controller::BrokerAnswered& answered,
                          const model::TopicPartition& partition) {
  const auto found = std::ranges::find(answered.partitions, partition,
                                       &controller::BrokerAnswered::OfPartition::partition);
  return found == answered.partitions.end() ? model::ErrorCode::none : found->error;
}

LeaderAndIsrResponse response_to(const LeaderAndIsrRequest& request, model::ApiVersion version,
                                 const controller::BrokerAnswered& answered) {
  LeaderAndIsrResponse response;
  response.error_code = answered.error;
  if (answered.error != model::ErrorCode::none) return response;
  for (const auto& asked : request.topic_states) {
    LeaderAndIsrResponse::LeaderAndIsrTopicError topic;
    topic.topic_id = asked.topic_id;
    const bool by_id = version >= names_topics_by_id;
    auto& out = by_id ? topic.partition_errors : response.partition_errors;
    for (const auto& state : asked.partition_states) {
      auto& one = out.emplace_back();
      if (!by_id) one.topic_name = asked.topic_name;
      one.partition_index = state.partition_index;
      one.error_code =
          error_of(answered, {asked.topic_name, model::PartitionIndex(state.partition_index)});
    }
    if (by_id) response.topics.push_back(std::move(topic));
  }
  return response;
}

}  // namespace

void on_leader_and_isr(ShardState& shard, const Request& request) {
  const auto body = take_body<LeaderAndIsrRequest>(shard, request);
  if (!body) return;
  const auto news = from_wire(*body, shard.settings().inter_broker_listener_name);
  if (!news) {
    LeaderAndIsrResponse response;
    response.error_code = news.error().code;
    shard.reply(request.head, response);
    return;
  }
  shard.member->hear(shard, *news,
                     [head = request.head, asked = *body](ShardState& later, const auto& answered) {
                       later.reply(head, response_to(asked, head.version, answered));
                     });
  shard.member->publish(shard);
}

}  // namespace gregor::broker
