// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Fetch: reads partitions, waits for more where there is too little (fetch_gather.h), and remembers
// for its client what it reads (fetch_session.h).

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/fetch_gather.h"
#include "broker/handlers.h"
#include "broker/metadata_answer.h"
#include "protocol/messages/fetch.h"

namespace gregor::broker {

namespace {

using protocol::FetchRequest;

constexpr model::ApiVersion knows_racks{11};  // earlier clients do not go elsewhere (KIP-392)
constexpr model::ApiVersion fetches_by_topic_id{13};

template <class Topic>
TopicRefPtr topic_of(const Topic& topic, bool by_id) {
  return by_id ? std::make_shared<const TopicRef>(topic.topic_id)
               : std::make_shared<const TopicRef>(topic.topic);
}

// Below 0 there is none, whatever the number.
model::LeaderEpoch epoch_of(std::int32_t number) {
  return std::max(model::LeaderEpoch(number), model::no_leader_epoch);
}

std::vector<FetchPart> named_parts(const FetchRequest& request, bool by_id) {
  std::vector<FetchPart> parts;
  for (const auto& topic : request.topics) {
    const TopicRefPtr name = topic_of(topic, by_id);
    for (const auto& asked : topic.partitions)
      parts.push_back({.topic = name,
                       .partition = model::PartitionIndex(asked.partition),
                       .offset = model::Offset(asked.fetch_offset),
                       .current_leader_epoch = epoch_of(asked.current_leader_epoch),
                       .last_fetched_epoch = epoch_of(asked.last_fetched_epoch),
                       .bytes_max = asked.partition_max_bytes,
                       .log_start = model::Offset(asked.log_start_offset)});
  }
  return parts;
}

std::vector<FetchPart> forgotten_parts(const FetchRequest& request, bool by_id) {
  std::vector<FetchPart> parts;
  for (const auto& topic : request.forgotten_topics_data) {
    const TopicRefPtr name = topic_of(topic, by_id);
    for (const std::int32_t partition : topic.partitions)
      parts.push_back({name, model::PartitionIndex(partition), model::Offset(0)});
  }
  return parts;
}

// Versions 15 and above say it in a tagged field, and which life of the broker it is (KIP-903).
model::BrokerId replica_of(const FetchRequest& request) {
  const std::int32_t id = std::max(request.replica_id, request.replica_state.replica_id);
  return id < 0 ? model::no_broker : model::BrokerId(id);
}

// Who stands where a consumer does, and can be reached through the listener that it came by; null
// if it need not go elsewhere.
NearbyPtr nearby_of(const ShardState& shard, const Client& client, const std::string& rack) {
  if (shard.settings().replica_selector_class != model::rack_aware_selector || rack.empty())
    return nullptr;
  auto nearby = std::make_shared<std::set<model::BrokerId>>();
  for (const auto& [id, broker] : shard.image->metadata.brokers)
    if (broker.rack == rack && endpoint_for(broker, client) != nullptr) nearby->insert(id);
  return nearby->empty() || nearby->contains(shard.broker_id()) ? nullptr : nearby;
}

FetchLimits limits_of(const ShardState& shard, const Request& request, const FetchRequest& body) {
  const auto bytes_max =
      std::clamp(body.max_bytes, 0, std::max(shard.settings().fetch_max_bytes, 0));
  const model::BrokerId replica = replica_of(body);
  const bool any_replica = replica == model::no_broker && request.head.version >= knows_racks;
  return {.bytes_min = static_cast<std::size_t>(std::clamp(body.min_bytes, 0, bytes_max)),
          .bytes_max = static_cast<std::size_t>(bytes_max),
          .isolation =
              body.isolation_level == 1 ? Isolation::read_committed : Isolation::read_uncommitted,
          .may_wait = body.max_wait_ms > 0,
          .replica = replica,
          .replica_epoch = model::BrokerEpoch(body.replica_state.replica_epoch),
          .any_replica = any_replica,
          .nearby = any_replica ? nearby_of(shard, request.client, body.rack_id) : nullptr};
}

}  // namespace

void on_fetch(ShardState& shard, const Request& request) {
  const auto body = take_body<FetchRequest>(shard, request);
  if (!body) return;
  const bool by_id = request.head.version >= fetches_by_topic_id;
  auto plan = shard.sessions.begin(
      {.id = FetchSessionId(body->session_id), .epoch = body->session_epoch, .by_topic_id = by_id},
      named_parts(*body, by_id), forgotten_parts(*body, by_id), shard.now.monotonic);
  if (!plan) {
    protocol::FetchResponse response;
    response.error_code = plan.error().code;
    shard.reply(request.head, response);
    return;
  }
  auto owned = std::make_unique<FetchGather>(request.head, std::move(*plan),
                                             limits_of(shard, request, *body));
  const FetchGather& gather = *owned;
  Dispatch dispatch(shard, std::move(owned));
  for (std::uint32_t slot = 0; slot < gather.plan().parts.size(); ++slot) {
    const FetchPart& part = gather.plan().parts[slot];
    dispatch.add(slot, *part.topic, part.partition, gather.task_for(slot));
  }
  std::move(dispatch).finish(shard.after(std::max(body->max_wait_ms, 0)));
}

}  // namespace gregor::broker
