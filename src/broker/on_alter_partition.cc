// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterPartition: a leader proposes in-sync replicas to the elected controller.

#include <utility>
#include <vector>

#include "broker/broker_ids.h"
#include "broker/controller_host.h"
#include "broker/eligible_tag.h"
#include "broker/handlers.h"
#include "protocol/messages/alter_partition.h"

namespace gregor::broker {

using protocol::AlterPartitionRequest;
using protocol::AlterPartitionResponse;

namespace {

using Proposed = controller::ProposedIsr;

Proposed proposal(const AlterPartitionRequest::TopicData& topic,
                  const AlterPartitionRequest::PartitionData& partition) {
  Proposed out{.topic = topic.topic_name,
               .topic_id = topic.topic_id,
               .partition = model::PartitionIndex(partition.partition_index),
               .leader_epoch = model::LeaderEpoch(partition.leader_epoch),
               .partition_epoch = model::PartitionEpoch(partition.partition_epoch),
               .isr = {},
               .recovering = partition.leader_recovery_state == 1};
  for (const std::int32_t id : partition.new_isr)
    out.isr.push_back({.broker = model::BrokerId(id)});
  for (const auto& member : partition.new_isr_with_epochs)
    out.isr.push_back({model::BrokerId(member.broker_id), model::BrokerEpoch(member.broker_epoch)});
  return out;
}

controller::AlterPartition command_of(const AlterPartitionRequest& request) {
  controller::AlterPartition command{.leader = model::BrokerId(request.broker_id),
                                     .epoch = model::BrokerEpoch(request.broker_epoch),
                                     .partitions = {}};
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions)
      command.partitions.push_back(proposal(topic, partition));
  return command;
}

AlterPartitionResponse::PartitionData answer_for(
    std::int32_t index, const model::Result<controller::AlteredIsr>& result) {
  AlterPartitionResponse::PartitionData out;
  out.partition_index = index;
  if (!result) {
    out.error_code = result.error().code;
    return out;
  }
  out.leader_id = result->leader.value();
  out.leader_epoch = result->leader_epoch.value();
  out.isr = numbers(result->isr);
  put_eligible(out.unknown_tags, result->eligible);
  out.leader_recovery_state = result->recovering ? std::int8_t{1} : std::int8_t{0};
  out.partition_epoch = result->partition_epoch.value();
  return out;
}

AlterPartitionResponse response_to(const AlterPartitionRequest& request,
                                   const controller::AlteredIsrs& altered) {
  AlterPartitionResponse response;
  if (!altered) {
    response.error_code = altered.error().code;
    return response;
  }
  std::size_t at = 0;
  for (const auto& asked : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.topic_name = asked.topic_name;
    topic.topic_id = asked.topic_id;
    for (const auto& partition : asked.partitions)
      topic.partitions.push_back(answer_for(partition.partition_index, altered->at(at++)));
  }
  return response;
}

}  // namespace

void on_alter_partition(ShardState& shard, const Request& request) {
  const auto body = take_body<AlterPartitionRequest>(shard, request);
  if (!body) return;
  shard.controller->submit(
      shard, command_of(*body),
      [head = request.head, asked = *body](ShardState& later, ControllerHost::Results results) {
        later.reply(head, response_to(asked, std::get<controller::AlteredIsrs>(results)));
      });
}

}  // namespace gregor::broker
