// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Groups of the consumer protocol (KIP-848) at a whole node: joined, told of topics that grow,
// committed to, and found again after a restart.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"
#include "protocol/messages/consumer_group_describe.h"
#include "protocol/messages/consumer_group_heartbeat.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

TestNodeOptions options(std::uint32_t shards) {
  return {.shards = shards, .settings = {{"offsets.topic.num.partitions", "5"}}};
}

class ConsumerGroups : public testing::TestWithParam<std::uint32_t> {
 protected:
  void SetUp() override {
    create_topic(node_, "t", 4);
    find_coordinator(node_);
  }
  static void find_coordinator(TestNode& node) {
    FindCoordinatorRequest request;
    request.coordinator_keys = {"g"};
    ASSERT_EQ(node.call<FindCoordinatorResponse>(request, 4).coordinators.at(0).error_code,
              ErrorCode::none);
  }
  TestNode node_{options(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Shards, ConsumerGroups, testing::Values(1U, 3U));

ConsumerGroupHeartbeatResponse beat(TestNode& node, const std::string& member, std::int32_t epoch) {
  ConsumerGroupHeartbeatRequest request;
  request.group_id = "g";
  request.member_id = member;
  request.member_epoch = epoch;
  if (epoch == 0) {
    request.rebalance_timeout_ms = 60'000;
    request.subscribed_topic_names = {"t"};
    request.topic_partitions.emplace();
  }
  return node.call<ConsumerGroupHeartbeatResponse>(request, 1);
}

std::size_t assigned(const ConsumerGroupHeartbeatResponse& told) {
  std::size_t count = 0;
  if (told.assignment)
    for (const auto& topic : told.assignment->topic_partitions) count += topic.partitions.size();
  return count;
}

ErrorCode commit(TestNode& node, const std::string& member, std::int32_t epoch) {
  OffsetCommitRequest request;
  request.group_id = "g";
  request.member_id = member;
  request.generation_id_or_member_epoch = epoch;
  auto& one = request.topics.emplace_back();
  one.name = "t";
  one.partitions.emplace_back().committed_offset = 7;
  return node.call<OffsetCommitResponse>(request, 9).topics.at(0).partitions.at(0).error_code;
}

std::string described(TestNode& node) {
  ConsumerGroupDescribeRequest request;
  request.group_ids = {"g"};
  const auto group = node.call<ConsumerGroupDescribeResponse>(request, 1).groups.at(0);
  return group.group_state + " " + std::to_string(group.group_epoch);
}

TEST_P(ConsumerGroups, AMemberIsToldOfTopicsThatGrow) {
  const auto joined = beat(node_, "a", 0);
  ASSERT_EQ(joined.error_code, ErrorCode::none) << joined.error_message.value_or("");
  EXPECT_EQ(joined.member_epoch, 1);
  EXPECT_EQ(assigned(joined), 4U);
  EXPECT_FALSE(beat(node_, "a", 1).assignment.has_value());

  CreatePartitionsRequest more;
  more.timeout_ms = 1000;
  more.topics.emplace_back().name = "t";
  more.topics.back().count = 6;
  more.topics.back().assignments.reset();
  ASSERT_EQ(node_.call<CreatePartitionsResponse>(more, 3).results.at(0).error_code,
            ErrorCode::none);
  const auto grown = beat(node_, "a", 1);
  EXPECT_EQ(grown.member_epoch, 2);
  EXPECT_EQ(assigned(grown), 6U);
  EXPECT_EQ(described(node_), "Stable 2");
  EXPECT_EQ(beat(node_, "a", 9).error_code, ErrorCode::fenced_member_epoch);
}

TEST_P(ConsumerGroups, EpochsAndOffsetsAreThereAfterARestart) {
  EXPECT_EQ(beat(node_, "a", 0).member_epoch, 1);
  EXPECT_EQ(commit(node_, "a", 0), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit(node_, "a", 1), ErrorCode::none);
  node_.stop();
  TestNode again(options(GetParam()), std::move(node_).take_world());
  find_coordinator(again);
  EXPECT_EQ(described(again), "Stable 1");
  EXPECT_EQ(beat(again, "a", 1).error_code, ErrorCode::none);
  EXPECT_EQ(beat(again, "b", 1).error_code, ErrorCode::unknown_member_id);
  OffsetFetchRequest fetch;
  auto& group = fetch.groups.emplace_back();
  group.group_id = "g";
  group.member_id = "a";
  group.member_epoch = 1;
  group.topics->emplace_back().name = "t";
  group.topics->back().partition_indexes = {0};
  const auto found = again.call<OffsetFetchResponse>(fetch, 9);
  EXPECT_EQ(found.groups.at(0).topics.at(0).partitions.at(0).committed_offset, 7);
  fetch.groups.at(0).member_epoch = 0;
  EXPECT_EQ(again.call<OffsetFetchResponse>(fetch, 9).groups.at(0).error_code,
            ErrorCode::stale_member_epoch);
  ListGroupsRequest list;
  list.types_filter = {"Consumer"};
  EXPECT_EQ(again.call<ListGroupsResponse>(list, 5).groups.size(), 1U);
}

}  // namespace
}  // namespace gregor::broker
