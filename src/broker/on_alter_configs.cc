// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterConfigs, which replaces all settings of a resource, and IncrementalAlterConfigs, which
// changes some; on shard 0. Both walk the same way: find the resource, have the settings judged,
// give the controller what is good, answer all in one.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "broker/alter_and_reply.h"
#include "broker/config_resource.h"
#include "broker/elected.h"
#include "broker/handlers.h"
#include "broker/loggers.h"
#include "broker/topic_configs.h"
#include "model/settings_alter.h"
#include "protocol/messages/alter_configs.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::broker {

namespace {

using controller::ConfigOperation;
using controller::ConfigResource;
using controller::ResourceConfigs;
using model::ErrorCode;
using model::fail;
using protocol::AlterConfigsRequest;
using protocol::AlterConfigsResponse;
using protocol::IncrementalAlterConfigsRequest;
using protocol::IncrementalAlterConfigsResponse;

template <class Request>
struct ResponseTo;
template <>
struct ResponseTo<AlterConfigsRequest> {
  using type = AlterConfigsResponse;
};
template <>
struct ResponseTo<IncrementalAlterConfigsRequest> {
  using type = IncrementalAlterConfigsResponse;
};

model::BrokerLevel level_of(const ConfigResource& resource) {
  return std::holds_alternative<controller::DefaultBroker>(resource)
             ? model::BrokerLevel::all_brokers
             : model::BrokerLevel::one_broker;
}

bool is_topic(const ConfigResource& resource) {
  return std::holds_alternative<controller::TopicName>(resource);
}

// The cluster as the controller has it now, which may be newer than what the shards act on; where
// another broker is elected, what it has told.
ClusterImage newest(const ShardState& shard) {
  if (!shard.controller->may_be_elected()) return *shard.image;
  return {.version = {}, .metadata = shard.controller->newest()};
}

// Of another broker's file of settings nobody knows: ours stands for it.
model::BrokerLevels levels_of(const ShardState& shard, const ClusterImage& image,
                              const ConfigResource& resource) {
  model::BrokerLevels levels = broker_levels(shard, image);
  if (std::holds_alternative<model::BrokerId>(resource))
    levels.dynamic_broker = image.metadata.configs_of(resource);
  return levels;
}

model::Result<ResourceConfigs> judge(const ShardState& shard, const ConfigResource& resource,
                                     const AlterConfigsRequest::AlterConfigsResource& wanted) {
  std::vector<model::NamedValue> values;
  for (const auto& config : wanted.configs) {
    if (!config.value)
      return fail(ErrorCode::invalid_request, "Null value not supported for : " + config.name);
    values.push_back({config.name, config.value});
  }
  const ClusterImage image = newest(shard);
  const auto settings = is_topic(resource)
                            ? model::replace_topic_settings(values, topic_defaults(shard, image))
                            : model::replace_broker_settings(values, level_of(resource),
                                                             levels_of(shard, image, resource));
  if (!settings) return fail(settings.error());
  ResourceConfigs configs{.resource = resource, .whole = true, .edits = {}};
  for (const auto& [name, value] : *settings)
    configs.edits.push_back({name, ConfigOperation::set, value, {}});
  return configs;
}

// The list that holds while the resource does not set the key itself; empty for keys that nobody
// knows, which may be stored and removed all the same.
std::string inherited_list(const ConfigResource& resource, const model::BrokerLevels& levels,
                           const std::string& key) {
  model::BrokerLevels below = levels;
  if (!is_topic(resource)) {
    below.dynamic_broker.clear();
    if (level_of(resource) == model::BrokerLevel::all_brokers) below.dynamic_default.clear();
  }
  const model::SettingMap effective = model::effective_settings(below);
  std::optional<model::SettingValue> value;
  if (is_topic(resource)) {
    if (const auto* definition = model::find_topic_setting(key))
      value = model::inherited_value(*definition, effective);
  } else if (model::find_broker_setting(key) != nullptr) {
    value = model::value_of(effective, key);
  }
  return value ? model::to_text(*value) : std::string();
}

ConfigOperation operation_of(model::AlterOperation operation) {
  switch (operation) {
    case model::AlterOperation::set:
      return ConfigOperation::set;
    case model::AlterOperation::remove:
      return ConfigOperation::remove;
    case model::AlterOperation::append:
      return ConfigOperation::append;
    case model::AlterOperation::subtract:
      return ConfigOperation::subtract;
  }
  return ConfigOperation::set;
}

model::Result<std::vector<model::SettingChange>> changes_of(
    const IncrementalAlterConfigsRequest::AlterConfigsResource& wanted) {
  std::vector<model::SettingChange> changes;
  for (const auto& config : wanted.configs) {
    if (config.config_operation < 0 || config.config_operation > 3)
      return fail(ErrorCode::invalid_request,
                  "Unknown operation type " + std::to_string(config.config_operation));
    changes.push_back(
        {config.name, static_cast<model::AlterOperation>(config.config_operation), config.value});
  }
  return changes;
}

model::Result<ResourceConfigs> judge(
    const ShardState& shard, const ConfigResource& resource,
    const IncrementalAlterConfigsRequest::AlterConfigsResource& wanted) {
  const auto changes = changes_of(wanted);
  if (!changes) return fail(changes.error());
  const ClusterImage image = newest(shard);
  const model::BrokerLevels levels = levels_of(shard, image, resource);
  const auto settings = is_topic(resource)
                            ? model::change_topic_settings(image.metadata.configs_of(resource),
                                                           *changes, topic_defaults(shard, image))
                            : model::change_broker_settings(*changes, level_of(resource), levels);
  if (!settings) return fail(settings.error());
  ResourceConfigs configs{.resource = resource, .whole = false, .edits = {}};
  for (const model::SettingChange& change : *changes)
    configs.edits.push_back({change.name, operation_of(change.operation),
                             change.value.value_or(std::string()),
                             inherited_list(resource, levels, change.name)});
  return configs;
}

// Loggers belong to this broker and no one else knows of them: they change at once.
model::Result<> alter_logger(ShardState& shard,
                             const IncrementalAlterConfigsRequest::AlterConfigsResource& wanted,
                             bool validate_only) {
  if (const auto checked = check_names_broker(shard.broker_id(), wanted.resource_name); !checked)
    return fail(checked.error());
  const auto level = judge_logger_changes(wanted);
  if (!level) return fail(level.error());
  if (*level && !validate_only) shard.send_to_all(NewLogLevel{**level});
  return {};
}

model::Result<> alter_logger(ShardState&, const AlterConfigsRequest::AlterConfigsResource&, bool) {
  return fail(ErrorCode::invalid_request, "Log levels are changed one by one.");
}

template <class Answer>
void put(const model::Error& error, Answer& to) {
  to.error_code = error.code;
  to.error_message = error.detail;
}

template <class M>
void alter(ShardState& shard, const Request& request) {
  const auto body = take_body<M>(shard, request);
  if (!body) return;
  // Log levels are this broker's own; everything else is the cluster's.
  const bool is_ours = std::ranges::any_of(
      body->resources, [](const auto& wanted) { return wanted.resource_type == logger_resource; });
  if (!is_ours && pass_to_elected(shard, request)) return;
  const model::BrokerId asked = arrived_at(shard, request);
  using Key = std::pair<std::int8_t, std::string>;
  std::map<Key, int> times;
  for (const auto& wanted : body->resources)
    ++times[Key{wanted.resource_type, wanted.resource_name}];
  using Response = typename ResponseTo<M>::type;
  controller::AlterConfigs command{.resources = {}, .validate_only = body->validate_only};
  Response response;
  std::vector<std::size_t> given;  // the answer of each resource of the command
  for (const auto& wanted : body->resources) {
    auto& answer = response.responses.emplace_back();
    answer.error_message.reset();
    answer.resource_type = wanted.resource_type;
    answer.resource_name = wanted.resource_name;
    const int count = times.at({wanted.resource_type, wanted.resource_name});
    if (count == 1 && wanted.resource_type == logger_resource) {
      const auto altered = alter_logger(shard, wanted, body->validate_only);
      if (!altered) put(altered.error(), answer);
      continue;
    }
    const auto resource =
        find_resource(asked, newest(shard).metadata, wanted.resource_type, wanted.resource_name);
    auto configs = count > 1
                       ? model::Result<ResourceConfigs>(fail(
                             ErrorCode::invalid_request, "Each resource must appear at most once."))
                   : !resource ? model::Result<ResourceConfigs>(fail(resource.error()))
                               : judge(shard, *resource, wanted);
    if (!configs) {
      put(configs.error(), answer);
      continue;
    }
    given.push_back(response.responses.size() - 1);
    command.resources.push_back(std::move(*configs));
  }
  alter_and_reply(
      shard, request.head, std::move(command), std::move(response),
      [given = std::move(given)](Response& late, std::size_t at, const model::Error& error) {
        put(error, late.responses.at(given.at(at)));
      });
}

}  // namespace

void on_alter_configs(ShardState& shard, const Request& request) {
  alter<AlterConfigsRequest>(shard, request);
}

void on_incremental_alter_configs(ShardState& shard, const Request& request) {
  alter<IncrementalAlterConfigsRequest>(shard, request);
}

}  // namespace gregor::broker
