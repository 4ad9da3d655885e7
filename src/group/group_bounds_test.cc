// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What thousands of clients cost that come and vanish: nothing that stays.

#include <gtest/gtest.h>

#include "group/group_world.h"

namespace gregor::group {
namespace {

using test::World;

protocol::JoinGroupRequest join_of(const std::string& group) {
  protocol::JoinGroupRequest request;
  request.group_id = group;
  request.session_timeout_ms = 10'000;
  request.rebalance_timeout_ms = 10'000;
  request.protocol_type = "consumer";
  request.protocols.push_back({"range", test::subscription({"t"}), {}});
  return request;
}

constexpr model::ApiVersion told_its_id_first{4};
constexpr model::ApiVersion joins_at_once{3};

TEST(Bounds, IdsThatAreNotUsedAreBoundedInNumberAndForgottenInTime) {
  World world({});
  std::string first;
  for (std::size_t at = 0; at < pending_members_max + 100; ++at) {
    world.ask(join_of("g"), told_its_id_first, "c" + std::to_string(at));
    const auto& told = std::get<protocol::JoinGroupResponse>(world.answers.back().response);
    if (at == 0) first = told.member_id;
  }
  const ClassicGroup& group = world.coordinator.state().groups.at("g");
  EXPECT_EQ(group.pending().size(), pending_members_max);
  EXPECT_FALSE(group.is_pending(first));
  world.pass(10'000);
  EXPECT_TRUE(world.coordinator.state().groups.empty());
  EXPECT_TRUE(world.appends.empty());
}

TEST(Bounds, GroupsOfMembersThatVanishLeaveNoTrace) {
  World world({});
  for (int at = 0; at < 2000; ++at)
    world.ask(join_of("g" + std::to_string(at)), joins_at_once, "c");
  EXPECT_EQ(world.coordinator.state().groups.size(), 2000U);
  // They join, hear of a generation, and are never heard of again.
  world.pass(60'000);
  EXPECT_EQ(world.answers.size(), 2000U);
  EXPECT_TRUE(world.coordinator.state().groups.empty());
  EXPECT_TRUE(world.appends.empty());
}

TEST(Bounds, TheEndOfManyGroupsIsWrittenInBatchesThatFit) {
  Settings settings;
  settings.batch_bytes_max = 4000;
  settings.offsets_retention_ms = 1000;
  World world(settings);
  for (int at = 0; at < 500; ++at) {
    protocol::OffsetCommitRequest request;
    request.group_id = "group-" + std::to_string(at);
    request.generation_id_or_member_epoch = -1;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().committed_offset = at;
    world.ask(request, joins_at_once, "c");
    world.confirm_all();
  }
  world.appends.clear();
  world.pass(settings.offsets_retention_check_interval_ms);
  EXPECT_TRUE(world.coordinator.state().groups.empty());
  EXPECT_GT(world.appends.size(), 1U);
  for (const Append& append : world.appends)
    EXPECT_LE(append.batch.size(), settings.batch_bytes_max);
  world.confirm_all();
  world.crash(0);
  EXPECT_TRUE(world.coordinator.state().groups.empty());
}

TEST(Bounds, ACommitThatNoBatchCanHoldChangesNothing) {
  Settings settings;
  settings.batch_bytes_max = 4000;
  World world(settings);
  protocol::OffsetCommitRequest request;
  request.group_id = "g";
  request.generation_id_or_member_epoch = -1;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  for (int at = 0; at < 500; ++at) topic.partitions.emplace_back().partition_index = at;
  world.ask(request, joins_at_once, "c");
  const auto& told = std::get<protocol::OffsetCommitResponse>(world.answers.back().response);
  EXPECT_EQ(told.topics.at(0).partitions.at(0).error_code, model::ErrorCode::unknown_server_error);
  EXPECT_TRUE(world.appends.empty());
  EXPECT_TRUE(world.coordinator.state().groups.empty());
}

}  // namespace
}  // namespace gregor::group
