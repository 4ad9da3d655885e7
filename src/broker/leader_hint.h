// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Newer versions of Produce and Fetch tell a client that asked the wrong broker, or with an old
// leader epoch, who leads and where that is, so that it need not ask for metadata first.
#pragma once

#include <algorithm>
#include <variant>

#include "broker/metadata_answer.h"
#include "broker/shard_state.h"
#include "broker/topic_ref.h"

namespace gregor::broker {

template <class Response, class Slot>
void add_leader_hint(const ShardState& shard, ConnectionId connection, const TopicRef& topic,
                     Slot& slot, std::int32_t index, Response& response) {
  const controller::Image& image = shard.image->metadata;
  const auto found =
      std::visit([&](const auto& name_or_id) { return image.topic(name_or_id); }, topic);
  const auto place = static_cast<std::size_t>(index);
  if (found == nullptr || index < 0 || place >= found->partitions.size()) return;
  const controller::Partition& partition = found->partitions[place];
  slot.current_leader.leader_id = partition.leader.value();
  slot.current_leader.leader_epoch = partition.leader_epoch.value();

  const auto client = shard.connections.find(connection);
  const auto leader = image.brokers.find(partition.leader);
  if (client == nullptr || leader == image.brokers.end()) return;
  const controller::Endpoint* const endpoint = endpoint_for(leader->second, *client);
  auto& endpoints = response.node_endpoints;
  const bool told = std::ranges::any_of(
      endpoints, [&](const auto& known) { return known.node_id == leader->first.value(); });
  if (endpoint == nullptr || told) return;
  auto& added = endpoints.emplace_back();
  added.node_id = leader->first.value();
  added.host = endpoint->host;
  added.port = endpoint->port;
  added.rack = leader->second.rack;
}

}  // namespace gregor::broker
