// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/isr_proposals.h"

#include <fmt/format.h>

#include <utility>

#include "broker/partition.h"
#include "broker/peer_address.h"
#include "broker/shard_state.h"
#include "protocol/messages/alter_partition.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

constexpr model::ApiVersion alter_partition_version{3};
constexpr std::int64_t pause_ms = 500;

protocol::AlterPartitionRequest::PartitionData wire_of(const Partition& partition,
                                                       const replication::IsrProposal& proposal) {
  protocol::AlterPartitionRequest::PartitionData out;
  out.partition_index = partition.name().partition.value();
  out.leader_epoch = proposal.leader_epoch.value();
  out.partition_epoch = proposal.partition_epoch.value();
  for (const auto& member : proposal.isr)
    out.new_isr_with_epochs.push_back({member.id.value(), member.epoch.value(), {}});
  return out;
}

using AnsweredPartition = protocol::AlterPartitionResponse::PartitionData;

const AnsweredPartition* find(const protocol::AlterPartitionResponse& response,
                              const Partition& partition) {
  for (const auto& topic : response.topics) {
    if (topic.topic_id != partition.topic_id()) continue;
    for (const AnsweredPartition& one : topic.partitions)
      if (one.partition_index == partition.name().partition.value()) return &one;
  }
  return nullptr;
}

replication::AlterPartitionAnswer answer_to(const replication::IsrProposal& proposal,
                                            const AnsweredPartition* data, ErrorCode error) {
  replication::AlterPartitionAnswer out{.leader_epoch = proposal.leader_epoch,
                                        .partition_epoch = proposal.partition_epoch,
                                        .error = error,
                                        .isr = {}};
  if (error != ErrorCode::none) return out;
  if (data == nullptr) {
    out.error = ErrorCode::unknown_server_error;  // it was asked for
    return out;
  }
  out.error = data->error_code;
  out.new_leader_epoch = model::LeaderEpoch(data->leader_epoch);
  out.new_partition_epoch = model::PartitionEpoch(data->partition_epoch);
  for (const std::int32_t id : data->isr) out.isr.insert(model::BrokerId(id));
  return out;
}

}  // namespace

void IsrProposals::note(Partition& partition) {
  if (auto proposal = partition.take_proposal())
    waiting_.insert_or_assign(partition.number(), std::move(*proposal));
}

void IsrProposals::reach_time(ShardState& shard) {
  pausing_ = false;
  send(shard);
}

void IsrProposals::send(ShardState& shard) {
  if (waiting_.empty() || under_way_ || pausing_ || shard.phase != Phase::serving) return;
  const controller::Image& image = shard.image->metadata;
  const Proposals sent = std::exchange(waiting_, {});
  protocol::AlterPartitionRequest request;
  request.broker_id = shard.broker_id().value();
  const auto self = image.brokers.find(shard.broker_id());
  if (self != image.brokers.end()) request.broker_epoch = self->second.epoch.value();
  for (const auto& [number, proposal] : sent) {
    const Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr) continue;
    if (request.topics.empty() || request.topics.back().topic_id != partition->topic_id())
      request.topics.emplace_back().topic_id = partition->topic_id();
    request.topics.back().partitions.push_back(wire_of(*partition, proposal));
  }
  under_way_ = true;
  const auto controller = peer_address(image, image.controller, shard.settings());
  if (!controller)
    return on_answer(shard, sent, model::fail(ErrorCode::not_controller, "nobody is elected"));
  shard.peers.ask(shard, *controller, PeerLane::control, request, alter_partition_version,
                  shard.settings().controller_socket_timeout_ms,
                  [this, sent](ShardState& later, model::Result<base::BytesView> answer) {
                    on_answer(later, sent, std::move(answer));
                  });
}

void IsrProposals::on_answer(ShardState& shard, const Proposals& sent,
                             model::Result<base::BytesView> answer) {
  under_way_ = false;
  const auto response =
      Peers::read<protocol::AlterPartitionResponse>(std::move(answer), alter_partition_version);
  const ErrorCode error = response ? response->error_code : ErrorCode::network_exception;
  if (error != ErrorCode::none) {
    shard.say(Severity::warning,
              fmt::format("the controller did not take changes of {} partitions: {}", sent.size(),
                          response ? std::string(name_of(error)) : response.error().detail));
    pausing_ = true;
    shard.timers.set(shard.after(pause_ms), Chore::propose_isr);
  }
  for (const auto& [number, proposal] : sent) {
    Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr || !partition->offline_reason().empty()) continue;
    partition->take_answer(
        answer_to(proposal, response ? find(*response, *partition) : nullptr, error), shard.now);
    shard.touched.push_back(number);
  }
}

}  // namespace gregor::broker
