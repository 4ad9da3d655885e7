// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Metadata: brokers, topics, leaders; and the creation of topics that are asked for and do not
// exist, where the broker and the client both allow it.
//
// A request that may create something goes to shard 0 as a whole. Unlike Kafka, which answers with
// an error and creates behind the client's back, we answer when the topic is there: one round trip
// less, and the client sees no error.

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "broker/elected.h"
#include "broker/handlers.h"
#include "broker/metadata_answer.h"
#include "model/topic_name.h"
#include "protocol/messages/metadata.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::MetadataRequest;
using protocol::MetadataResponse;
using TopicErrors = std::map<std::string, ErrorCode>;

constexpr model::ApiVersion finds_topics_by_id{12};

// What a request asks for, the differences between the versions removed.
struct Asked {
  bool all = false;
  bool may_create = false;
  bool topic_operations = false;
  bool cluster_operations = false;
  std::vector<std::string> names;
  std::vector<model::TopicId> ids;
};

// False if it asks in a way that its version does not have.
bool is_well_formed(const MetadataRequest& request, model::ApiVersion version) {
  if (version >= finds_topics_by_id || !request.topics) return true;
  return std::ranges::all_of(*request.topics, [](const auto& topic) {
    return topic.name.has_value() && topic.topic_id.is_zero();
  });
}

Asked asked_for(const ShardState& shard, const MetadataRequest& request,
                model::ApiVersion version) {
  Asked asked{
      .all = !request.topics || (version == model::ApiVersion(0) && request.topics->empty()),
      .topic_operations = request.include_topic_authorized_operations,
      .cluster_operations = request.include_cluster_authorized_operations,
      .names = {},
      .ids = {}};
  if (asked.all) return asked;
  std::set<std::string> seen;
  for (const auto& topic : *request.topics) {
    if (!topic.name)
      asked.ids.push_back(topic.topic_id);
    else if (seen.insert(*topic.name).second)
      asked.names.push_back(*topic.name);
  }
  if (!asked.ids.empty()) asked.names.clear();
  asked.may_create = shard.settings().auto_create_topics_enable &&
                     request.allow_auto_topic_creation && asked.ids.empty();
  return asked;
}

std::vector<std::string> missing_topics(const ShardState& shard, const Asked& asked) {
  std::vector<std::string> missing;
  for (const std::string& name : asked.names)
    if (shard.image->metadata.topic(name) == nullptr && model::check_topic_name(name))
      missing.push_back(name);
  return missing;
}

// Who has just started knows of no topic, nor of any broker, until the controller has told, and of
// a new topic some partitions: producers that write to it are not to take it for deleted, nor to
// choose among fewer partitions than there are.
ErrorCode why_missing(const controller::Image& image, const std::string& name) {
  if (!model::check_topic_name(name)) return ErrorCode::invalid_topic_exception;
  return image.brokers.empty() || image.topic(name) != nullptr
             ? ErrorCode::leader_not_available
             : ErrorCode::unknown_topic_or_partition;
}

void add_topics(const ShardState& shard, const Client& client, const Asked& asked,
                const TopicErrors& errors, const RequestHead& head, MetadataResponse& response) {
  const controller::Image& image = shard.image->metadata;
  if (asked.all)
    for (const auto& [name, topic] : image.topics)
      if (is_whole(topic)) response.topics.push_back(describe(shard, client, *topic, head.version));
  for (const model::TopicId& id : asked.ids) {
    if (const auto topic = image.topic(id); is_whole(topic))
      response.topics.push_back(describe(shard, client, *topic, head.version));
    else
      response.topics.push_back(unknown_topic(id));
  }
  for (const std::string& name : asked.names) {
    const auto error = errors.find(name);
    if (const auto topic = image.topic(name); is_whole(topic))
      response.topics.push_back(describe(shard, client, *topic, head.version));
    else
      response.topics.push_back(
          missing_topic(name, error != errors.end() ? error->second : why_missing(image, name)));
  }
  if (!asked.topic_operations) return;
  for (auto& topic : response.topics)
    if (topic.error_code == ErrorCode::none) topic.topic_authorized_operations = topic_operations;
}

void answer(ShardState& shard, const RequestHead& head, const Client& client, const Asked& asked,
            const TopicErrors& errors) {
  MetadataResponse response;
  response.brokers = describe_brokers(shard, client);
  response.cluster_id = shard.image->metadata.cluster_id;
  response.controller_id = shard.image->metadata.controller.value();
  add_topics(shard, client, asked, errors, head, response);
  if (asked.cluster_operations) response.cluster_authorized_operations = cluster_operations;
  shard.reply(head, response);
}

void answer_malformed(ShardState& shard, const RequestHead& head, const MetadataRequest& request) {
  MetadataResponse response;
  for (const auto& topic : *request.topics) {
    response.topics.push_back(
        missing_topic(topic.name.value_or(std::string()), ErrorCode::invalid_request));
    response.topics.back().topic_id = topic.topic_id;
  }
  shard.reply(head, response);
}

// What is told of a topic that is not known here yet. Another broker may have made it, or there is
// no controller to ask at the moment: clients are to ask again. Those of librdkafka would take an
// error that speaks of controllers for the topic's own, and give up.
ErrorCode told_of_missing(const model::Result<controller::TopicCreated>& created) {
  if (created) return ErrorCode::leader_not_available;
  const ErrorCode code = created.error().code;
  const bool passes = code == ErrorCode::topic_already_exists || model::is_retriable(code);
  return passes ? ErrorCode::leader_not_available : code;
}

// Errors by topic, for those that could not be made.
TopicErrors errors_of(const std::vector<std::string>& names, const Created& created) {
  TopicErrors errors;
  for (std::size_t i = 0; i < names.size(); ++i)
    errors.emplace(names[i], told_of_missing(created.at(i)));
  return errors;
}

void create_and_answer(ShardState& shard, const Request& request, Asked asked,
                       std::vector<std::string> missing) {
  controller::CreateTopics command;
  for (const std::string& name : missing) command.topics.push_back(topic_to_create(shard, name));
  create_topics(shard, std::move(command),
                [head = request.head, client = request.client, asked = std::move(asked),
                 missing = std::move(missing)](ShardState& later, const Created& created) {
                  answer(later, head, client, asked, errors_of(missing, created));
                });
}

}  // namespace

void on_metadata(ShardState& shard, const Request& request) {
  const auto body = take_body<MetadataRequest>(shard, request);
  if (!body) return;
  if (!is_well_formed(*body, request.head.version)) {
    answer_malformed(shard, request.head, *body);
    return;
  }
  Asked asked = asked_for(shard, *body, request.head.version);
  if (asked.may_create) {
    if (std::vector<std::string> missing = missing_topics(shard, asked); !missing.empty()) {
      if (shard.self() == controller_shard)
        create_and_answer(shard, request, std::move(asked), std::move(missing));
      else
        forward_to_controller(shard, request);
      return;
    }
  }
  answer(shard, request.head, request.client, asked, {});
}

}  // namespace gregor::broker
