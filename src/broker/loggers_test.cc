// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logger as a resource: described, changed while the node runs, on all of its shards; and the
// resources that are described and cannot be changed.

#include "broker/loggers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/config_resource.h"
#include "broker/testing/test_node.h"
#include "protocol/messages/alter_configs.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

class Loggers : public testing::TestWithParam<std::uint32_t> {
 protected:
  Loggers() : node_({.shards = GetParam()}) {}

  ErrorCode set(const std::string& logger, const std::optional<std::string>& level,
                std::int8_t operation = 0, bool validate_only = false) {
    return alter(logger_resource, "1", {logger}, level, operation, validate_only);
  }
  ErrorCode alter(std::int8_t type, const std::string& name, const std::vector<std::string>& keys,
                  const std::optional<std::string>& value, std::int8_t operation = 0,
                  bool validate_only = false) {
    IncrementalAlterConfigsRequest request;
    request.validate_only = validate_only;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    for (const std::string& key : keys) resource.configs.push_back({key, operation, value, {}});
    return node_.call<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code;
  }
  DescribeConfigsResponse::DescribeConfigsResult describe(std::int8_t type,
                                                          const std::string& name) {
    DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    resource.configuration_keys = std::nullopt;
    return node_.call<DescribeConfigsResponse>(request, 4).results.at(0);
  }
  std::string level() { return describe(logger_resource, "1").configs.at(0).value.value_or(""); }

  TestNode node_;
};

INSTANTIATE_TEST_SUITE_P(Shards, Loggers, testing::Values(1U, 3U));

TEST_P(Loggers, LevelIsChangedForWhatTheOperatorSees) {
  EXPECT_EQ(level(), "INFO");
  EXPECT_EQ(describe(logger_resource, "1").configs.at(0).documentation, "");
  EXPECT_EQ(set("root", "WARN"), ErrorCode::none);
  EXPECT_EQ(level(), "WARN");
  EXPECT_EQ(node_.log_at_least(), Severity::warning);
  EXPECT_EQ(set("root", "FATAL"), ErrorCode::none);
  EXPECT_EQ(level(), "FATAL");
  EXPECT_EQ(node_.log_at_least(), Severity::error) << "errors are always told";
  EXPECT_EQ(set("root", "TRACE"), ErrorCode::none);
  EXPECT_EQ(node_.log_at_least(), Severity::debug);
}

TEST_P(Loggers, WhatIsNoLevelOfALoggerChangesNothing) {
  EXPECT_EQ(set("root", "ERROR", 0, true), ErrorCode::none);
  EXPECT_EQ(set("root", "LOUD"), ErrorCode::invalid_config);
  EXPECT_EQ(set("root", "error"), ErrorCode::invalid_config);
  EXPECT_EQ(set("root", std::nullopt), ErrorCode::invalid_request);
  EXPECT_EQ(set("stem", "ERROR"), ErrorCode::invalid_config);
  EXPECT_EQ(set("stem", std::nullopt, 1), ErrorCode::invalid_config);
  for (std::int8_t operation = 1; operation <= 4; ++operation)
    EXPECT_EQ(set("root", "ERROR", operation), ErrorCode::invalid_request) << int{operation};
  EXPECT_EQ(alter(logger_resource, "1", {"root", "root"}, "ERROR"), ErrorCode::invalid_request);
  for (const char* const broker : {"", "7", "one"}) {
    EXPECT_EQ(alter(logger_resource, broker, {"root"}, "ERROR"), ErrorCode::invalid_request);
    EXPECT_EQ(describe(logger_resource, broker).error_code, ErrorCode::invalid_request);
  }
  AlterConfigsRequest old_way;
  old_way.resources.push_back({logger_resource, "1", {{"root", "ERROR", {}}}, {}});
  EXPECT_EQ(node_.call<AlterConfigsResponse>(old_way, 2).responses.at(0).error_code,
            ErrorCode::invalid_request);
  EXPECT_EQ(level(), "INFO");
  EXPECT_EQ(node_.log_at_least(), std::nullopt);
}

TEST_P(Loggers, GroupsAndClientMetricsAreDescribedAndCannotBeChanged) {
  for (const std::int8_t type : {group_resource, client_metrics_resource}) {
    EXPECT_EQ(describe(type, "").error_code, ErrorCode::invalid_request);
    EXPECT_FALSE(describe(type, "x").configs.empty());
    EXPECT_EQ(alter(type, "x", {describe(type, "x").configs.at(0).name}, "10000"),
              ErrorCode::invalid_request);
  }
}

}  // namespace
}  // namespace gregor::broker
