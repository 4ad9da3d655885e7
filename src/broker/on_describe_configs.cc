// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeConfigs: all settings of topics and of this broker, and where each comes from.

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/config_resource.h"
#include "broker/handlers.h"
#include "broker/topic_configs.h"
#include "model/settings_describe.h"
#include "protocol/messages/describe_configs.h"

namespace gregor::broker {

namespace {

using protocol::DescribeConfigsRequest;
using protocol::DescribeConfigsResponse;
using Wanted = DescribeConfigsRequest::DescribeConfigsResource;
using Described = DescribeConfigsResponse::DescribeConfigsResult;
using Entry = DescribeConfigsResponse::DescribeConfigsResourceResult;

std::vector<model::DescribedSetting> describe(const ShardState& shard,
                                              const controller::ConfigResource& resource) {
  const ClusterImage& image = *shard.image;
  const model::BrokerLevels levels = broker_levels(shard, image);
  if (std::holds_alternative<controller::TopicName>(resource))
    return model::describe_topic(image.metadata.configs_of(resource), levels);
  if (std::holds_alternative<model::BrokerId>(resource)) return model::describe_broker(levels);
  return model::describe_all_brokers(levels);
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
  if (request.include_documentation) entry.documentation = std::string(setting.documentation);
  if (!request.include_synonyms) return entry;
  for (const model::DescribedSynonym& synonym : setting.synonyms)
    entry.synonyms.push_back({.name = synonym.name,
                              .value = synonym.value,
                              .source = static_cast<std::int8_t>(synonym.source),
                              .unknown_tags = {}});
  return entry;
}

// No keys, or an empty list of them, stands for all.
bool is_wanted(const Wanted& wanted, const std::string& key) {
  return !wanted.configuration_keys || wanted.configuration_keys->empty() ||
         std::ranges::find(*wanted.configuration_keys, key) != wanted.configuration_keys->end();
}

Described describe(const ShardState& shard, const DescribeConfigsRequest& request,
                   const Wanted& wanted) {
  Described described;
  described.resource_type = wanted.resource_type;
  described.resource_name = wanted.resource_name;
  const auto resource =
      find_resource(shard, shard.image->metadata, wanted.resource_type, wanted.resource_name);
  if (!resource) {
    described.error_code = resource.error().code;
    if (described.error_code != model::ErrorCode::unknown_topic_or_partition)
      described.error_message = resource.error().detail;
    return described;
  }
  for (const model::DescribedSetting& setting : describe(shard, *resource))
    if (is_wanted(wanted, setting.name)) described.configs.push_back(entry_of(setting, request));
  return described;
}

}  // namespace

void on_describe_configs(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeConfigsRequest>(shard, request);
  if (!body) return;
  DescribeConfigsResponse response;
  for (const Wanted& wanted : body->resources)
    response.results.push_back(describe(shard, *body, wanted));
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
