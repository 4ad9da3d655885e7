// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/setting_map.h"

#include <cstdint>

#include "base/assert.h"

namespace gregor::model {
namespace {

void lay_over(SettingMap& below, const SettingMap& above, UpdateMode mode_min) {
  for (const auto& [name, text] : above) {
    const SettingDefinition* definition = find_broker_setting(name);
    if (definition == nullptr || definition->update < mode_min) continue;
    if (!parse_value(*definition, text)) continue;
    // A key with the prefix of a listener does not hide the bare key.
    if (!without_listener_prefix(name))
      for (const std::string& synonym : broker_synonyms(name)) below.erase(synonym);
    below.insert_or_assign(name, text);
  }
}

std::int64_t milliseconds_in_unit(std::string_view name) {
  if (name.ends_with(".hours")) return 3'600'000;
  if (name.ends_with(".minutes")) return 60'000;
  return 1;
}

}  // namespace

SettingMap effective_settings(const BrokerLevels& levels) {
  SettingMap effective = levels.static_broker;
  lay_over(effective, levels.dynamic_default, UpdateMode::cluster_wide);
  lay_over(effective, levels.dynamic_broker, UpdateMode::per_broker);
  return effective;
}

void set_broker_id(SettingMap& static_broker, BrokerId id) {
  static_broker.insert_or_assign("broker.id", to_string(id));
  static_broker.insert_or_assign("node.id", to_string(id));
}

std::optional<SettingValue> value_of(const SettingMap& set, std::string_view name) {
  const SettingDefinition* definition = find_broker_setting(name);
  ASSERT(definition != nullptr, std::string(name));
  const auto at = set.find(name);
  if (at == set.end() && !definition->default_text) return std::nullopt;
  auto value = parse_value(*definition, at == set.end() ? *definition->default_text : at->second);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

std::optional<SettingValue> value_by_synonyms(const SettingMap& set, std::string_view name) {
  for (const std::string& synonym : broker_synonyms(name)) {
    auto value = value_of(set, synonym);
    if (!value) continue;
    const std::int64_t unit = milliseconds_in_unit(synonym);
    if (unit != 1) std::get<std::int64_t>(*value) *= unit;
    return value;
  }
  return std::nullopt;
}

std::optional<SettingValue> inherited_value(const SettingDefinition& topic_setting,
                                            const SettingMap& broker) {
  if (!topic_setting.broker_key.empty()) {
    auto value = value_by_synonyms(broker, topic_setting.broker_key);
    // Any negative time means for ever where a broker says it; a topic has to say -1.
    if (topic_setting.name == "retention.ms" && std::get<std::int64_t>(*value) < 0)
      return std::int64_t{-1};
    return value;
  }
  if (!topic_setting.default_text) return std::nullopt;
  return *parse_value(topic_setting, *topic_setting.default_text);
}

}  // namespace gregor::model
