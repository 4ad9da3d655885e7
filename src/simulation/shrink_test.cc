// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Worlds are made smaller by a check of the test's own, which fails for a reason that is known: so
// what must be left is known, too.
#include "simulation/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "simulation/reduction.h"
#include "simulation/world.h"

namespace gregor::simulation {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// "Nobody produces after a process was killed."
bool breaks_planted_promise(const WorldPlan& plan) {
  World world(plan);
  Environment& env = world.environment();
  bool killed = false;
  env.listener = [&](Time, std::string_view who, std::string_view what) {
    killed = killed || (who == "nemesis" && what.contains(", kill: "));
    if (killed && who.starts_with("producer-") && what.contains(" Produce v"))
      env.violations.push_back({"planted", std::string(what), env.now()});
  };
  world.run();
  return !env.violations.empty() && env.violations.front().check == "planted";
}

// As a seed draws it, but soon over: most worlds that are tried do not fail, and run to their end.
WorldPlan short_plan_of(std::uint64_t seed, std::int32_t brokers) {
  WorldPlan plan = plan_of(seed, brokers);
  leave_out(plan, "work=4000");
  std::erase_if(plan.strikes, [&](const Strike& strike) { return strike.at_us >= plan.work_us; });
  for (const Amount& amount : amounts_of(plan))
    if (amount.now == ClientPlan::unlimited) leave_out(plan, amount.name + "=10");
  return plan;
}

// The first world that has much of everything and fails so.
WorldPlan failing_plan(std::int32_t brokers) {
  for (std::uint64_t seed = 1;; ++seed) {
    WorldPlan plan = short_plan_of(seed, brokers);
    const auto kills = std::ranges::count(plan.strikes, Fault::kill, &Strike::fault);
    if (kills > 1 && plan.strikes.size() > 5 && plan.producers.size() > 1 &&
        plan.topics.size() > 1 && !plan.committers.empty() && breaks_planted_promise(plan))
      return plan;
  }
}

TEST(Shrink, OnlyWhatMakesAWorldFailIsLeft) {
  const WorldPlan plan = failing_plan(1);
  const Shrunk shrunk = shrink(plan, breaks_planted_promise, 200);
  SCOPED_TRACE(to_text(shrunk.plan));
  EXPECT_LT(shrunk.worlds, 200U);
  ASSERT_THAT(shrunk.plan.strikes, SizeIs(1));
  EXPECT_EQ(shrunk.plan.strikes[0].fault, Fault::kill);
  ASSERT_THAT(shrunk.plan.producers, SizeIs(1));
  // It must prove at the end that it makes progress, and that is enough.
  EXPECT_EQ(shrunk.plan.producers[0].client.operations, 0);
  EXPECT_THAT(shrunk.plan.consumers, IsEmpty());
  EXPECT_THAT(shrunk.plan.committers, IsEmpty());
  EXPECT_THAT(shrunk.plan.offset_readers, IsEmpty());
  EXPECT_EQ(shrunk.plan.administrator.operations, 0);
  ASSERT_THAT(shrunk.plan.topics, SizeIs(1));
  EXPECT_EQ(shrunk.plan.brokers[0].shards, 1U);
  // Until the kill: a world looks at its time when something happens.
  EXPECT_NEAR(static_cast<double>(shrunk.plan.work_us),
              static_cast<double>(shrunk.plan.strikes[0].at_us), 200.0 * millisecond);

  WorldPlan again = plan;
  for (const std::string& part : shrunk.left_out) EXPECT_TRUE(leave_out(again, part)) << part;
  EXPECT_EQ(to_text(again), to_text(shrunk.plan));
  EXPECT_TRUE(breaks_planted_promise(again));
  EXPECT_EQ(shrink(plan, breaks_planted_promise, 200).left_out, shrunk.left_out);
}

TEST(Shrink, OfManyBrokersOneIsLeft) {
  const Shrunk shrunk = shrink(failing_plan(3), breaks_planted_promise, 60);
  EXPECT_THAT(shrunk.plan.brokers, SizeIs(1)) << to_text(shrunk.plan);
}

TEST(Shrink, AWorldThatFailsOnlyAsAWholeStaysWhole) {
  const WorldPlan plan = plan_of(1, 3);
  const std::string whole = to_text(plan);
  const Shrunk shrunk =
      shrink(plan, [&](const WorldPlan& other) { return to_text(other) == whole; }, 1000);
  EXPECT_EQ(to_text(shrunk.plan), whole);
  EXPECT_THAT(shrunk.left_out, IsEmpty());
  EXPECT_GT(shrunk.worlds, 10U);
}

TEST(Reduction, WhoIsLeftInAWorldDoesWhatItDidBefore) {
  const auto beginning_of_producer_1 = [](const WorldPlan& plan) {
    std::vector<std::string> lines;
    const auto read = [&](Time, std::string_view who, std::string_view what) {
      if (who == "producer-1" && lines.size() < 30) lines.emplace_back(what);
    };
    run_plan(plan, {.transcript = read});
    return lines;
  };
  WorldPlan plan = short_plan_of(1, 1);
  plan.strikes.clear();
  const auto before = beginning_of_producer_1(plan);
  ASSERT_TRUE(leave_out(plan, "consumer-" + std::to_string(plan.consumers[0].client.number)));
  EXPECT_THAT(before, ::testing::Contains(::testing::HasSubstr("Produce")));
  EXPECT_EQ(beginning_of_producer_1(plan), before);
}

TEST(Reduction, WhatIsNotThereCannotBeLeftOut) {
  WorldPlan plan = plan_of(1, 1);
  const std::string whole = to_text(plan);
  for (const char* part :
       {"strike-999", "producer-99", "broker-1", "broker-2", "shards-of-broker-9",
        "work=", "work=x", "work=999999", "producer-99=1", "topic9=1", ""})
    EXPECT_FALSE(leave_out(plan, part)) << part;
  EXPECT_EQ(to_text(plan), whole);
}

}  // namespace
}  // namespace gregor::simulation
