// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/topics.h"

#include "cli/cluster.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"

namespace gregor::fuzz::wire {
namespace {

using model::ErrorCode;

constexpr std::int32_t partitions = 2;
// Without topic ids in the request, and with a null list of what to describe.
constexpr protocol::Versions by_name{1, 5};

}  // namespace

std::vector<std::string> topic_names(const std::string& prefix) {
  return {prefix + "t", prefix + "u", prefix + "made", prefix + "made-too"};
}

model::Result<std::vector<model::Uuid>> make_topics(const cli::ClientOptions& options,
                                                    const std::string& prefix) {
  auto cluster = cli::Cluster::connect(options);
  if (!cluster) return model::fail(cluster.error());
  auto names = topic_names(prefix);
  names.resize(2);
  protocol::CreateTopicsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(options.timeout.count());
  for (const std::string& name : names)
    request.topics.push_back(
        {.name = name, .num_partitions = partitions, .replication_factor = -1});
  const auto answer = cluster->persist(
      [&] { return cluster->ask_controller<protocol::CreateTopicsResponse>(request); });
  if (!answer) return model::fail(answer.error());
  for (const auto& topic : answer->topics)
    if (topic.error_code != ErrorCode::none && topic.error_code != ErrorCode::topic_already_exists)
      return model::fail(cli::error_of(topic.error_code, topic.error_message));
  const auto metadata = cluster->metadata(names);
  if (!metadata) return model::fail(metadata.error());
  std::vector<model::Uuid> ids;
  for (const auto& topic : metadata->topics)
    if (!topic.topic_id.is_zero()) ids.push_back(topic.topic_id);
  return ids;
}

model::Result<std::size_t> delete_topics(const cli::ClientOptions& options,
                                         const std::string& prefix) {
  auto cluster = cli::Cluster::connect(options);
  if (!cluster) return model::fail(cluster.error());
  const auto metadata = cluster->metadata(std::nullopt);
  if (!metadata) return model::fail(metadata.error());
  protocol::DeleteTopicsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(options.timeout.count());
  for (const auto& topic : metadata->topics)
    if (topic.name && topic.name->starts_with(prefix)) request.topic_names.push_back(*topic.name);
  if (request.topic_names.empty()) return 0;
  const auto answer = cluster->ask_controller<protocol::DeleteTopicsResponse>(request, by_name);
  if (!answer) return model::fail(answer.error());
  std::size_t deleted = 0;
  for (const auto& topic : answer->responses) {
    if (topic.error_code != ErrorCode::none) return model::fail(cli::error_of(topic.error_code));
    ++deleted;
  }
  return deleted;
}

}  // namespace gregor::fuzz::wire
