// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Settings of topics, brokers and others, asked for and changed over the wire.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::cli {

enum class ConfigType : std::int8_t {
  topic = 2,
  broker = 4,
  broker_logger = 8,
  client_metrics = 16,
  group = 32,
};

enum class ConfigSource : std::int8_t {
  topic = 1,
  broker = 2,
  default_broker = 3,
  static_broker = 4,
  default_value = 5,
  broker_logger = 6,
  client_metrics = 7,
  group = 8,
};
// As Kafka spells it: "DYNAMIC_TOPIC_CONFIG".
std::string name_of(ConfigSource source);

using ConfigEntry = protocol::DescribeConfigsResponse::DescribeConfigsResourceResult;

// Who must be asked about a resource of this type: brokers answer for themselves.
model::Result<model::BrokerId> broker_for(Cluster& cluster, ConfigType type,
                                          const std::string& name);

// The entries of each name. The first resource that fails fails all.
model::Result<std::map<std::string, std::vector<ConfigEntry>>> describe_configs(
    Cluster& cluster, ConfigType type, const std::vector<std::string>& names);

enum class ConfigOperation : std::int8_t { set = 0, remove = 1 };
struct ConfigChange {
  std::string key;
  ConfigOperation operation = ConfigOperation::set;
  std::string value;
};
model::Result<> alter_configs(Cluster& cluster, ConfigType type, const std::string& name,
                              const std::vector<ConfigChange>& changes);

}  // namespace gregor::cli
