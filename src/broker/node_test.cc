// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One node from the socket's side: the path that every client takes.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"
#include "protocol/messages/api_versions.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

TEST(Node, IsReadyOnceItsLogsAreOpenAndSaysWhatItServes) {
  TestNode node;
  ASSERT_TRUE(node.is_ready()) << node.fatal().value_or("");
  ApiVersionsRequest request;
  request.client_software_name = "test";
  request.client_software_version = "1.0";
  const auto response = node.call<ApiVersionsResponse>(request, 4);
  EXPECT_EQ(response.error_code, ErrorCode::none);
  ASSERT_FALSE(response.api_keys.empty());
  EXPECT_EQ(response.api_keys[0].api_key, 0);
  EXPECT_EQ(response.api_keys[0].min_version, 0);
  EXPECT_EQ(response.api_keys[0].max_version, 13);
}

TEST(Node, WhatIsProducedIsFetchedInOrderWithOffsetsFromZero) {
  TestNode node;
  create_topic(node, "t", 1);
  EXPECT_EQ(produce(node, "t", 0, {"a", "b"}), 0);
  EXPECT_EQ(produce(node, "t", 0, {"c"}), 2);
  const auto fetched = fetch(node, "t", 0, 0);
  EXPECT_EQ(fetched.error_code, ErrorCode::none);
  EXPECT_EQ(fetched.high_watermark, 3);
  EXPECT_EQ(values_in(fetched), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(list_offset(node, "t", 0, latest_timestamp).offset, 3);
  EXPECT_EQ(list_offset(node, "t", 0, earliest_timestamp).offset, 0);
}

TEST(Node, MetadataTellsBrokersTopicsAndLeaders) {
  TestNode node;
  const model::TopicId id = create_topic(node, "t", 3);
  const auto response = node.call<MetadataResponse>(metadata_request({"t"}), 12);
  ASSERT_EQ(response.brokers.size(), 1U);
  EXPECT_EQ(response.brokers[0].host, "broker");
  EXPECT_EQ(response.brokers[0].port, 9092);
  EXPECT_EQ(response.controller_id, 1);
  ASSERT_EQ(response.topics.size(), 1U);
  EXPECT_EQ(response.topics[0].topic_id, id);
  ASSERT_EQ(response.topics[0].partitions.size(), 3U);
  EXPECT_EQ(response.topics[0].partitions[2].leader_id, 1);
}

TEST(Node, TopicThatIsAskedForIsMadeIfBothSidesAllowIt) {
  TestNode node;
  const auto refused = node.call<MetadataResponse>(metadata_request({"t"}, false), 12);
  EXPECT_EQ(refused.topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  const auto made = node.call<MetadataResponse>(metadata_request({"t"}, true), 12);
  EXPECT_EQ(made.topics.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(made.topics.at(0).partitions.size(), 1U);
  EXPECT_EQ(produce(node, "t", 0, {"a"}), 0);

  TestNode strict({.settings = {{"auto.create.topics.enable", "false"}}});
  const auto never = strict.call<MetadataResponse>(metadata_request({"t"}, true), 12);
  EXPECT_EQ(never.topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
}

TEST(Node, ClockThatIsSetBackByAYearDoesNoHarm) {
  TestNode first;
  create_topic(first, "t", 1, {{"message.timestamp.type", "LogAppendTime"}, {"segment.ms", "1"}});
  EXPECT_EQ(produce(first, "t", 0, {"a"}), 0);
  first.advance(100);
  EXPECT_EQ(produce(first, "t", 0, {"b"}), 1);
  TestWorld world = std::move(first).take_world();
  world.now.wall += -std::int64_t{365} * 86'400'000;
  TestNode next({}, std::move(world));
  ASSERT_TRUE(next.is_ready());
  EXPECT_EQ(produce(next, "t", 0, {"c"}), 2);
  next.advance(10 * 60'000);
  EXPECT_EQ(produce(next, "t", 0, {"d"}), 3);
  EXPECT_EQ(values_in(fetch(next, "t", 0, 3)), std::vector<std::string>{"d"});
  EXPECT_EQ(list_offset(next, "t", 0, max_timestamp).offset, 1);
  ASSERT_TRUE(next.stop());
}

TEST(Node, TreeThatCannotBeUnderstoodEndsTheStartWithAReason) {
  TestWorld world;
  const auto session = world.tree->open_session(world.now.wall).transaction->session;
  coordination::Multi changes;
  for (const char* path : {"/cluster", "/cluster/id"})
    changes.changes.emplace_back(coordination::Create{path, "no JSON"});
  const auto made =
      world.tree->handle(session, {coordination::RequestId(1), changes}, world.now.wall);
  ASSERT_EQ(made.reply->status, coordination::Status::ok);
  const TestNode node({}, std::move(world));
  EXPECT_FALSE(node.is_ready());
  ASSERT_TRUE(node.fatal().has_value());
  EXPECT_NE(node.fatal()->find("/cluster/id"), std::string::npos) << *node.fatal();
}

TEST(Node, ATopicThatCannotBeUnderstoodKeepsNobodyFromStarting) {
  TestWorld world;
  const auto session = world.tree->open_session(world.now.wall).transaction->session;
  coordination::Multi changes;
  for (const char* path : {"/brokers", "/brokers/topics", "/brokers/topics/t"})
    changes.changes.emplace_back(coordination::Create{path, "no JSON"});
  const auto made =
      world.tree->handle(session, {coordination::RequestId(1), changes}, world.now.wall);
  ASSERT_EQ(made.reply->status, coordination::Status::ok);
  TestNode node({}, std::move(world));
  EXPECT_TRUE(node.is_ready());
  create_topic(node, "u", 1);
}

TEST(Node, RestartFindsEverythingAgain) {
  TestNode before;
  const model::TopicId id = create_topic(before, "t", 2);
  produce(before, "t", 1, {"a", "b"});
  ASSERT_TRUE(before.stop());
  TestNode after({}, std::move(before).take_world());
  ASSERT_TRUE(after.is_ready());
  EXPECT_EQ(values_in(fetch(after, "t", 1, 0)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(produce(after, "t", 1, {"c"}), 2);
  EXPECT_EQ(after.call<MetadataResponse>(metadata_request({"t"}), 12).topics.at(0).topic_id, id);
}

}  // namespace
}  // namespace gregor::broker
