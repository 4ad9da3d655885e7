// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/confirmed.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/config_resource.h"
#include "model/error_code.h"
#include "model/settings_describe.h"

namespace gregor::simulation {
namespace {

constexpr auto from_topic = static_cast<std::int8_t>(model::SettingSource::topic);

}  // namespace

protocol::DescribeConfigsRequest describe_configs(const ConfirmedConfigs& confirmed) {
  protocol::DescribeConfigsRequest request;
  for (const auto& [topic, settings] : confirmed) {
    auto& asked = request.resources.emplace_back();
    asked.resource_type = broker::topic_resource;
    asked.resource_name = topic;
    for (const auto& [setting, value] : settings) asked.configuration_keys->push_back(setting);
  }
  return request;
}

std::string difference(const ConfirmedConfigs& confirmed,
                       const protocol::DescribeConfigsResponse& told) {
  for (const auto& [topic, settings] : confirmed) {
    const auto of =
        std::ranges::find(told.results, topic,
                          &protocol::DescribeConfigsResponse::DescribeConfigsResult::resource_name);
    if (of == told.results.end() || of->error_code != model::ErrorCode::none)
      return "no settings of " + topic;
    for (const auto& [setting, value] : settings) {
      const auto one = std::ranges::find(
          of->configs, setting,
          &protocol::DescribeConfigsResponse::DescribeConfigsResourceResult::name);
      if (one == of->configs.end()) return fmt::format("{} without {}", topic, setting);
      const bool is_own = one->config_source == from_topic;
      if (is_own != value.has_value() || (is_own && one->value != value))
        return fmt::format("{} with {}={}{}, and {} was confirmed", topic, setting,
                           one->value.value_or("null"), is_own ? "" : " by default",
                           value.value_or("the default"));
    }
  }
  return {};
}

}  // namespace gregor::simulation
