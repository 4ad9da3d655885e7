// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Fetch: reads partitions, waits for more where there is too little (fetch_gather.h), and remembers
// for its client what it reads (fetch_session.h).

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/fetch_gather.h"
#include "broker/handlers.h"
#include "protocol/messages/fetch.h"

namespace gregor::broker {

namespace {

using protocol::FetchRequest;

constexpr model::ApiVersion names_topics_by_id{13};

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

FetchLimits limits_of(const ShardState& shard, const FetchRequest& request) {
  const auto bytes_max =
      std::clamp(request.max_bytes, 0, std::max(shard.settings().fetch_max_bytes, 0));
  return {.bytes_min = static_cast<std::size_t>(std::clamp(request.min_bytes, 0, bytes_max)),
          .bytes_max = static_cast<std::size_t>(bytes_max),
          .isolation = request.isolation_level == 1 ? Isolation::read_committed
                                                    : Isolation::read_uncommitted,
          .may_wait = request.max_wait_ms > 0,
          .replica = replica_of(request),
          .replica_epoch = model::BrokerEpoch(request.replica_state.replica_epoch)};
}

}  // namespace

void on_fetch(ShardState& shard, const Request& request) {
  const auto body = take_body<FetchRequest>(shard, request);
  if (!body) return;
  const bool by_id = request.head.version >= names_topics_by_id;
  auto plan = shard.sessions.begin(
      {.id = FetchSessionId(body->session_id), .epoch = body->session_epoch, .by_topic_id = by_id},
      named_parts(*body, by_id), forgotten_parts(*body, by_id), shard.now.monotonic);
  if (!plan) {
    protocol::FetchResponse response;
    response.error_code = plan.error().code;
    shard.reply(request.head, response);
    return;
  }
  auto owned =
      std::make_unique<FetchGather>(request.head, std::move(*plan), limits_of(shard, *body));
  const FetchGather& gather = *owned;
  Dispatch dispatch(shard, std::move(owned));
  for (std::uint32_t slot = 0; slot < gather.plan().parts.size(); ++slot) {
    const FetchPart& part = gather.plan().parts[slot];
    dispatch.add(slot, *part.topic, part.partition, gather.task_for(slot));
  }
  std::move(dispatch).finish(shard.after(std::max(body->max_wait_ms, 0)));
}

}  // namespace gregor::broker
