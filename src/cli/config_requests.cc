// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/config_requests.h"

#include <fmt/format.h>

#include <limits>

#include "base/parse_number.h"
#include "cli/topic_filter.h"

namespace gregor::cli {

using model::BrokerId;
using model::ErrorCode;
using model::Result;

std::string name_of(ConfigSource source) {
  switch (source) {
    case ConfigSource::topic:
      return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::broker:
      return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::default_broker:
      return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::static_broker:
      return "STATIC_BROKER_CONFIG";
    case ConfigSource::default_value:
      return "DEFAULT_CONFIG";
    case ConfigSource::broker_logger:
      return "DYNAMIC_BROKER_LOGGER_CONFIG";
    case ConfigSource::client_metrics:
      return "DYNAMIC_CLIENT_METRICS_CONFIG";
    case ConfigSource::group:
      return "DYNAMIC_GROUP_CONFIG";
  }
  return "UNKNOWN";  // a broker may be newer
}

Result<BrokerId> broker_for(Cluster& cluster, ConfigType type, const std::string& name) {
  const bool of_a_broker = type == ConfigType::broker || type == ConfigType::broker_logger;
  // Defaults of all brokers are known to each of them.
  if (!of_a_broker || name.empty()) return cluster.brokers().front();
  const auto number = base::parse_number<std::int64_t>(name);
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max())
    return model::fail(ErrorCode::invalid_request, fmt::format("'{}' is no broker's id", name));
  return BrokerId{static_cast<std::int32_t>(*number)};
}

Result<std::map<std::string, std::vector<ConfigEntry>>> describe_configs(
    Cluster& cluster, ConfigType type, const std::vector<std::string>& names) {
  std::map<BrokerId, protocol::DescribeConfigsRequest> requests;
  for (const std::string& name : names) {
    const auto broker = broker_for(cluster, type, name);
    if (!broker) return model::fail(broker.error());
    auto& request = requests[*broker];
    request.include_synonyms = true;
    request.resources.push_back({.resource_type = static_cast<std::int8_t>(type),
                                 .resource_name = name,
                                 .configuration_keys = std::nullopt});
  }
  std::map<std::string, std::vector<ConfigEntry>> found;
  for (const auto& [broker, request] : requests) {
    constexpr protocol::Versions with_synonyms{1, 4};
    auto answer = cluster.ask<protocol::DescribeConfigsResponse>(broker, request, with_synonyms);
    if (!answer) return model::fail(answer.error());
    for (auto& result : answer->results) {
      if (result.error_code != ErrorCode::none)
        return model::fail(error_of(result.error_code, result.error_message));
      found[result.resource_name] = std::move(result.configs);
    }
  }
  for (const std::string& name : names) found[name];  // one that was forgotten has none
  return found;
}

Result<> alter_configs(Cluster& cluster, ConfigType type, const std::string& name,
                       const std::vector<ConfigChange>& changes) {
  const auto broker = broker_for(cluster, type, name);
  if (!broker) return model::fail(broker.error());
  protocol::IncrementalAlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = static_cast<std::int8_t>(type);
  resource.resource_name = name;
  for (const ConfigChange& change : changes) {
    const bool removed = change.operation == ConfigOperation::remove;
    resource.configs.push_back({.name = change.key,
                                .config_operation = static_cast<std::int8_t>(change.operation),
                                .value = removed ? std::nullopt : std::optional(change.value)});
  }
  const auto answer = cluster.ask<protocol::IncrementalAlterConfigsResponse>(*broker, request);
  if (!answer) return model::fail(answer.error());
  for (const auto& response : answer->responses)
    if (response.error_code != ErrorCode::none)
      return model::fail(error_of(response.error_code, response.error_message));
  return {};
}

}  // namespace gregor::cli
