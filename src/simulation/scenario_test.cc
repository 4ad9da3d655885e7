// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The stories of scenarios/, each as it is told; and what the words
// of a scenario may not be.
#include "simulation/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "simulation/world.h"

namespace gregor::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> stories() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator("scenarios"))
    names.push_back(file.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string text_of(const std::string& name) {
  std::ifstream file("scenarios/" + name + ".toml");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Scenarios, EveryStoryIsToldToItsEndAndViolatesNothing) {
  ASSERT_GE(stories().size(), 10U);
  for (const std::string& name : stories()) {
    SCOPED_TRACE("gregor sim --transcript --scenario src/simulation/scenarios/" + name + ".toml");
    const auto scenario = parse_scenario(text_of(name));
    ASSERT_TRUE(scenario) << scenario.error();
    const RunResult result = run_plan(scenario->plan);
    for (const Violation& violation : result.violations)
      ADD_FAILURE() << violation.check << ": " << violation.what;
    EXPECT_GT(result.acknowledgements, 0U);
  }
}

// --- the words ---

std::string story_with(const std::string& step) {
  return "story = \"s\"\ntopics = [{ name = \"t\" }]\ntimeline = [\n" + step + "\n]\n";
}

TEST(Scenario, RoundsRepeatTheTimeline) {
  const auto scenario =
      parse_scenario("rounds = 3\n" + story_with("{ call = \"leader of t-0\", as = \"A\" },\n"
                                                 "{ after = 1, kill = \"A\", for = 1 }"));
  ASSERT_TRUE(scenario) << scenario.error();
  ASSERT_THAT(scenario->plan.script, SizeIs(6));
  for (std::size_t i = 2; i < 6; ++i)
    EXPECT_EQ(scenario->plan.script[i].line, scenario->plan.script[i - 2].line);
}

TEST(Scenario, StepsSayWhoDoesWhatToWhomWhen) {
  const auto scenario = parse_scenario(story_with(
      "{ call = \"leader of t-0\", as = \"A\" },\n"
      "{ at = 1.5, when = \"isr of t-0 has A, broker 2\", within = 3, cut = \"A\", from = "
      "\"zookeeper\", for = 0.25 }"));
  ASSERT_TRUE(scenario) << scenario.error();
  ASSERT_THAT(scenario->plan.script, SizeIs(2));
  const Step& step = scenario->plan.script[1];
  EXPECT_EQ(step.line, 5);
  EXPECT_EQ(step.at_us, 1'500'000);
  EXPECT_EQ(step.within_us, 3'000'000);
  EXPECT_EQ(step.for_us, 250'000);
  EXPECT_EQ(step.deed, Deed::cut);
  ASSERT_THAT(step.whom, SizeIs(1));
  EXPECT_EQ(step.whom[0].name, "A");
  ASSERT_THAT(step.when, SizeIs(1));
  EXPECT_EQ(step.when[0].relation, Condition::Relation::has);
  EXPECT_EQ(step.when[0].others[1].id, model::BrokerId(2));
}

TEST(Scenario, WhatMakesNoSenseIsRefusedWithItsLine) {
  const auto error = [](const std::string& text) {
    const auto scenario = parse_scenario(text);
    return scenario ? "it was taken" : scenario.error();
  };
  EXPECT_THAT(error("story = \"s\"\ntopics = ["), HasSubstr("line 2"));
  EXPECT_THAT(error("story = \"s\"\nbrokers = 9\n"), HasSubstr("line 2: \"brokers\""));
  EXPECT_THAT(error("story = \"s\"\nbrokers = \"many\"\n"), HasSubstr("has another type"));
  const std::vector<std::pair<std::string, std::string>> steps = {
      {"{ kill = \"broker 4\" }", "names a broker that is not there"},
      {"{ kill = \"B\" }", "no step before has called so"},
      {"{ kill = \"leader of u-0\" }", "names a partition that is not there"},
      {"{ kill = \"leader of t\" }", "no partition"},
      {"{ kill = \"broker 1\", pause = \"broker 2\", for = 1 }", "comes beside kill"},
      {"{ at = 1 }", "what is done?"},
      {"{ at = -1, kill = \"broker 1\" }", "no number of seconds"},
      {"{ kill = \"broker 1\", fro = 1 }", "\"fro\" of a step is not known"},
      {"{ pause = \"broker 1\" }", "how long?"},
      {"{ expect = \"leader of t-0 was broker 1\" }", "no condition"},
      {"{ expect = \"leader of t-0 is down\" }", "that cannot be so"},
      {"{ power_off = \"broker 1\", unsynced = \"maybe\" }", "none of lost, kept, by chance"},
  };
  for (const auto& [step, why] : steps) {
    EXPECT_THAT(error(story_with(step)), HasSubstr(why)) << step;
    EXPECT_THAT(error(story_with(step)), HasSubstr("line 4")) << step;
  }
}

TEST(Scenario, AStoryThatDoesNotComeToPassIsAViolation) {
  const auto scenario =
      parse_scenario(story_with("{ within = 0.5, expect = \"leader of t-0 is nobody\" }"));
  ASSERT_TRUE(scenario) << scenario.error();
  const RunResult result = run_plan(scenario->plan);
  ASSERT_THAT(result.violations, SizeIs(1));
  EXPECT_EQ(result.violations[0].check, "as-the-story-says");
  EXPECT_EQ(result.violations[0].what, "line 4: leader of t-0 is nobody: not so");
}

}  // namespace
}  // namespace gregor::simulation
