// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What an administrator was told about topics, and what must therefore be so when all is at rest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "protocol/messages/describe_configs.h"

namespace gregor::simulation {

// How many partitions a topic has; 0: it was deleted.
using ConfirmedTopics = std::map<std::string, std::int32_t>;

// By topic and setting; nullopt: it has none of its own.
using ConfirmedConfigs = std::map<std::string, std::map<std::string, std::optional<std::string>>>;

// Where the replicas of partitions that were moved are, or are on the way to.
using ConfirmedReplicas = std::map<model::TopicPartition, std::vector<std::int32_t>>;

struct Confirmed {
  ConfirmedTopics topics;
  ConfirmedReplicas replicas;
  ConfirmedConfigs configs;
};

// Asks for those settings; to be sent in version 1 or later.
protocol::DescribeConfigsRequest describe_configs(const ConfirmedConfigs& confirmed);
// How what a broker tells is different; empty: not at all.
std::string difference(const ConfirmedConfigs& confirmed,
                       const protocol::DescribeConfigsResponse& told);

}  // namespace gregor::simulation
