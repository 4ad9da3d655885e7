// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The admin API at a whole node: topics deleted and grown, settings changed and described.

#include <gtest/gtest.h>

#include "broker/testing/test_node.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/describe_log_dirs.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;

void create(TestNode& node, const std::string& name) {
  protocol::CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = 2;
  topic.replication_factor = 1;
  const auto response = node.call<protocol::CreateTopicsResponse>(request, 5);
  ASSERT_EQ(response.topics.at(0).error_code, ErrorCode::none);
}

ErrorCode alter(TestNode& node, std::int8_t type, const std::string& name, std::int8_t operation) {
  protocol::IncrementalAlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  auto& config = resource.configs.emplace_back();
  config.name = "no.such.key";
  config.config_operation = operation;
  config.value = "1";
  return node.call<protocol::IncrementalAlterConfigsResponse>(request, 1)
      .responses.at(0)
      .error_code;
}

TEST(Admin, KeysThatNobodyKnowsAreStoredForBrokersAndRefusedForTopics) {
  TestNode node;
  create(node, "t");
  EXPECT_EQ(alter(node, 4, "", 0), ErrorCode::none);
  EXPECT_EQ(alter(node, 2, "t", 0), ErrorCode::invalid_config);
  EXPECT_EQ(alter(node, 2, "t", 1), ErrorCode::none);
}

TEST(Admin, ATopicIsDeletedOnceAndThenUnknown) {
  TestNode node;
  create(node, "t");
  protocol::DeleteTopicsRequest request;
  request.topic_names = {"t", "u", "u"};
  const auto first = node.call<protocol::DeleteTopicsResponse>(request, 5);
  ASSERT_EQ(first.responses.size(), 2U);
  for (const auto& answer : first.responses)
    EXPECT_EQ(answer.error_code, answer.name == "t" ? ErrorCode::none : ErrorCode::invalid_request);
  request.topic_names = {"t"};
  EXPECT_EQ(node.call<protocol::DeleteTopicsResponse>(request, 5).responses.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
}

TEST(Admin, ACodeThatSaysItAllComesWithoutText) {
  TestNode node({.settings = {{"delete.topic.enable", "false"}}});
  create(node, "t");
  protocol::DeleteTopicsRequest request;
  request.topic_names = {"t"};
  const auto kept = node.call<protocol::DeleteTopicsResponse>(request, 5).responses.at(0);
  EXPECT_EQ(kept.error_code, ErrorCode::topic_deletion_disabled);
  EXPECT_EQ(kept.error_message, std::nullopt);
  protocol::CreatePartitionsRequest grow;
  auto& topic = grow.topics.emplace_back();
  topic.name = "u";
  topic.count = 5;
  const auto unknown = node.call<protocol::CreatePartitionsResponse>(grow, 1).results.at(0);
  EXPECT_EQ(unknown.error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(unknown.error_message, std::nullopt);
}

TEST(Admin, AGrownTopicHasItsPartitionsInTheLogFolders) {
  TestNode node;
  create(node, "t");
  protocol::CreatePartitionsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.count = 5;
  topic.assignments = std::nullopt;
  EXPECT_EQ(node.call<protocol::CreatePartitionsResponse>(request, 1).results.at(0).error_code,
            ErrorCode::none);
  protocol::DescribeLogDirsRequest all;
  all.topics = std::nullopt;
  const auto folders = node.call<protocol::DescribeLogDirsResponse>(all, 4).results;
  std::size_t partitions = 0;
  for (const auto& folder : folders)
    for (const auto& described : folder.topics) partitions += described.partitions.size();
  EXPECT_EQ(partitions, 5U);
}

}  // namespace
}  // namespace gregor::broker
