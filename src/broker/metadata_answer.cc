// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/metadata_answer.h"

#include <algorithm>
#include <string>

#include "broker/broker_ids.h"

namespace gregor::broker {

using model::ErrorCode;
using protocol::MetadataResponse;

namespace {

ErrorCode leader_error(const controller::Image& image, const Client& client,
                       const controller::Partition& partition, model::ApiVersion version) {
  const auto leader = image.brokers.find(partition.leader);
  if (leader == image.brokers.end()) return ErrorCode::leader_not_available;
  if (endpoint_for(leader->second, client) != nullptr) return ErrorCode::none;
  return version >= model::ApiVersion(6) ? ErrorCode::listener_not_found
                                         : ErrorCode::leader_not_available;
}

}  // namespace

const controller::Endpoint* endpoint_for(const controller::Broker& broker, const Client& client) {
  const auto found =
      std::ranges::find(broker.endpoints, client.listener, &controller::Endpoint::listener);
  return found == broker.endpoints.end() ? nullptr : &*found;
}

std::vector<MetadataResponse::MetadataResponseBroker> describe_brokers(const ShardState& shard,
                                                                       const Client& client) {
  std::vector<MetadataResponse::MetadataResponseBroker> brokers;
  for (const auto& [id, broker] : shard.image->metadata.brokers)
    if (const controller::Endpoint* endpoint = endpoint_for(broker, client))
      brokers.push_back({.node_id = id.value(),
                         .host = endpoint->host,
                         .port = endpoint->port,
                         .rack = broker.rack,
                         .unknown_tags = {}});
  return brokers;
}

MetadataResponse::MetadataResponseTopic describe(const ShardState& shard, const Client& client,
                                                 const controller::Topic& topic,
                                                 model::ApiVersion version) {
  const controller::Image& image = shard.image->metadata;
  MetadataResponse::MetadataResponseTopic response;
  response.name = topic.name;
  response.topic_id = topic.id;
  response.is_internal = is_internal_topic(topic.name);
  response.partitions.reserve(topic.partitions.size());
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const controller::Partition& partition = topic.partitions[i];
    auto& out = response.partitions.emplace_back();
    out.error_code = leader_error(image, client, partition, version);
    out.partition_index = static_cast<std::int32_t>(i);
    out.leader_id = out.error_code == ErrorCode::none ? partition.leader.value() : -1;
    out.leader_epoch = partition.leader_epoch.value();
    out.replica_nodes = numbers(partition.replicas);
    out.isr_nodes = numbers(partition.isr);
    for (const model::BrokerId replica : partition.replicas)
      if (!image.brokers.contains(replica)) out.offline_replicas.push_back(replica.value());
  }
  return response;
}

MetadataResponse::MetadataResponseTopic unknown_topic(const model::TopicId& id) {
  MetadataResponse::MetadataResponseTopic response;
  response.error_code = ErrorCode::unknown_topic_id;
  response.name = std::nullopt;
  response.topic_id = id;
  return response;
}

MetadataResponse::MetadataResponseTopic missing_topic(const std::string& name, ErrorCode error) {
  MetadataResponse::MetadataResponseTopic response;
  response.error_code = error;
  response.name = name;
  response.is_internal = is_internal_topic(name);
  return response;
}

controller::NewTopic topic_to_create(ShardState& shard, const std::string& name) {
  const model::BrokerSettings& settings = shard.settings();
  controller::NewTopic topic{.name = name,
                             .id = model::random_uuid(shard.prng),
                             .assignments = {},
                             .configs = {},
                             .refused = std::nullopt,
                             .placement = shard.prng.next()};
  if (name == "__consumer_offsets") {
    topic.partitions = settings.offsets_topic_num_partitions;
    topic.replication = settings.offsets_topic_replication_factor;
    // Unless told otherwise, a broker without a ZooKeeper, which is its whole cluster, does with
    // itself.
    if (!shard.may_have_peers() &&
        !settings.explicitly_set.contains("offsets.topic.replication.factor"))
      topic.replication = static_cast<std::int16_t>(
          std::min<std::size_t>(static_cast<std::size_t>(topic.replication),
                                std::max<std::size_t>(shard.image->metadata.brokers.size(), 1)));
    topic.configs = {{"cleanup.policy", "compact"},
                     {"compression.type", "producer"},
                     {"segment.bytes", std::to_string(settings.offsets_topic_segment_bytes)}};
  } else if (name == "__transaction_state") {
    topic.partitions = settings.transaction_state_log_num_partitions;
    topic.replication = settings.transaction_state_log_replication_factor;
    topic.configs = {
        {"cleanup.policy", "compact"},
        {"compression.type", "uncompressed"},
        {"min.insync.replicas", std::to_string(settings.transaction_state_log_min_isr)},
        {"segment.bytes", std::to_string(settings.transaction_state_log_segment_bytes)},
        {"unclean.leader.election.enable", "false"}};
  }
  return topic;
}

}  // namespace gregor::broker
