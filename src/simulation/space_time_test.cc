// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/space_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "simulation/frame_text.h"
#include "simulation/world.h"

namespace gregor::simulation {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

WorldPlan plan_with_many_faults() {
  WorldPlan plan = plan_of(4, 3);
  plan.work_us = std::min(plan.work_us, 6 * second);
  std::int32_t number = 0;
  plan.strikes.clear();
  for (const Fault fault : {Fault::slow_path, Fault::block_path, Fault::pause, Fault::break_links,
                            Fault::disk_full, Fault::coordination_silent, Fault::session_expiry,
                            Fault::coordination_lost, Fault::power_cut, Fault::kill})
    plan.strikes.push_back({.number = ++number,
                            .at_us = number * 400 * millisecond,
                            .fault = fault,
                            .broker = plan.brokers[0].id});
  return plan;
}

std::string page_of(const WorldPlan& plan, std::uint64_t* hash = nullptr,
                    std::size_t bytes_max = std::size_t{8} << 20) {
  SpaceTime diagram("a world");
  const RunResult result = run_plan(plan, {.transcript = {}, .onlooker = &diagram});
  if (hash != nullptr) *hash = result.hash;
  return diagram.page(bytes_max);
}

// What the page draws.
Json world_of(const std::string& page) {
  const std::string opening = R"(<script type="application/json" id="world">)";
  const std::size_t begin = page.find(opening) + opening.size();
  return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST(SpaceTime, ShowsEveryLaneAndEveryFaultAndChangesNothing) {
  const WorldPlan plan = plan_with_many_faults();
  std::uint64_t hash = 0;
  const std::string page = page_of(plan, &hash);
  EXPECT_EQ(hash, run_plan(plan).hash) << "a world that is watched is another one";
  EXPECT_EQ(page, page_of(plan)) << "the same world has two pictures";

  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, Not(HasSubstr("http"))) << "it needs something from elsewhere";
  const Json world = world_of(page);
  std::vector<std::string> lanes;
  for (const Json& lane : world["lanes"]) lanes.push_back(lane["name"]);
  for (const char* const name : {"faults", "ZooKeeper", "broker-1", "broker-2", "broker-3",
                                 "admin-0", "producer-1", "final-999"})
    EXPECT_THAT(lanes, Contains(name));
  std::vector<std::string> faults;
  for (const Json& mark : world["marks"])
    if (mark[2] == "fault") faults.push_back(mark[3]);
  for (const Strike& strike : plan.strikes)
    EXPECT_THAT(faults, Contains(HasSubstr(name_of(strike.fault))));
  std::vector<std::string> shades;
  for (const Json& shade : world["shades"]) {
    EXPECT_LE(shade[1], shade[2]);
    shades.push_back(shade[3]);
  }
  for (const char* const what :
       {"down", "starting", "paused", "slow: its path to", "blocked: its path to", "breaks",
        "its disk is full", "answers nobody", "its session expires",
        "its connection to the coordination service is lost"})
    EXPECT_THAT(shades, Contains(HasSubstr(what)));
}

TEST(SpaceTime, ShowsMessagesBetweenLanesAndWhatChangedOfReplicas) {
  const Json world = world_of(page_of(plan_with_many_faults()));
  std::vector<std::string> names = world["names"];
  EXPECT_THAT(names, Contains(StartsWith("Produce v")));
  EXPECT_THAT(names, Contains(StartsWith("LeaderAndIsr v")));
  EXPECT_THAT(names, Contains("ZooKeeper"));
  bool answered = false;
  bool lost = false;
  for (const Json& message : world["messages"]) {
    ASSERT_LE(message[2], message[3]);
    ASSERT_LT(message[4], names.size());
    answered = answered || (message[5].get<int>() & 2) != 0;
    lost = lost || (message[5].get<int>() & 1) != 0;
  }
  EXPECT_TRUE(answered && lost);
  std::vector<std::string> kinds;
  for (const Json& mark : world["marks"]) kinds.push_back(mark[2]);
  for (const char* const kind : {"leader", "follower", "isr", "high watermark", "controller"})
    EXPECT_THAT(kinds, Contains(kind));
}

TEST(SpaceTime, OfWhatIsTooMuchTheEndStays) {
  const WorldPlan plan = plan_with_many_faults();
  const Json whole = world_of(page_of(plan));
  const std::string page = page_of(plan, nullptr, 100'000);
  EXPECT_LT(page.size(), 200'000U);
  const Json end = world_of(page);
  EXPECT_EQ(whole["left_out"], 0);
  EXPECT_EQ(end["messages"].size() + end["marks"].size() + end["left_out"].get<std::size_t>(),
            whole["messages"].size() + whole["marks"].size());
  EXPECT_GT(end["from"], 0);
  EXPECT_EQ(end["to"], whole["to"]);
  EXPECT_EQ(end["messages"].back(), whole["messages"].back());
}

TEST(SpaceTime, AViolationIsThereAndCannotEndTheScript) {
  SpaceTime diagram("</script>");
  diagram.said(Time(7), "check", "exactly-once: </script>");
  const Json world = world_of(diagram.page());
  EXPECT_EQ(world["title"], "</script>");
  EXPECT_EQ(world["violations"], Json::parse(R"([[7, "exactly-once: </script>"]])"));
}

TEST(FrameText, WhatIsLongIsCut) {
  EXPECT_EQ(abridged(R"({"Name":"t","Records":null})"), R"({"Name":"t","Records":null})");
  EXPECT_EQ(abridged("{\"Records\":\"" + std::string(100, 'a') + "\"}"),
            "{\"Records\":\"" + std::string(19, 'a') + "… (100 characters)\"}");
  EXPECT_THAT(abridged(std::string(10'000, '1')), HasSubstr("…"));
  EXPECT_LT(abridged(std::string(10'000, '1')).size(), 1000U);
}

}  // namespace
}  // namespace gregor::simulation
