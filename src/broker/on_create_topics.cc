// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// CreateTopics, on shard 0: the configs are judged here, the rest by the controller; the answer
// leaves when every shard has opened the new partitions.

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/broker_ids.h"
#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "broker/topic_configs.h"
#include "model/settings_alter.h"
#include "model/settings_describe.h"
#include "protocol/messages/create_topics.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using WantedTopic = CreateTopicsRequest::CreatableTopic;
using TopicsCreated = std::vector<model::Result<controller::TopicCreated>>;

// Of a key that is given twice the last value counts.
std::vector<model::NamedValue> configs_of(const WantedTopic& wanted) {
  std::map<std::string_view, std::size_t> place;
  std::vector<model::NamedValue> configs;
  for (const auto& config : wanted.configs) {
    const auto [known, is_new] = place.try_emplace(config.name, configs.size());
    if (is_new)
      configs.push_back({config.name, config.value});
    else
      configs[known->second].value = config.value;
  }
  return configs;
}

// Checked as they will act here; stored as they were given.
model::Result<> check_configs(const ShardState& shard,
                              const std::vector<model::NamedValue>& configs) {
  const auto settings = model::settings_of_new_topic(configs, topic_defaults(shard, *shard.image));
  if (!settings) return model::fail(settings.error());
  return {};
}

controller::NewTopic new_topic(ShardState& shard, const WantedTopic& wanted, bool named_twice) {
  controller::NewTopic topic{.name = wanted.name,
                             .id = model::random_uuid(shard.prng),
                             .partitions = wanted.num_partitions,
                             .replication = wanted.replication_factor,
                             .assignments = {},
                             .configs = {},
                             .refused = std::nullopt,
                             .placement = shard.prng.next()};
  for (const auto& assignment : wanted.assignments) {
    topic.assignments.push_back(
        {model::PartitionIndex(assignment.partition_index), broker_ids(assignment.broker_ids)});
  }
  const std::vector<model::NamedValue> configs = configs_of(wanted);
  for (const auto& [name, value] : configs) topic.configs.emplace_back(name, value);
  if (named_twice)
    topic.refused = model::Error{ErrorCode::invalid_request, "Duplicate topic name."};
  else if (const auto checked = check_configs(shard, configs); !checked)
    topic.refused = checked.error();
  return topic;
}

// What a topic created with these configs has, as DescribeConfigs would tell.
std::vector<CreateTopicsResponse::CreatableTopicConfigs> described_configs(
    const ShardState& shard, const controller::NewTopic& topic) {
  model::SettingMap overrides;
  for (const auto& [name, value] : topic.configs)
    if (value) overrides.insert_or_assign(name, *value);
  std::vector<CreateTopicsResponse::CreatableTopicConfigs> configs;
  for (const model::DescribedSetting& setting :
       model::describe_topic(overrides, broker_levels(shard, *shard.image)))
    configs.push_back({.name = setting.name,
                       .value = setting.value,
                       .read_only = setting.is_read_only,
                       .config_source = static_cast<std::int8_t>(setting.set_at),
                       .is_sensitive = setting.is_sensitive,
                       .unknown_tags = {}});
  return configs;
}

CreateTopicsResponse::CreatableTopicResult topic_result(
    const ShardState& shard, const RequestHead& head, const controller::NewTopic& topic,
    const model::Result<controller::TopicCreated>& created) {
  CreateTopicsResponse::CreatableTopicResult result;
  result.name = topic.name;
  result.error_message = std::nullopt;
  if (!created) {
    result.error_code = created.error().code;
    result.error_message = created.error().detail;
    return result;
  }
  if (head.version < model::ApiVersion(5)) return result;
  result.topic_id = created->id;
  result.num_partitions = created->partitions;
  result.replication_factor = created->replication;
  result.configs = described_configs(shard, topic);
  return result;
}

}  // namespace

void on_create_topics(ShardState& shard, const Request& request) {
  const auto body = take_body<CreateTopicsRequest>(shard, request);
  if (!body) return;
  std::map<std::string_view, int> times_named;
  for (const WantedTopic& wanted : body->topics) ++times_named[wanted.name];
  controller::CreateTopics command{.topics = {}, .validate_only = body->validate_only};
  for (const WantedTopic& wanted : body->topics) {
    int& times = times_named[wanted.name];
    if (times == 0) continue;  // its one answer is that it was named twice
    command.topics.push_back(new_topic(shard, wanted, times > 1));
    times = 0;
  }
  std::vector<controller::NewTopic> asked = command.topics;
  shard.controller->submit(
      shard, std::move(command),
      [head = request.head, asked = std::move(asked)](ShardState& later,
                                                      ControllerHost::Results results) {
        const auto& created = std::get<TopicsCreated>(results);
        CreateTopicsResponse response;
        for (std::size_t i = 0; i < asked.size(); ++i)
          response.topics.push_back(topic_result(later, head, asked[i], created.at(i)));
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
