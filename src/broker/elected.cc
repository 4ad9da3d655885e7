// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/elected.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "base/parse_number.h"
#include "broker/controller_host.h"
#include "broker/eligible_tag.h"
#include "broker/member.h"
#include "broker/peer_address.h"
#include "broker/shard_state.h"
#include "protocol/frame.h"
#include "protocol/messages/allocate_producer_ids.h"
#include "protocol/messages/alter_partition.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/create_topics.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

// Kafka 3.9's between brokers.
constexpr model::ApiVersion create_topics_version{7};
constexpr model::ApiVersion allocate_producer_ids_version{0};
constexpr model::ApiVersion alter_partition_version{3};
constexpr model::ApiVersion controlled_shutdown_version{3};

// The client id of requests that have been passed on once.
constexpr std::string_view passed_on = "passed-on-by-broker-";

std::optional<PeerAddress> elected_address(const ShardState& shard) {
  const controller::Image& image = shard.image->metadata;
  return peer_address(image, image.controller, shard.settings());
}

// Asks the controller of this node.
template <class Answer, class Command>
void ask_own(ShardState& shard, Command command,
             std::function<void(ShardState&, const Answer&)> on_answer) {
  shard.controller->submit(
      shard, std::move(command),
      [on_answer = std::move(on_answer)](ShardState& later, ControllerHost::Results results) {
        on_answer(later, std::get<Answer>(results));
      });
}

// Asks the broker that is elected; calls back with its response, or why there is none.
template <class Response, class Wire, class OnAnswer>
void ask_elected(ShardState& shard, const Wire& request, model::ApiVersion version,
                 OnAnswer on_answer) {
  const auto address = elected_address(shard);
  if (!address)
    return on_answer(shard, model::Result<Response>(
                                model::fail(ErrorCode::not_controller, "No controller is known.")));
  shard.peers.ask(shard, *address, PeerLane::control, request, version,
                  shard.settings().controller_socket_timeout_ms,
                  [version, on_answer = std::move(on_answer)](
                      ShardState& later, model::Result<base::BytesView> answer) {
                    on_answer(later, Peers::read<Response>(std::move(answer), version));
                  });
}

// A request in which this broker names itself.
template <class Wire>
Wire from_this_broker(const ShardState& shard) {
  Wire request;
  request.broker_id = shard.broker_id().value();
  request.broker_epoch = shard.member->broker_epoch().value();
  return request;
}

// The response, unless it is a refusal.
template <class Response>
model::Result<Response> unless_refused(model::Result<Response> response) {
  if (response && response->error_code != ErrorCode::none) return model::fail(response->error_code);
  return response;
}

}  // namespace

bool pass_to_elected(ShardState& shard, const Request& request) {
  if (shard.controller->may_be_elected() || request.client_id.starts_with(passed_on)) return false;
  const auto address = elected_address(shard);
  if (!address) return false;
  shard.peers.pass_on(
      shard, *address, request, fmt::format("{}{}", passed_on, shard.broker_id().value()),
      shard.settings().controller_socket_timeout_ms,
      [head = request.head](ShardState& later, model::Result<base::BytesView> answer) {
        if (!answer)
          return later.close(head.from, "the controller cannot be asked: " + answer.error().detail);
        auto frame = protocol::encode_response_frame(
            head.correlation, *protocol::find_api(head.api), head.version, *answer);
        ASSERT(frame.has_value());
        std::vector<Piece> pieces;
        pieces.emplace_back(std::move(*frame));
        later.reply(head.from, std::move(pieces));
      });
  return true;
}

model::BrokerId arrived_at(const ShardState& shard, const Request& request) {
  if (!request.client_id.starts_with(passed_on)) return shard.broker_id();
  const std::string_view number = request.client_id.substr(passed_on.size());
  const auto id = base::parse_number<std::int32_t>(number);
  return id ? model::BrokerId(*id) : shard.broker_id();
}

// --- topics ---

namespace {

protocol::CreateTopicsRequest wire_of(const controller::CreateTopics& command) {
  protocol::CreateTopicsRequest request;
  request.validate_only = command.validate_only;
  for (const controller::NewTopic& wanted : command.topics) {
    auto& topic = request.topics.emplace_back();
    topic.name = wanted.name;
    topic.num_partitions = wanted.partitions;
    topic.replication_factor = wanted.replication;
    for (const auto& [key, value] : wanted.configs) topic.configs.push_back({key, value, {}});
  }
  return request;
}

Created created_by(const model::Result<protocol::CreateTopicsResponse>& response,
                   const controller::CreateTopics& command) {
  Created created;
  for (const controller::NewTopic& wanted : command.topics) {
    if (!response) {
      created.push_back(model::fail(response.error()));
      continue;
    }
    const auto found = std::ranges::find(
        response->topics, wanted.name, &protocol::CreateTopicsResponse::CreatableTopicResult::name);
    if (found == response->topics.end())
      created.push_back(model::fail(ErrorCode::unknown_server_error, "It was not answered."));
    else if (found->error_code != ErrorCode::none)
      created.push_back(model::fail(found->error_code, found->error_message.value_or("")));
    else
      created.push_back(controller::TopicCreated{found->topic_id, found->num_partitions,
                                                 found->replication_factor});
  }
  return created;
}

}  // namespace

