// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Topics that take several writes: no write grows beyond what ZooKeeper takes, and a controller
// that goes down in between leaves something that the next one finishes.

#include <gtest/gtest.h>

#include "controller/controller_world.h"
#include "controller/invariants.h"

namespace gregor::controller {
namespace {

using test::World;

constexpr int partitions = 3000;

Command creation(int count) {
  NewTopic topic;
  topic.name = "large";
  topic.id.bytes[0] = 1;
  topic.partitions = count;
  return {Token{1}, CreateTopics{.topics = {topic}, .validate_only = false}};
}

Command removal() { return {Token{2}, DeleteTopics{.topics = {{"large", {}}}}}; }

template <class T>
bool succeeded(const World& world) {
  const auto& results = std::get<std::vector<model::Result<T>>>(world.seen.answers.at(0).results);
  return results.at(0).has_value();
}

std::size_t writes_under_way(const World& world) {
  std::size_t writes = 0;
  for (const coordination::Request& request : world.unserved()) {
    const auto& multi = std::get<coordination::Multi>(request.operation);
    EXPECT_LE(multi.changes.size(), 1001U);
    ++writes;
  }
  return writes;
}

World started() {
  World world;
  world.start();
  world.run();
  world.seen = {};
  return world;
}

std::size_t znodes_of_topic(const World& world) {
  std::size_t count = 0;
  for (const auto& [path, znode] : world.tree.znodes())
    if (path.starts_with("/brokers/topics/")) ++count;
  return count;
}

TEST(LargeTopic, IsMadeAndRemovedInSeveralWrites) {
  World world = started();
  world.command(creation(partitions));
  EXPECT_GT(writes_under_way(world), 5U);
  world.run();
  EXPECT_TRUE(succeeded<TopicCreated>(world));
  EXPECT_EQ(znodes_of_topic(world), 2U + 2 * partitions);
  EXPECT_EQ(world.image().topic("large")->partitions.size(), std::size_t{partitions});
  world.seen = {};
  world.command(removal());
  EXPECT_GT(writes_under_way(world), 5U);
  world.run();
  EXPECT_TRUE(succeeded<TopicDeleted>(world));
  EXPECT_EQ(znodes_of_topic(world), 0U);
  EXPECT_EQ(world.data("/config/topics/large"), std::nullopt);
  EXPECT_EQ(world.data("/admin/delete_topics/large"), std::nullopt);
}

TEST(LargeTopic, IsFinishedByTheNextControllerIfOneGoesDownWhileMakingIt) {
  for (int served = 0; served < 7; ++served) {
    World world = started();
    world.command(creation(partitions));
    for (int one = 0; one < served; ++one) world.serve_one();
    world.start();
    world.run();
    const TopicRef topic = world.image().topic("large");
    ASSERT_EQ(topic != nullptr, served > 0) << served;
    if (topic == nullptr) continue;
    EXPECT_EQ(topic->partitions.size(), std::size_t{partitions});
    EXPECT_EQ(znodes_of_topic(world), 2U + 2 * partitions);
    EXPECT_EQ(broken_invariant(world.image()), std::nullopt);
  }
}

TEST(LargeTopic, IsGoneAfterTheNextStartIfAControllerGoesDownWhileRemovingIt) {
  for (int served = 0; served < 8; ++served) {
    World world = started();
    world.command(creation(partitions));
    world.run();
    world.command(removal());
    for (int one = 0; one < served; ++one) world.serve_one();
    world.start();
    world.run();
    EXPECT_EQ(world.image().topic("large") == nullptr, served > 0) << served;
    EXPECT_EQ(znodes_of_topic(world), served > 0 ? 0U : 2U + 2 * partitions);
    EXPECT_EQ(world.data("/admin/delete_topics/large"), std::nullopt);
  }
}

// A service that can keep nothing more (its disk is full) must not be asked for ever.
TEST(FullDisk, StopsAStartButNotAControllerAtWork) {
  World world = started();
  world.full_disk = true;
  world.command(creation(1));
  world.lose_writes();
  world.run();
  EXPECT_FALSE(succeeded<TopicCreated>(world));
  EXPECT_EQ(world.controller().role(), Role::active);
  world.start();
  world.lose_writes();
  world.run();
  EXPECT_EQ(world.controller().role(), Role::failed);
  EXPECT_EQ(world.seen.fatal, "the coordination service took no write (is its disk full?)");
}

TEST(LargeTopic, ThatDoesNotFitIntoAZnodeIsRefused) {
  World world = started();
  world.command(creation(10'000));
  world.run();
  for (int more = 20'000; more <= 200'000; more += 10'000) {
    world.seen = {};
    world.command({Token{3}, CreatePartitions{.topics = {{"large", more, std::nullopt}},
                                              .validate_only = true}});
    world.run();
    const auto& result =
        std::get<std::vector<model::Result<>>>(world.seen.answers.at(0).results).at(0);
    if (more == 20'000) {
      EXPECT_TRUE(result.has_value());
    } else {
      ASSERT_FALSE(result.has_value());
      EXPECT_EQ(result.error().code, model::ErrorCode::policy_violation);
    }
  }
  AlterConfigs alter{.resources = {{TopicName{"large"}, false, {}}}, .validate_only = false};
  alter.resources.front().edits = {
      {"k", ConfigOperation::set, std::string(coordination::znode_bytes_max, 'x'), ""}};
  world.seen = {};
  world.command({Token{4}, alter});
  world.run();
  const auto& result =
      std::get<std::vector<model::Result<>>>(world.seen.answers.at(0).results).at(0);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, model::ErrorCode::policy_violation);
}

}  // namespace
}  // namespace gregor::controller
