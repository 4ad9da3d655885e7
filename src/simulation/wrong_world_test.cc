// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What tells brokers something else than what is so: wrong clocks, a ZooKeeper server that is
// behind, requests that are held up, and an administrator's look at it in the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "simulation/confirmed.h"
#include "simulation/plan.h"
#include "simulation/wall_clock.h"
#include "simulation/zookeeper.h"

namespace gregor::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void let_pass(Environment& env, std::int64_t us) {
  const Time until = env.now() + us;
  while (env.scheduler.run_next(until)) {
  }
}

// --- clocks ---

class WallClockTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::int64_t ahead_ms() const { return clock_.now().wall - env_.clock().wall; }

  Environment env_{1};
  WallClock clock_{env_};
};

TEST_F(WallClockTest, OneThatIsSetStaysAsFarAhead) {
  EXPECT_EQ(ahead_ms(), 0);
  clock_.set_ahead(-5000);
  let_pass(env_, second);
  EXPECT_EQ(ahead_ms(), -5000);
  EXPECT_EQ(clock_.now().monotonic, env_.clock().monotonic) << "durations are measured rightly";
}

TEST_F(WallClockTest, OneThatRunsTooFastGetsAheadUntilItIsHealed) {
  clock_.run_at(1500);
  let_pass(env_, 10 * second);
  EXPECT_EQ(ahead_ms(), 5000);
  clock_.run_at(0);
  const auto stands = clock_.now().wall;
  let_pass(env_, 3 * second);
  EXPECT_EQ(clock_.now().wall, stands);
  clock_.heal();
  EXPECT_EQ(ahead_ms(), 0);
}

// --- ZooKeeper ---

struct Session final : CoordinationSession::Host {
  Session(Environment& environment, ZooKeeper& service, int number)
      : env(environment),
        session(environment, service, 6 * second,
                environment.dice_of("session " + std::to_string(number)), HostId(number), *this) {}

  void session_opened(coordination::SessionId) override { note("open"); }
  void connection_restored() override { note("restored"); }
  void coordination_replied(coordination::Reply reply) override {
    const auto* data = std::get_if<coordination::DataReply>(&reply.content);
    note(data != nullptr ? data->data : to_string(reply.id));
  }
  void watch_fired(coordination::WatchFired watch) override { note("fired " + watch.path); }
  void coordination_failed(const std::string& why) override { note(why); }

  void note(const std::string& what) {
    heard.push_back(what);
    when.push_back(env.now());
  }
  void ask(coordination::Operation operation) {
    const coordination::RequestId id(++asked);
    session.submit({{id, std::move(operation)}});
  }
  void write(const std::string& data) {
    ask(coordination::Multi{{coordination::SetData{.path = "/it", .data = data}}});
  }

  Environment& env;
  std::vector<std::string> heard;
  std::vector<Time> when;
  std::uint64_t asked = 0;
  ZooKeeperSession session;  // the last: it may call back at once
};

class ServerBehindTest : public ::testing::Test {
 protected:
  // One session of each server: which of them it gets is a matter of its dice.
  ServerBehindTest() {
    for (int number = 1; first_ == nullptr || behind_ == nullptr; ++number) {
      auto session = std::make_unique<Session>(env_, service_, number);
      const Time begun = env_.now();
      let_pass(env_, 3 * lag);
      auto& place = session->when.at(0) - begun < lag ? first_ : behind_;
      if (place == nullptr) place = std::move(session);
    }
    first_->ask(coordination::Multi{{coordination::Create{.path = "/it", .data = "old"}}});
    let_pass(env_, 3 * lag);
    forget();
  }
  void forget() {
    for (Session* session : {first_.get(), behind_.get()}) {
      session->heard.clear();
      session->when.clear();
    }
  }

  static constexpr std::int64_t lag = second;
  Environment env_{1};
  ZooKeeper service_{env_, {.least = 1, .most = 1000}, lag};
  std::unique_ptr<Session> first_, behind_;
};

TEST_F(ServerBehindTest, ReadsThePastAndHearsOfTheChangeLater) {
  first_->write("new");
  let_pass(env_, lag / 2);
  behind_->ask(coordination::GetData{.path = "/it", .watch = true});
  first_->ask(coordination::GetData{.path = "/it", .watch = true});
  let_pass(env_, lag / 4);
  EXPECT_THAT(first_->heard, ElementsAre("2", "new"));
  EXPECT_THAT(behind_->heard, ElementsAre("old"));
  let_pass(env_, lag);
  EXPECT_THAT(behind_->heard, ElementsAre("old", "fired /it"));
  EXPECT_THAT(first_->heard, ElementsAre("2", "new")) << "nothing has changed since";
}

TEST_F(ServerBehindTest, WhatItWritesIsThereAtOnceAndItReadsItAfterwards) {
  behind_->write("mine");
  behind_->ask(coordination::GetData{.path = "/it"});
  let_pass(env_, lag / 4);
  first_->ask(coordination::GetData{.path = "/it"});
  let_pass(env_, lag / 4);
  EXPECT_THAT(first_->heard, ElementsAre("mine"));
  EXPECT_THAT(behind_->heard, ElementsAre());
  let_pass(env_, lag);
  EXPECT_THAT(behind_->heard, ElementsAre("1", "mine"));
}

// --- settings ---

TEST(WithOtherSettings, KeepsWhatWasNotLeftToChance) {
  const BrokerPlan before = plan_of(7, 3).brokers.at(0);
  Dice dice(1);
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const BrokerPlan after = with_other_settings(dice, before);
    differs = differs || after.settings != before.settings;
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.settings.size(), before.settings.size());
    for (const char* fixed : {"zookeeper.connect", "offsets.topic.num.partitions"})
      EXPECT_EQ(after.settings.at(fixed), before.settings.at(fixed));
  }
  EXPECT_TRUE(differs);
}

class ConfirmedConfigsTest : public ::testing::Test {
 protected:
  static protocol::DescribeConfigsResponse told(const std::string& value, std::int8_t source) {
    protocol::DescribeConfigsResponse response;
    auto& of = response.results.emplace_back();
    of.resource_name = "t";
    auto& one = of.configs.emplace_back();
    one.name = "flush.ms";
    one.value = value;
    one.config_source = source;
    return response;
  }
  static constexpr std::int8_t of_topic = 1, by_default = 5;
  const ConfirmedConfigs set_{{"t", {{"flush.ms", "100"}}}};
  const ConfirmedConfigs removed_{{"t", {{"flush.ms", std::nullopt}}}};
};

TEST_F(ConfirmedConfigsTest, WhatIsToldAsItWasConfirmedIsNoDifference) {
  EXPECT_EQ(difference(set_, told("100", of_topic)), "");
  EXPECT_EQ(difference(removed_, told("9223372036854775807", by_default)), "");
}

TEST_F(ConfirmedConfigsTest, AnythingElseIsNoticed) {
  EXPECT_EQ(difference(set_, told("200", of_topic)), "t with flush.ms=200, and 100 was confirmed");
  EXPECT_THAT(difference(set_, told("100", by_default)), HasSubstr("by default"));
  EXPECT_THAT(difference(removed_, told("100", of_topic)), HasSubstr("the default was confirmed"));
  EXPECT_EQ(difference(set_, {}), "no settings of t");
}

}  // namespace
}  // namespace gregor::simulation
