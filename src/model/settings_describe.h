// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The content of DescribeConfigs, and of the settings in the answer to CreateTopics, as Kafka 4.1
// gives it. Sorted by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/setting_map.h"
#include "model/settings.h"

namespace gregor::model {

// Where a value was set, with the numbers of DescribeConfigs.
enum class SettingSource : std::int8_t {
  topic = 1,
  dynamic_broker = 2,
  dynamic_default = 3,
  static_broker = 4,
  built_in = 5,
  logger = 6,
};

// One of the places at which the value of a setting could come from.
struct DescribedSynonym {
  std::string name;
  std::optional<std::string> value;  // nullopt where it is secret
  SettingSource source;
  friend bool operator==(const DescribedSynonym&, const DescribedSynonym&) = default;
};

struct DescribedSetting {
  std::string name;
  std::optional<std::string> value;  // nullopt: none, or secret
  SettingSource source;              // of the first synonym
  SettingSource set_at;              // the same, but where the synonyms leave out what sets it
  bool is_read_only;
  bool is_sensitive;
  SettingType type;
  std::string_view documentation;
  std::vector<DescribedSynonym> synonyms;  // the one that counts first
};

// All settings of a topic: those that it has itself, and for the others what the broker says.
std::vector<DescribedSetting> describe_topic(const SettingMap& overrides,
                                             const BrokerLevels& levels);

// All settings of a broker, and keys that it was given but does not know (as secrets).
std::vector<DescribedSetting> describe_broker(const BrokerLevels& levels);

// What is set at run time for all brokers: the broker resource without a name.
std::vector<DescribedSetting> describe_all_brokers(const BrokerLevels& levels);

}  // namespace gregor::model
