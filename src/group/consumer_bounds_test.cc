// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What many groups and many members cost, counted in records and in what stays.

#include <gtest/gtest.h>

#include <map>

#include "group/consumer_report.h"
#include "group/group_world.h"

namespace gregor::group {
namespace {

using test::World;

protocol::ConsumerGroupHeartbeatRequest join_of(const std::string& group,
                                                const std::string& member) {
  protocol::ConsumerGroupHeartbeatRequest request;
  request.group_id = group;
  request.member_id = member;
  request.rebalance_timeout_ms = 60'000;
  request.subscribed_topic_names = {"t"};
  request.topic_partitions.emplace();
  return request;
}

protocol::ConsumerGroupHeartbeatResponse ask(
    World& world, const protocol::ConsumerGroupHeartbeatRequest& request) {
  world.ask(request, model::ApiVersion(1), "c");
  world.confirm_all();
  auto told = std::get<protocol::ConsumerGroupHeartbeatResponse>(world.answers.back().response);
  EXPECT_EQ(told.error_code, model::ErrorCode::none) << told.error_message.value_or("");
  world.answers.clear();
  return told;
}

// What compaction would leave of the log, without tombstones.
std::size_t live_records(const World& world) {
  std::map<base::Bytes, bool> live;
  for (const StoredRecord& one : world.log) live[one.key] = one.value.has_value();
  return static_cast<std::size_t>(
      std::ranges::count_if(live, [](const auto& one) { return one.second; }));
}

TEST(ConsumerBounds, TenThousandGroupsAreListed) {
  constexpr std::size_t groups = 10'000;
  constexpr std::size_t records_of_a_group = 5;  // epoch, member, target of it, target, place
  World world({});
  world.checks_invariants = false;
  world.step(ClusterChanged{test::cluster_of({{"t", 1}})});
  for (std::size_t at = 0; at < groups; ++at) {
    world.ask(join_of("g" + std::to_string(at), "m"), model::ApiVersion(1), "c");
    world.confirm_all();
  }
  EXPECT_EQ(world.log.size(), groups * records_of_a_group);
  world.answers.clear();
  world.ask(protocol::ListGroupsRequest(), model::ApiVersion(5), "c");
  const auto& listed = std::get<protocol::ListGroupsResponse>(world.answers.back().response);
  EXPECT_EQ(listed.groups.size(), groups);
  EXPECT_EQ(broken_invariant(world.coordinator.state()), std::nullopt);
}

// Everybody is asked to give up what goes to the new one, and nobody is written oftener than it
// takes: asked, given up.
TEST(ConsumerBounds, OneOfAHundredMembersMovesNoMoreThanItsShare) {
  constexpr std::size_t members = 100;
  World world({});
  world.step(ClusterChanged{test::cluster_of({{"t", 1000}})});
  std::map<std::string, protocol::ConsumerGroupHeartbeatRequest> next;
  const auto round = [&] {
    for (auto& [id, request] : next) {
      const auto told = ask(world, request);
      request.member_epoch = told.member_epoch;
      if (told.assignment)
        request.topic_partitions =
            entries_of<protocol::ConsumerGroupHeartbeatRequest::TopicPartitions>(
                partitions_of(told.assignment->topic_partitions));
    }
  };
  for (std::size_t at = 0; at + 1 < members; ++at) {
    const std::string id = "m" + std::to_string(at);
    next[id] = join_of("g", id);
  }
  for (int at = 0; at < 5; ++at) round();
  const ConsumerGroup& group = world.coordinator.state().consumer_groups.at("g");
  ASSERT_EQ(group.state(), "Stable");

  const std::size_t before = world.log.size();
  next["new"] = join_of("g", "new");
  for (int at = 0; at < 4; ++at) round();
  EXPECT_EQ(group.state(), "Stable");
  // Of 1000 partitions 10 move, from 10 members: their targets, and two places each; the epochs,
  // and for each of the others its place in the new epoch.
  EXPECT_LE(world.log.size() - before, members + 40);
}

TEST(ConsumerBounds, MembersThatVanishLeaveNothing) {
  Settings settings;
  settings.offsets_retention_ms = 1000;
  World world(settings);
  world.step(ClusterChanged{test::cluster_of({{"t", 4}})});
  constexpr int groups = 20;
  for (int at = 0; at < 1000; ++at) {
    world.ask(join_of("g" + std::to_string(at % groups), "m" + std::to_string(at)),
              model::ApiVersion(1), "c");
    world.confirm_all();
    world.answers.clear();
    world.pass(1000);
    world.confirm_all();
    // Those whose session has not ended are at most so many.
    std::size_t members = 0;
    for (const auto& [id, group] : world.coordinator.state().consumer_groups)
      members += group.members().size();
    ASSERT_LE(members, 46U);
  }
  world.pass(settings.consumer.session_timeout_ms);
  world.confirm_all();
  world.pass(settings.offsets_retention_check_interval_ms);
  world.confirm_all();
  EXPECT_TRUE(world.coordinator.state().consumer_groups.empty());
  EXPECT_EQ(live_records(world), 0U);
}

}  // namespace
}  // namespace gregor::group
