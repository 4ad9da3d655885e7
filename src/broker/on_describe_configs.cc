// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeConfigs: all settings of topics and of this broker, and where each comes from; the level
// of its logger; what holds for groups and for client metrics.

#include <string>
#include <utility>
#include <vector>

#include "base/ranges.h"
#include "broker/config_resource.h"
#include "broker/handlers.h"
#include "broker/loggers.h"
#include "broker/topic_configs.h"
#include "model/settings_describe.h"
#include "model/settings_resource.h"
#include "protocol/messages/describe_configs.h"

namespace gregor::broker {

namespace {

using protocol::DescribeConfigsRequest;
using protocol::DescribeConfigsResponse;
using WantedResource = DescribeConfigsRequest::DescribeConfigsResource;
using DescribedResource = DescribeConfigsResponse::DescribeConfigsResult;
using Entry = DescribeConfigsResponse::DescribeConfigsResourceResult;

using Settings = std::vector<model::DescribedSetting>;

Settings describe(const ShardState& shard, const controller::ConfigResource& resource) {
  const ClusterImage& image = *shard.image;
  const model::BrokerLevels levels = broker_levels(shard, image);
  if (std::holds_alternative<controller::TopicName>(resource))
    return model::describe_topic(image.metadata.configs_of(resource), levels);
  if (std::holds_alternative<model::BrokerId>(resource)) return model::describe_broker(levels);
  return model::describe_all_brokers(levels);
}

Settings describe_loggers(const ShardState& shard) {
  return {{.name = std::string(root_logger),
           .value = std::string(name_of(shard.log_level)),
           .source = model::SettingSource::logger,
           .set_at = model::SettingSource::logger,
           .is_read_only = false,
           .is_sensitive = false,
           .type = model::SettingType::unknown,
           .documentation = {},
           .synonyms = {}}};
}

model::Result<Settings> describe(const ShardState& shard, std::int8_t type,
                                 const std::string& name) {
  if (type == logger_resource) {
    if (const auto checked = check_names_broker(shard.broker_id(), name); !checked)
      return model::fail(checked.error());
    return describe_loggers(shard);
  }
  if (type == group_resource || type == client_metrics_resource) {
    if (name.empty())
      return model::fail(model::ErrorCode::invalid_request, "The resource needs a name.");
    return type == group_resource ? model::describe_group(broker_levels(shard, *shard.image))
                                  : model::describe_client_metrics();
  }
  const auto resource = find_resource(shard.broker_id(), shard.image->metadata, type, name);
  if (!resource) return model::fail(resource.error());
  return describe(shard, *resource);
}

Entry entry_of(const model::DescribedSetting& setting, const DescribeConfigsRequest& request) {
  Entry entry;
  entry.name = setting.name;
  entry.value = setting.value;
  entry.read_only = setting.is_read_only;
  entry.config_source = static_cast<std::int8_t>(setting.source);
  entry.is_sensitive = setting.is_sensitive;
  entry.config_type = static_cast<std::int8_t>(setting.type);
  entry.documentation = std::nullopt;
  // Loggers have none to leave out.
  if (request.include_documentation || setting.source == model::SettingSource::logger)
    entry.documentation = std::string(setting.documentation);
  if (!request.include_synonyms) return entry;
  for (const model::DescribedSynonym& synonym : setting.synonyms)
    entry.synonyms.push_back({.name = synonym.name,
                              .value = synonym.value,
                              .source = static_cast<std::int8_t>(synonym.source),
                              .unknown_tags = {}});
  return entry;
}

// No keys, or an empty list of them, stands for all.
bool is_wanted(const WantedResource& wanted, const std::string& key) {
  return !wanted.configuration_keys || wanted.configuration_keys->empty() ||
         base::contains(*wanted.configuration_keys, key);
}

DescribedResource describe(const ShardState& shard, const DescribeConfigsRequest& request,
                           const WantedResource& wanted) {
  DescribedResource described;
  described.resource_type = wanted.resource_type;
  described.resource_name = wanted.resource_name;
  const auto settings = describe(shard, wanted.resource_type, wanted.resource_name);
  if (!settings) {
    described.error_code = settings.error().code;
    if (described.error_code != model::ErrorCode::unknown_topic_or_partition)
      described.error_message = settings.error().detail;
    return described;
  }
  for (const model::DescribedSetting& setting : *settings)
    if (is_wanted(wanted, setting.name)) described.configs.push_back(entry_of(setting, request));
  return described;
}

}  // namespace

void on_describe_configs(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeConfigsRequest>(shard, request);
  if (!body) return;
  DescribeConfigsResponse response;
  for (const WantedResource& wanted : body->resources)
    response.results.push_back(describe(shard, *body, wanted));
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