void create_topics(ShardState& shard, controller::CreateTopics command,
                   std::function<void(ShardState&, const Created&)> on_created) {
  if (shard.controller->may_be_elected())
    return ask_own<Created>(shard, std::move(command), std::move(on_created));
  const auto request = wire_of(command);
  ask_elected<protocol::CreateTopicsResponse>(
      shard, request, create_topics_version,
      [command = std::move(command), on_created = std::move(on_created)](
          ShardState& later, const model::Result<protocol::CreateTopicsResponse>& response) {
        on_created(later, created_by(response, command));
      });
}

// --- producer ids ---

void allocate_producer_ids(
    ShardState& shard,
    std::function<void(ShardState&, const model::Result<controller::ProducerIdBlock>&)> on_block) {
  using Block = model::Result<controller::ProducerIdBlock>;
  if (shard.controller->may_be_elected())
    return ask_own<Block>(shard, controller::AllocateProducerIds{}, std::move(on_block));
  using Response = protocol::AllocateProducerIdsResponse;
  ask_elected<Response>(
      shard, from_this_broker<protocol::AllocateProducerIdsRequest>(shard),
      allocate_producer_ids_version,
      [on_block = std::move(on_block)](ShardState& later, model::Result<Response> answer) {
        const auto response = unless_refused(std::move(answer));
        if (!response) return on_block(later, model::fail(response.error()));
        on_block(later, controller::ProducerIdBlock{model::ProducerId(response->producer_id_start),
                                                    response->producer_id_len});
      });
}

// --- in-sync replicas ---

namespace {

protocol::AlterPartitionRequest wire_of(const controller::AlterPartition& command) {
  protocol::AlterPartitionRequest request;
  request.broker_id = command.leader.value();
  request.broker_epoch = command.epoch.value();
  for (const controller::ProposedIsr& proposed : command.partitions) {
    if (request.topics.empty() || request.topics.back().topic_id != proposed.topic_id)
      request.topics.emplace_back().topic_id = proposed.topic_id;
    auto& out = request.topics.back().partitions.emplace_back();
    out.partition_index = proposed.partition.value();
    out.leader_epoch = proposed.leader_epoch.value();
    out.partition_epoch = proposed.partition_epoch.value();
    for (const auto& member : proposed.isr)
      out.new_isr_with_epochs.push_back({member.broker.value(), member.epoch.value(), {}});
  }
  return request;
}

model::Result<controller::AlteredIsr> altered_in(const protocol::AlterPartitionResponse& response,
                                                 const controller::ProposedIsr& proposed) {
  for (const auto& topic : response.topics) {
    if (topic.topic_id != proposed.topic_id) continue;
    for (const auto& one : topic.partitions) {
      if (one.partition_index != proposed.partition.value()) continue;
      if (one.error_code != ErrorCode::none) return model::fail(one.error_code);
      controller::AlteredIsr altered{.leader = model::BrokerId(one.leader_id),
                                     .leader_epoch = model::LeaderEpoch(one.leader_epoch),
                                     .isr = {},
                                     .eligible = eligible_in(one.unknown_tags),
                                     .recovering = one.leader_recovery_state == 1,
                                     .partition_epoch = model::PartitionEpoch(one.partition_epoch)};
      for (const std::int32_t id : one.isr) altered.isr.emplace_back(id);
      return altered;
    }
  }
  return model::fail(ErrorCode::unknown_server_error, "It was not answered.");
}

}  // namespace

void alter_partitions(ShardState& shard, std::vector<controller::ProposedIsr> partitions,
                      std::function<void(ShardState&, const controller::AlteredIsrs&)> on_altered) {
  controller::AlterPartition command{.leader = shard.broker_id(),
                                     .epoch = shard.member->broker_epoch(),
                                     .partitions = std::move(partitions)};
  if (shard.controller->may_be_elected())
    return ask_own<controller::AlteredIsrs>(shard, std::move(command), std::move(on_altered));
  using Response = protocol::AlterPartitionResponse;
  const auto request = wire_of(command);
  ask_elected<Response>(shard, request, alter_partition_version,
                        [asked = std::move(command.partitions), on_altered = std::move(on_altered)](
                            ShardState& later, model::Result<Response> answer) {
                          const auto response = unless_refused(std::move(answer));
                          if (!response) return on_altered(later, model::fail(response.error()));
                          std::vector<model::Result<controller::AlteredIsr>> altered;
                          for (const controller::ProposedIsr& one : asked)
                            altered.push_back(altered_in(*response, one));
                          on_altered(later, std::move(altered));
                        });
}

// --- shutdown ---

void shut_down_in_order(ShardState& shard,
                        std::function<void(ShardState&, const Remaining&)> on_answer) {
  if (shard.controller->is_elected())
    return ask_own<Remaining>(
        shard, controller::ControlledShutdown{shard.broker_id(), shard.member->broker_epoch()},
        std::move(on_answer));
  using Response = protocol::ControlledShutdownResponse;
  ask_elected<Response>(
      shard, from_this_broker<protocol::ControlledShutdownRequest>(shard),
      controlled_shutdown_version,
      [on_answer = std::move(on_answer)](ShardState& later, model::Result<Response> answer) {
        const auto response = unless_refused(std::move(answer));
        if (!response) return on_answer(later, model::fail(response.error()));
        std::vector<model::TopicPartition> remaining;
        for (const auto& one : response->remaining_partitions)
          remaining.push_back({one.topic_name, model::PartitionIndex(one.partition_index)});
        on_answer(later, std::move(remaining));
      });
}

}  // namespace gregor::broker
