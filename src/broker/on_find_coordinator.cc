// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// FindCoordinator: which broker keeps a group. The first who asks has the offsets topic made; the
// answer leaves when it is there. (Kafka answers with an error at once, and clients ask again.)

#include <utility>

#include "broker/elected.h"
#include "broker/group_request.h"
#include "broker/metadata_answer.h"
#include "protocol/messages/find_coordinator.h"

namespace gregor::broker {

namespace {

using model::ApiVersion;
using model::ErrorCode;
using protocol::FindCoordinatorRequest;
using protocol::FindCoordinatorResponse;

constexpr ApiVersion several_keys{4};
constexpr std::int8_t group_key = 0;
constexpr std::int8_t transaction_key = 1;
constexpr std::int8_t share_key = 2;

struct Found {
  ErrorCode error = ErrorCode::none;
  std::int32_t node = -1;
  std::string host = {};
  std::int32_t port = -1;
};

Found find(const ShardState& shard, const Client& client, std::int8_t type,
           const std::string& key) {
  if (type == share_key) return {ErrorCode::invalid_request};
  // Nobody keeps transactions.
  if (type == transaction_key) return {ErrorCode::coordinator_not_available};
  const controller::Image& image = shard.image->metadata;
  const auto topic = image.topic(std::string(offsets_topic));
  if (!is_whole(topic)) return {ErrorCode::coordinator_not_available};
  const auto at =
      static_cast<std::size_t>(partition_of_group(key, topic->partitions.size()).value());
  const auto broker = image.brokers.find(topic->partitions[at].leader);
  if (broker == image.brokers.end()) return {ErrorCode::coordinator_not_available};
  const controller::Endpoint* const endpoint = endpoint_for(broker->second, client);
  if (endpoint == nullptr) return {ErrorCode::coordinator_not_available};
  return {ErrorCode::none, broker->first.value(), endpoint->host, endpoint->port};
}

std::string message_for(ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
      return "NONE";
    case ErrorCode::coordinator_not_available:
      return "The coordinator is not available.";
    default:
      return "The coordinator of this kind is not served.";
  }
}

void answer(ShardState& shard, const RequestHead& head, const Client& client,
            const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  if (head.version < several_keys) {
    Found found = find(shard, client, request.key_type, request.key);
    response.error_code = found.error;
    response.error_message = message_for(found.error);
    response.node_id = found.node;
    response.host = std::move(found.host);
    response.port = found.port;
    shard.reply(head, response);
    return;
  }
  for (const std::string& key : request.coordinator_keys) {
    Found found = find(shard, client, request.key_type, key);
    auto& one = response.coordinators.emplace_back();
    one.key = key;
    one.node_id = found.node;
    one.host = std::move(found.host);
    one.port = found.port;
    one.error_code = found.error;
    one.error_message = "";
  }
  shard.reply(head, response);
}

// A type that no client knows.
bool is_known(std::int8_t type) {
  return type == group_key || type == transaction_key || type == share_key;
}

void answer_unknown_type(ShardState& shard, const RequestHead& head,
                         const FindCoordinatorRequest& request) {
  const std::string why = "There is no coordinator of this type.";
  FindCoordinatorResponse response;
  if (head.version < several_keys) {
    response.error_code = ErrorCode::invalid_request;
    response.error_message = why;
    response.node_id = -1;
    response.port = -1;
  }
  for (const std::string& key : request.coordinator_keys) {
    auto& one = response.coordinators.emplace_back();
    one.key = key;
    one.node_id = -1;
    one.port = -1;
    one.error_code = ErrorCode::invalid_request;
    one.error_message = why;
  }
  shard.reply(head, response);
}

}  // namespace

void on_find_coordinator(ShardState& shard, const Request& request) {
  const auto body = take_body<FindCoordinatorRequest>(shard, request);
  if (!body) return;
  if (!is_known(body->key_type)) {
    answer_unknown_type(shard, request.head, *body);
    return;
  }
  const bool is_missing = shard.image->metadata.topic(std::string(offsets_topic)) == nullptr;
  if (body->key_type != group_key || !is_missing) {
    answer(shard, request.head, request.client, *body);
    return;
  }
  if (shard.self() != controller_shard) {
    forward_to_controller(shard, request);
    return;
  }
  controller::CreateTopics command;
  command.topics.push_back(topic_to_create(shard, std::string(offsets_topic)));
  create_topics(shard, std::move(command),
                [head = request.head, client = request.client, asked = *body](
                    ShardState& later, const Created&) { answer(later, head, client, asked); });
}

}  // namespace gregor::broker
