// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_resource.h"

#include <string>
#include <utility>

#include "model/settings_rows_resource.h"

namespace gregor::model {
namespace {

DescribedSetting describe(const SettingDefinition& definition, std::optional<std::string> value) {
  return {.name = std::string(definition.name),
          .value = std::move(value),
          .source = SettingSource::built_in,
          .set_at = SettingSource::built_in,
          .is_read_only = false,
          .is_sensitive = false,
          .type = definition.type,
          .documentation = definition.documentation,
          .synonyms = {}};
}

}  // namespace

std::span<const SettingDefinition> group_settings() { return settings_rows::group_resource_rows; }
std::span<const SettingDefinition> client_metrics_settings() {
  return settings_rows::client_metrics_rows;
}

std::vector<DescribedSetting> describe_group(const BrokerLevels& levels) {
  const SettingMap effective = effective_settings(levels);
  std::vector<DescribedSetting> described;
  for (const SettingDefinition& definition : group_settings()) {
    std::string value(definition.default_text.value_or(""));
    if (!definition.broker_key.empty())
      if (const auto inherited = value_of(effective, definition.broker_key))
        value = to_text(*inherited);
    auto& setting = described.emplace_back(describe(definition, value));
    setting.synonyms.push_back({setting.name, std::move(value), SettingSource::built_in});
  }
  return described;
}

std::vector<DescribedSetting> describe_client_metrics() {
  std::vector<DescribedSetting> described;
  for (const SettingDefinition& definition : client_metrics_settings())
    described.push_back(describe(definition, std::string(definition.default_text.value_or(""))));
  return described;
}

}  // namespace gregor::model
