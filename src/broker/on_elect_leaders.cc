// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ElectLeaders (KIP-460): preferred replicas lead again, or, at the operator's risk, replicas that
// are not in sync do.

#include <map>
#include <utility>
#include <vector>

#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/elect_leaders.h"

namespace gregor::broker {

using protocol::ElectLeadersRequest;
using protocol::ElectLeadersResponse;

namespace {

using Elected = std::vector<controller::ElectedLeader>;

controller::ElectLeaders command_of(const ElectLeadersRequest& request) {
  controller::ElectLeaders command;
  if (request.election_type == 1) command.type = controller::ElectionType::unclean;
  if (!request.topic_partitions) return command;
  auto& partitions = command.partitions.emplace();
  for (const auto& topic : *request.topic_partitions)
    for (const std::int32_t index : topic.partitions)
      partitions.push_back({topic.topic, model::PartitionIndex(index)});
  return command;
}

ElectLeadersResponse response_to(const Elected& elected) {
  ElectLeadersResponse response;
  std::map<std::string, std::size_t> places;
  for (const controller::ElectedLeader& one : elected) {
    if (one.partition.topic.empty() && !one.result) {  // of the whole
      response.error_code = one.result.error().code;
      continue;
    }
    const auto [place, is_new] =
        places.try_emplace(one.partition.topic, response.replica_election_results.size());
    if (is_new) response.replica_election_results.emplace_back().topic = one.partition.topic;
    auto& out = response.replica_election_results[place->second].partition_result.emplace_back();
    out.partition_id = one.partition.partition.value();
    out.error_message = std::nullopt;
    if (one.result) continue;
    out.error_code = one.result.error().code;
    out.error_message = one.result.error().detail;
  }
  return response;
}

}  // namespace

void on_elect_leaders(ShardState& shard, const Request& request) {
  const auto body = take_body<ElectLeadersRequest>(shard, request);
  if (!body) return;
  if (body->election_type != 0 && body->election_type != 1) {
    ElectLeadersResponse response;
    response.error_code = model::ErrorCode::invalid_request;
    shard.reply(request.head, response);
    return;
  }
  shard.controller->submit(
      shard, command_of(*body),
      [head = request.head](ShardState& later, ControllerHost::Results results) {
        later.reply(head, response_to(std::get<Elected>(results)));
      });
}

}  // namespace gregor::broker
