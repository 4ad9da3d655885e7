// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ListConfigResources: the names of what has settings. Version 0 lists client metrics only, under
// which name it began. Of groups and client metrics nothing is ever set: the tree of ZooKeeper mode
// has no place for them.

#include <array>
#include <set>

#include "base/ranges.h"
#include "broker/config_resource.h"
#include "broker/handlers.h"
#include "protocol/messages/list_config_resources.h"

namespace gregor::broker {

void on_list_config_resources(ShardState& shard, const Request& request) {
  constexpr model::ApiVersion names_types{1};
  constexpr std::array all = {topic_resource, broker_resource, logger_resource,
                              client_metrics_resource, group_resource};
  const auto body = take_body<protocol::ListConfigResourcesRequest>(shard, request);
  if (!body) return;
  std::set<std::int8_t> types(body->resource_types.begin(), body->resource_types.end());
  if (request.head.version < names_types)
    types = {client_metrics_resource};
  else if (types.empty())
    types.insert(all.begin(), all.end());

  protocol::ListConfigResourcesResponse response;
  const auto add = [&](const std::string& name, std::int8_t type) {
    auto& one = response.config_resources.emplace_back();
    one.resource_name = name;
    one.resource_type = type;
  };
  const controller::Image& image = shard.image->metadata;
  for (const std::int8_t type : types) {
    if (!base::contains(all, type)) {
      response.error_code = model::ErrorCode::unsupported_version;
      response.config_resources.clear();
      break;
    }
    if (type == topic_resource)
      for (const auto& [name, topic] : image.topics) add(name, type);
    if (type == broker_resource || type == logger_resource)
      for (const auto& [id, broker] : image.brokers) add(to_string(id), type);
  }
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
