// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeTopicPartitions (KIP-966): topics in the order of their names, page by page; a cursor
// says with which partition the next page begins.

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "broker/broker_ids.h"
#include "broker/handlers.h"
#include "broker/metadata_answer.h"
#include "model/topic_name.h"
#include "protocol/messages/describe_topic_partitions.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DescribeTopicPartitionsRequest;
using protocol::DescribeTopicPartitionsResponse;
using DescribedTopic = DescribeTopicPartitionsResponse::DescribeTopicPartitionsResponseTopic;

constexpr model::ApiVersion newest_metadata{13};

// The names to describe, from the cursor on.
std::set<std::string> wanted_names(const controller::Image& image,
                                   const DescribeTopicPartitionsRequest& request) {
  std::set<std::string> names;
  for (const auto& topic : request.topics) names.insert(topic.name);
  if (request.topics.empty())
    for (const auto& [name, topic] : image.topics)
      if (is_whole(topic)) names.insert(name);
  if (request.cursor) names.erase(names.begin(), names.lower_bound(request.cursor->topic_name));
  return names;
}

DescribedTopic missing(const std::string& name) {
  DescribedTopic topic;
  topic.name = name;
  topic.error_code = model::check_topic_name(name) ? ErrorCode::unknown_topic_or_partition
                                                   : ErrorCode::invalid_topic_exception;
  topic.is_internal = is_internal_topic(name);
  topic.topic_authorized_operations = topic_operations;
  return topic;
}

// Partitions [first, first + count) of the topic.
DescribedTopic part_of(const ShardState& shard, const Request& request,
                       const controller::Topic& whole, std::size_t first, std::size_t count) {
  auto described = describe(shard, request.client, whole, newest_metadata);
  DescribedTopic topic;
  topic.name = whole.name;
  topic.topic_id = whole.id;
  topic.is_internal = described.is_internal;
  topic.topic_authorized_operations = topic_operations;
  for (std::size_t i = first; i < first + count; ++i) {
    auto& from = described.partitions[i];
    auto& to = topic.partitions.emplace_back();
    to.error_code = from.error_code;
    to.partition_index = from.partition_index;
    to.leader_id = from.leader_id;
    to.leader_epoch = from.leader_epoch;
    to.replica_nodes = std::move(from.replica_nodes);
    to.isr_nodes = std::move(from.isr_nodes);
    to.offline_replicas = std::move(from.offline_replicas);
    to.eligible_leader_replicas = numbers(whole.partitions[i].eligible);
    to.last_known_elr.emplace();
  }
  return topic;
}

DescribeTopicPartitionsResponse page(const ShardState& shard, const Request& request,
                                     const DescribeTopicPartitionsRequest& body) {
  const controller::Image& image = shard.image->metadata;
  const std::int32_t asked =
      std::min(body.response_partition_limit, shard.settings().max_request_partition_size_limit);
  auto room = static_cast<std::size_t>(std::max(asked, 1));
  DescribeTopicPartitionsResponse response;
  for (const std::string& name : wanted_names(image, body)) {
    std::size_t first = 0;
    if (body.cursor && body.cursor->topic_name == name)
      first = static_cast<std::size_t>(body.cursor->partition_index);
    const auto topic = image.topic(name);
    if (!is_whole(topic) && room > 0) {
      if (!body.topics.empty()) response.topics.push_back(missing(name));
      continue;
    }
    const std::size_t size = is_whole(topic) ? topic->partitions.size() : 0;
    first = std::min(first, size);
    const std::size_t count = std::min(room, size - first);
    if (room > 0) response.topics.push_back(part_of(shard, request, *topic, first, count));
    if (room > 0 && first + count == size) {
      room -= count;
      continue;
    }
    response.next_cursor.emplace();
    response.next_cursor->topic_name = name;
    response.next_cursor->partition_index = static_cast<std::int32_t>(first + count);
    break;
  }
  return response;
}

// The cursor of a request that names topics must stand in one of them.
bool is_well_formed(const DescribeTopicPartitionsRequest& request) {
  if (!request.cursor) return true;
  if (request.cursor->partition_index < 0) return false;
  return request.topics.empty() || std::ranges::any_of(request.topics, [&](const auto& topic) {
           return topic.name == request.cursor->topic_name;
         });
}

}  // namespace

void on_describe_topic_partitions(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeTopicPartitionsRequest>(shard, request);
  if (!body) return;
  if (!is_well_formed(*body)) {
    // The response has no place for an error of the whole request but its topics.
    DescribeTopicPartitionsResponse response;
    for (const auto& asked : body->topics) {
      DescribedTopic& topic = response.topics.emplace_back();
      topic.name = asked.name;
      topic.error_code = ErrorCode::invalid_request;
    }
    shard.reply(request.head, response);
    return;
  }
  shard.reply(request.head, page(shard, request, *body));
}

}  // namespace gregor::broker
