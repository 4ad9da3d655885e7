// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The changes that CreateTopics, AlterConfigs and IncrementalAlterConfigs ask for: each function
// answers with all overrides as they shall be stored, or with the error that Kafka 4.1 answers.
// What is wrong with a topic's settings is invalid_config, with a broker's invalid_request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/result.h"
#include "model/setting_map.h"
#include "model/topic_settings.h"

namespace gregor::model {

// What the coordination service keeps in one place has a limit, too; no setting needs as much.
inline constexpr std::size_t setting_value_bytes_max = 256 << 10;

struct NamedValue {
  std::string name;
  std::optional<std::string> value;
};

// With the numbers of IncrementalAlterConfigs.
enum class AlterOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct SettingChange {
  std::string name;
  AlterOperation operation = AlterOperation::set;
  std::optional<std::string> value;  // not looked at by remove
};

// One override: is there such a key, and is this a value for it?
[[nodiscard]] Result<> validate_topic_override(std::string_view name, std::string_view value);

// `defaults`: the topic settings of the broker, against which overrides are checked together.
[[nodiscard]] Result<SettingMap> settings_of_new_topic(std::span<const NamedValue> wanted,
                                                       const TopicSettings& defaults);
[[nodiscard]] Result<SettingMap> replace_topic_settings(std::span<const NamedValue> wanted,
                                                        const TopicSettings& defaults);
[[nodiscard]] Result<SettingMap> change_topic_settings(const SettingMap& overrides,
                                                       std::span<const SettingChange> changes,
                                                       const TopicSettings& defaults);

// Which of the two levels that can be changed at run time.
enum class BrokerLevel { all_brokers, one_broker };

// `levels`: as they are now, for the broker that answers.
[[nodiscard]] Result<SettingMap> replace_broker_settings(std::span<const NamedValue> wanted,
                                                         BrokerLevel level,
                                                         const BrokerLevels& levels);
[[nodiscard]] Result<SettingMap> change_broker_settings(std::span<const SettingChange> changes,
                                                        BrokerLevel level,
                                                        const BrokerLevels& levels);

}  // namespace gregor::model
