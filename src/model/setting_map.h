// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Settings as text: the keys that were set somewhere, and where.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/ids.h"
#include "model/settings.h"

namespace gregor::model {

using SettingMap = std::map<std::string, std::string, std::less<>>;

// A broker's settings by where they were set, the most general first.
struct BrokerLevels {
  SettingMap static_broker = {};    // properties file and command line
  SettingMap dynamic_default = {};  // at run time, for all brokers
  SettingMap dynamic_broker = {};   // at run time, for this broker
  friend bool operator==(const BrokerLevels&, const BrokerLevels&) = default;
};

// All levels in one: what broker_settings_from() takes. Setting a key at run time hides its
// synonyms (log.retention.ms those in minutes and hours). What is set at run time but unknown,
// read-only or not valid (another broker may have stored it) is left out.
SettingMap effective_settings(const BrokerLevels& levels);

// Writes down who this broker is, once that is settled, under both names of the setting: tools look
// for it among a broker's settings.
void set_broker_id(SettingMap& static_broker, BrokerId id);

// The value of a key of the broker's table, set or default; nullopt: none, or set to something that
// is not valid. For keys that have no member in BrokerSettings.
std::optional<SettingValue> value_of(const SettingMap& set, std::string_view name);

// Like value_of() for each of the key's synonyms until one has a value; times come in milliseconds
// whatever their unit (log.retention.hours=1 is 3600000 for log.retention.ms).
std::optional<SettingValue> value_by_synonyms(const SettingMap& set, std::string_view name);

// The value of a topic's key where the topic does not override it.
std::optional<SettingValue> inherited_value(const SettingDefinition& topic_setting,
                                            const SettingMap& broker);

}  // namespace gregor::model
