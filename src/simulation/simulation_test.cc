// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole clusters from seeds: a fixed batch, and the proof that a seed is all that there is to a
// run. GREGOR_SEED=<number> repeats those that chance chose. Batches by chance are what `dev sim`
// runs: it goes on looking where one world in some hundreds still has something to report
// (docs/simulation.md).
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "simulation/world.h"

namespace gregor::simulation {
namespace {

std::uint64_t seed_by_chance() {
  const char* const given = std::getenv("GREGOR_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "repeat with GREGOR_SEED=" << seed << std::endl;
  return seed;
}

std::string describe(const RunResult& result) {
  std::string text = "gregor sim --transcript --seed " + std::to_string(result.seed);
  for (const Violation& violation : result.violations)
    text += "\n  " + violation.check + ": " + violation.what;
  return text;
}

// Says each seed before its world, which may abort.
void run_batch(std::uint64_t first, std::uint64_t count, std::int32_t brokers) {
  std::uint64_t acknowledgements = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(seed);
    const RunResult result = run_world(seed, brokers);
    ASSERT_TRUE(result.violations.empty()) << describe(result) << "\n  brokers: " << brokers;
    acknowledgements += result.acknowledgements;
  }
  EXPECT_GT(acknowledgements, 0U);
}

TEST(Simulation, AFixedBatchOfSeedsViolatesNothing) { run_batch(1, 25, 1); }

TEST(Simulation, AFixedBatchOfClustersViolatesNothing) { run_batch(1, 5, 3); }

// Nothing is synced before it is acknowledged, but by two brokers; one of the three loses power
// again and again, and what it had not synced with it.
WorldPlan one_broker_loses_power(std::uint64_t seed) {
  WorldPlan plan = plan_of(seed, 3);
  for (TopicPlan& topic : plan.topics) {
    topic.durable = false;
    topic.replication = 3;
    topic.configs.erase("flush.messages");
    topic.configs["min.insync.replicas"] = "2";
  }
  plan.power_cuts = true;
  for (Strike& strike : plan.strikes) {
    if (strike.number % 4 == 0) strike.fault = Fault::power_cut;
    if (strike.fault == Fault::power_cut || strike.fault == Fault::cut_at_change ||
        strike.fault == Fault::die_at_effect)
      strike.broker = plan.brokers.front().id;
  }
  return plan;
}

TEST(Simulation, PowerCutsOfOneBrokerLoseNothingThatTwoHaveAcknowledged) {
  std::uint64_t acknowledgements = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    SCOPED_TRACE(seed);
    const RunResult result = run_plan(one_broker_loses_power(seed));
    ASSERT_TRUE(result.violations.empty()) << describe(result);
    acknowledgements += result.acknowledgements;
  }
  EXPECT_GT(acknowledgements, 0U);
}

TEST(Simulation, TheSameSeedHasTheSameEffectsAtEveryStep) {
  const std::uint64_t first = seed_by_chance();
  for (std::uint64_t seed = first; seed < first + 8; ++seed) {
    const RunResult once = run_world(seed);
    const RunResult again = run_world(seed);
    ASSERT_EQ(once.trail, again.trail) << describe(once);
    ASSERT_EQ(once.hash, again.hash) << describe(once);
    ASSERT_FALSE(once.trail.empty());
  }
}

// Of what only some worlds have, each is in one of the first.
TEST(Simulation, TheFirstSeedsDrawEverything) {
  bool compacted = false;
  bool nearby = false;
  bool is_static = false;
  bool by_heartbeats = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const WorldPlan plan = plan_of(seed, 3);
    for (const TopicPlan& topic : plan.topics) compacted = compacted || topic.is_compacted();
    for (const ConsumerPlan& consumer : plan.consumers) nearby = nearby || !consumer.rack.empty();
    for (const MemberPlan& member : plan.members) {
      is_static = is_static || !member.instance.empty();
      by_heartbeats = by_heartbeats || member.by_heartbeats;
    }
  }
  EXPECT_TRUE(compacted);
  EXPECT_TRUE(nearby);
  EXPECT_TRUE(is_static);
  EXPECT_TRUE(by_heartbeats);
}

TEST(Simulation, AnotherSeedHasOtherEffects) { EXPECT_NE(run_world(1).hash, run_world(2).hash); }

}  // namespace
}  // namespace gregor::simulation
