// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests about offsets name partitions that may not exist: those are answered here, and the rest
// goes to the coordinator.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "broker/shard_state.h"

namespace gregor::broker {

inline bool partition_exists(const ShardState& shard, const std::string& topic,
                             std::int32_t partition) {
  const auto found = shard.image->metadata.topic(topic);
  return found != nullptr && partition >= 0 &&
         static_cast<std::size_t>(partition) < found->partitions.size();
}

// Takes the partitions that do not exist out of the request; the response gets an error for each.
template <class Response, class Request>
Response take_unknown_partitions(const ShardState& shard, Request& request) {
  Response response;
  for (auto& topic : request.topics) {
    std::decay_t<decltype(response.topics.front())> unknown;
    unknown.name = topic.name;
    std::erase_if(topic.partitions, [&](const auto& partition) {
      if (partition_exists(shard, topic.name, partition.partition_index)) return false;
      auto& one = unknown.partitions.emplace_back();
      one.partition_index = partition.partition_index;
      one.error_code = model::ErrorCode::unknown_topic_or_partition;
      return true;
    });
    if (!unknown.partitions.empty()) response.topics.push_back(std::move(unknown));
  }
  std::erase_if(request.topics, [](const auto& topic) { return topic.partitions.empty(); });
  return response;
}

// Adds the coordinator's answer to what has been answered here, topic by topic.
template <class Response>
void merge_topics(Response& to, Response from) {
  std::map<std::string, std::size_t> places;
  for (std::size_t at = 0; at < to.topics.size(); ++at) places.emplace(to.topics[at].name, at);
  for (auto& topic : from.topics) {
    const auto known = places.find(topic.name);
    if (known == places.end()) {
      places.emplace(topic.name, to.topics.size());
      to.topics.push_back(std::move(topic));
      continue;
    }
    auto& partitions = to.topics[known->second].partitions;
    for (auto& partition : topic.partitions) partitions.push_back(std::move(partition));
  }
}

}  // namespace gregor::broker
