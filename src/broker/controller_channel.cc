// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/controller_channel.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "broker/control_wire.h"
#include "broker/controller_host.h"
#include "broker/peer_address.h"
#include "broker/shard_state.h"

namespace gregor::broker {

using controller::BrokerRequest;

namespace {

// Kafka's pause between two tries (ControllerChannelManager).
constexpr std::int64_t tell_again_ms = 100;

model::ApiVersion version_of(const BrokerRequest& request) {
  if (std::holds_alternative<controller::LeaderAndIsr>(request.body)) return leader_and_isr_version;
  if (std::holds_alternative<controller::StopReplica>(request.body)) return stop_replica_version;
  return update_metadata_version;
}

// What a broker's response says; an answer that cannot be read is an error like one that never
// came.
model::Result<controller::BrokerAnswered> read_answer(const BrokerRequest& sent,
                                                      model::Result<base::BytesView> answer) {
  const model::ApiVersion version = version_of(sent);
  const auto read =
      [&]<class Response>(auto content_of) -> model::Result<controller::BrokerAnswered> {
    const auto response = Peers::read<Response>(std::move(answer), version);
    if (!response) return model::fail(response.error());
    return content_of(*response);
  };
  const auto content_of = [&](const auto& response) { return from_wire(response, sent); };
  if (std::holds_alternative<controller::LeaderAndIsr>(sent.body))
    return read.operator()<protocol::LeaderAndIsrResponse>(content_of);
  if (std::holds_alternative<controller::StopReplica>(sent.body))
    return read.operator()<protocol::StopReplicaResponse>(content_of);
  return read.operator()<protocol::UpdateMetadataResponse>([&](const auto& response) {
    return controller::BrokerAnswered{
        .request = sent.id, .from = sent.to, .error = response.error_code, .partitions = {}};
  });
}

}  // namespace

void ControllerChannel::send(ShardState& shard, const controller::Controller& machine,
                             std::vector<BrokerRequest> requests) {
  drop_what_is_over(machine);
  for (BrokerRequest& request : requests) {
    const auto broker = machine.image().brokers.find(request.to);
    if (broker == machine.image().brokers.end()) continue;
    const auto address = listener_address(broker->second, shard.settings());
    if (!address) {
      shard.say(Severity::error,
                fmt::format("broker {} has no listener {}: it is told nothing", request.to.value(),
                            shard.settings().inter_broker_listener_name));
      continue;
    }
    Lane& lane = lanes_[request.to];
    lane.address = *address;
    lane.queue.push_back(std::move(request));
  }
  for (auto& [to, lane] : lanes_) send_next(shard, lane);
}

void ControllerChannel::drop_what_is_over(const controller::Controller& machine) {
  const bool in_office =
      machine.role() == controller::Role::active || machine.role() == controller::Role::loading;
  for (auto& [to, lane] : lanes_)
    std::erase_if(lane.queue, [&](const BrokerRequest& request) {
      const auto broker = machine.image().brokers.find(request.to);
      return !in_office || broker == machine.image().brokers.end() ||
             broker->second.epoch != request.broker_epoch;
    });
  std::erase_if(lanes_,
                [](const auto& one) { return one.second.queue.empty() && !one.second.under_way; });
}

void ControllerChannel::send_next(ShardState& shard, Lane& lane) {
  if (lane.under_way || lane.waits || lane.queue.empty()) return;
  lane.under_way = true;
  const BrokerRequest& next = lane.queue.front();
  const ControlRequest request = to_wire(next, shard.settings().inter_broker_listener_name);
  const auto ask = [&](const auto& message) {
    shard.peers.ask(shard, lane.address, PeerLane::control, message, version_of(next),
                    shard.settings().controller_socket_timeout_ms,
                    [this, to = next.to, id = next.id](ShardState& later,
                                                       model::Result<base::BytesView> answer) {
                      on_answer(later, to, id, std::move(answer));
                    });
  };
  std::visit(ask, request);
}

void ControllerChannel::on_answer(ShardState& shard, model::BrokerId from,
                                  controller::BrokerRequestId id,
                                  model::Result<base::BytesView> answer) {
  Lane& lane = lanes_.at(from);
  lane.under_way = false;
  // Nobody waits for the answer to a request that was dropped meanwhile.
  if (lane.queue.empty() || lane.queue.front().id != id) return send_next(shard, lane);
  auto answered = read_answer(lane.queue.front(), std::move(answer));
  if (!answered) {
    shard.say(Severity::warning,
              fmt::format("broker {} cannot be told: {}", from.value(), answered.error().detail));
    return try_later(shard, lane);
  }
  lane.queue.pop_front();
  send_next(shard, lane);
  shard.controller->on_answered(shard, std::move(*answered));
}

void ControllerChannel::try_later(ShardState& shard, Lane& lane) {
  lane.waits = true;
  if (!std::exchange(timer_set_, true))
    shard.timers.set(shard.after(tell_again_ms), Chore::tell_brokers);
}

void ControllerChannel::reach_time(ShardState& shard) {
  timer_set_ = false;
  for (auto& [to, lane] : lanes_) {
    lane.waits = false;
    send_next(shard, lane);
  }
}

}  // namespace gregor::broker
