// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A broker that has no id gets one from the coordination service, as in Kafka: the version of
// /brokers/seqid, which every generation raises, above reserved.broker.max.id.

#include <fmt/format.h>

#include <string>
#include <utility>

#include "broker/lifecycle.h"
#include "broker/shard_state.h"

namespace gregor::broker {

namespace {

constexpr coordination::RequestId make_brokers{1};
constexpr coordination::RequestId make_sequence{2};
constexpr coordination::RequestId raise_sequence{3};
const std::string sequence_path = "/brokers/seqid";

}  // namespace

void Lifecycle::ask_for_broker_id(ShardState& shard) {
  if (!shard.settings().broker_id_generation_enable) {
    fail_start(shard, "broker.id is not set, and broker.id.generation.enable is false");
    return;
  }
  const auto ask = [&](coordination::RequestId id, coordination::Change change) {
    shard.effects->coordination.push_back({id, coordination::Multi{{std::move(change)}}});
  };
  // The first two fail, unnoticed, when the nodes exist.
  ask(make_brokers, coordination::Create{.path = "/brokers", .data = {}});
  ask(make_sequence, coordination::Create{.path = sequence_path, .data = {}});
  ask(raise_sequence, coordination::SetData{.path = sequence_path, .data = {}});
}

void Lifecycle::on_reply(ShardState& shard, const coordination::Reply& reply) {
  if (reply.id != raise_sequence || shard.broker != model::no_broker) return;
  const auto* multi = std::get_if<coordination::MultiReply>(&reply.content);
  if (reply.status != coordination::Status::ok || multi == nullptr || multi->results.empty()) {
    fail_start(shard, fmt::format("no broker id could be generated: coordination error {}",
                                  static_cast<int>(reply.status)));
    return;
  }
  shard.broker = model::BrokerId(shard.settings().reserved_broker_max_id +
                                 multi->results.front().stat.version);
  shard.say(Severity::info, fmt::format("generated broker id {}", shard.broker.value()));
  begin_controller(shard);
}

}  // namespace gregor::broker
