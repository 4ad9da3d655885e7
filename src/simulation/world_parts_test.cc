// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of a world that could make it blind: time, the network, and the ledger's judgement.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "simulation/group_ledger.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/scheduler.h"

namespace gregor::simulation {
namespace {

using ::testing::ElementsAre;

// --- time ---

TEST(Scheduler, WhatIsDueFirstHappensFirstAndOfTwoTheOneAskedForFirst) {
  Scheduler scheduler;
  std::string order;
  scheduler.after(20, [&] { order += 'c'; });
  scheduler.after(10, [&] { order += 'a'; });
  scheduler.after(10, [&] {
    order += 'b';
    scheduler.after(5, [&] { order += '!'; });
  });
  while (scheduler.run_next(Time(100))) {
  }
  EXPECT_EQ(order, "ab!c");
  EXPECT_EQ(scheduler.now(), Time(100));
}

// --- the network ---

struct Ends final : Caller, Listener {
  void link_opened(LinkId) override { heard.emplace_back("open"); }
  void caller_frame(LinkId, base::BytesView frame) override {
    heard.emplace_back("caller " + std::string(base::as_text(frame)));
  }
  void caller_closed(LinkId, const std::string& reason) override { heard.push_back(reason); }
  [[nodiscard]] bool accepts() const override { return listening; }
  void link_accepted(LinkId, HostId) override { heard.emplace_back("accepted"); }
  void listener_frame(LinkId, base::BytesView frame) override {
    heard.emplace_back("listener " + std::string(base::as_text(frame)));
  }
  void listener_closed(LinkId, bool broken) override {
    heard.emplace_back(broken ? "listener broken" : "listener closed");
  }

  bool listening = true;
  std::vector<std::string> heard;
};

base::Bytes frame_of(const std::string& text) {
  return base::to_bytes(base::as_bytes("size" + text));
}

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() {
    Listener& listener = ends_;
    network_.listen(address_, HostId(1), listener);
  }
  LinkId connect() {
    Caller& caller = ends_;
    return network_.connect(HostId(2), caller, address_);
  }
  void run() {
    while (env_.scheduler.run_next(env_.now() + second)) {
    }
  }

  Environment env_{1};
  Network network_{env_, {.least = 1, .most = 1000}};
  Ends ends_;
  const broker::PeerAddress address_{"broker", 9092};
};

TEST_F(NetworkTest, FramesArriveInOrderAndTheCloseBehindThem) {
  const LinkId link = connect();
  run();
  for (const char* text : {"1", "2", "3"})
    network_.send(link, Network::End::caller, frame_of(text));
  network_.close(link, Network::End::caller);
  run();
  EXPECT_THAT(ends_.heard, ElementsAre("accepted", "open", "listener 1", "listener 2", "listener 3",
                                       "listener closed"));
}

TEST_F(NetworkTest, WhoDoesNotListenRefuses) {
  ends_.listening = false;
  connect();
  run();
  EXPECT_THAT(ends_.heard, ElementsAre("connection refused"));
}

TEST_F(NetworkTest, WhatIsUnderWayOnABreakingConnectionIsLost) {
  const LinkId link = connect();
  run();
  ends_.heard.clear();
  network_.send(link, Network::End::caller, frame_of("1"));
  network_.break_link(link, false);
  run();
  EXPECT_THAT(ends_.heard, ElementsAre());
  network_.heal();
  run();
  EXPECT_THAT(ends_.heard, ::testing::UnorderedElementsAre("listener broken", "connection reset"));
}

TEST_F(NetworkTest, ABlockedPathCarriesItsFramesLater) {
  const LinkId link = connect();
  run();
  ends_.heard.clear();
  network_.block(HostId(2), HostId(1), env_.now() + 10 * second);
  network_.send(link, Network::End::caller, frame_of("1"));
  env_.scheduler.run_next(env_.now() + 9 * second);
  EXPECT_THAT(ends_.heard, ElementsAre());
  env_.scheduler.run_next(env_.now() + 2 * second);
  EXPECT_THAT(ends_.heard, ElementsAre("listener 1"));
}

TEST_F(NetworkTest, RequestsOfASlowApiAndWhatComesAfterThemArriveLater) {
  const LinkId link = connect();
  run();
  ends_.heard.clear();
  network_.slow_api(model::ApiKey(0x6161), 10 * second, env_.now() + second);
  for (const char* text : {"bb before", "aa slow", "bb after"})
    network_.send(link, Network::End::caller, frame_of(text));
  network_.send(link, Network::End::listener, frame_of("aa answer"));
  const auto let_pass = [this](Time until) {
    while (env_.scheduler.run_next(until)) {
    }
  };
  const Time begun = env_.now();
  let_pass(begun + 9 * second);
  EXPECT_THAT(ends_.heard,
              ::testing::UnorderedElementsAre("listener bb before", "caller aa answer"));
  let_pass(begun + 12 * second);
  EXPECT_THAT(ends_.heard, ::testing::IsSupersetOf({"listener aa slow", "listener bb after"}));
}

// --- the ledger ---

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    ledger_.add_topic({.name = "t", .durable = true, .configs = {}});
    for (std::int64_t value = 10; value < 13; ++value) {
      ledger_.sending(partition_, value, {});
      ledger_.acknowledged(partition_, {value - 10, value});
    }
  }
  std::vector<std::string> checks(std::int64_t start, std::int64_t end,
                                  const std::vector<PlacedValue>& records) {
    ledger_.check_partition(partition_, start, end, records);
    std::vector<std::string> names;
    for (const Violation& violation : env_.violations) names.push_back(violation.check);
    return names;
  }

  Environment env_{1};
  Ledger ledger_{env_};
  const model::TopicPartition partition_{"t", model::PartitionIndex(0)};
};

TEST_F(LedgerTest, WhatWasAcknowledgedIsThere) {
  EXPECT_THAT(checks(0, 3, {{0, 10}, {1, 11}, {2, 12}}), ElementsAre());
}

TEST_F(LedgerTest, ALostRecordIsNoticed) {
  EXPECT_THAT(checks(0, 2, {{0, 10}, {1, 11}}), ElementsAre("acknowledged-records-are-there"));
}

TEST_F(LedgerTest, AnIdempotentProducersRecordsAreInTheOrderInWhichItSentThem) {
  ledger_.sending(partition_, 13, {.producer_id = 7});
  ledger_.sending(partition_, 14, {.producer_id = 8});
  ledger_.sending(partition_, 15, {.producer_id = 7});
  EXPECT_THAT(checks(0, 6, {{0, 10}, {1, 11}, {2, 12}, {3, 14}, {4, 13}, {5, 15}}), ElementsAre());
  EXPECT_THAT(checks(0, 6, {{0, 10}, {1, 11}, {2, 12}, {3, 15}, {4, 14}, {5, 13}}),
              ElementsAre("in-the-order-sent"));
}

// Who leads it may not know the producer any more.
TEST_F(LedgerTest, OfATopicThatLosesItsStartNothingIsSaidOfOrder) {
  ledger_.add_topic({.name = "t", .durable = true, .trimmed = true, .configs = {}});
  ledger_.sending(partition_, 13, {.producer_id = 7});
  ledger_.sending(partition_, 14, {.producer_id = 7});
  EXPECT_THAT(checks(0, 5, {{0, 10}, {1, 11}, {2, 12}, {3, 14}, {4, 13}}), ElementsAre());
}

TEST_F(LedgerTest, ALostRecordOfATopicThatIsNotDurableIsAllowedAfterAPowerCut) {
  ledger_.add_topic({.name = "t", .durable = false, .configs = {}});
  ledger_.note_losses(1, 1);
  EXPECT_THAT(checks(0, 2, {{0, 10}, {1, 11}}), ElementsAre());
}

TEST_F(LedgerTest, WhatTwoBrokersHaveAcknowledgedSurvivesAPowerCutOfOne) {
  ledger_.add_topic({.name = "t", .durable = false, .configs = {{"min.insync.replicas", "2"}}});
  ledger_.note_losses(4, 2);
  EXPECT_THAT(checks(0, 2, {{0, 10}, {1, 11}}), ElementsAre());
  ledger_.note_losses(3, 1);
  EXPECT_THAT(checks(0, 2, {{0, 10}, {1, 11}}), ElementsAre("acknowledged-records-are-there"));
}

TEST_F(LedgerTest, ARecordThatIsThereTwiceIsNoticed) {
  EXPECT_THAT(checks(0, 4, {{0, 10}, {1, 11}, {2, 12}, {3, 12}}), ElementsAre("exactly-once"));
}

TEST_F(LedgerTest, ARecordThatNobodySentIsNoticed) {
  EXPECT_THAT(checks(0, 4, {{0, 10}, {1, 11}, {2, 12}, {3, 99}}), ElementsAre("phantom"));
}

TEST_F(LedgerTest, WhoIsServedInAnEpochThatIsOverIsNoticed) {
  ledger_.served(partition_, "broker-1", 3, env_.now());
  env_.scheduler.run_next(Time(5));
  ledger_.served(partition_, "broker-2", 2, env_.now());  // has not heard of it yet
  ledger_.served(partition_, "broker-1", 2, Time(0));     // was asked before
  EXPECT_TRUE(env_.violations.empty());
  ledger_.served(partition_, "broker-1", 2, env_.now());
  ASSERT_EQ(env_.violations.size(), 1U);
  EXPECT_EQ(env_.violations[0].check, "older-epochs-are-refused");
}

TEST_F(LedgerTest, AGapIsNoticed) {
  EXPECT_THAT(checks(0, 5, {{0, 10}, {1, 11}, {2, 12}, {4, 10}}),
              ElementsAre("offsets-without-gaps", "exactly-once"));
}

TEST_F(LedgerTest, RecordsThatNobodyDeletedAreMissed) {
  EXPECT_THAT(checks(1, 3, {{1, 11}, {2, 12}}), ElementsAre("nothing-deleted-unasked"));
}

TEST_F(LedgerTest, RecordsThatWereDeletedAreGone) {
  ledger_.trimming(partition_, 2);
  ledger_.trimmed(partition_, 2);
  EXPECT_THAT(checks(1, 3, {{1, 11}, {2, 12}}), ElementsAre("deleted-as-told"));
}

TEST_F(LedgerTest, RecordsMayGoWhenTheirTimeIsOver) {
  ledger_.add_topic({.name = "t", .durable = true, .retention_us = 10 * second, .configs = {}});
  env_.scheduler.run_next(Time(10 * second));
  EXPECT_THAT(checks(2, 3, {{2, 12}}), ElementsAre());
}

TEST_F(LedgerTest, RecordsThatGoBeforeTheirTimeAreMissed) {
  ledger_.add_topic({.name = "t", .durable = true, .retention_us = 10 * second, .configs = {}});
  env_.scheduler.run_next(Time(9 * second));
  EXPECT_THAT(checks(1, 3, {{1, 11}, {2, 12}}), ElementsAre("kept-as-long-as-told"));
}

TEST_F(LedgerTest, AnOffsetGivenTwiceIsNoticedAtOnce) {
  ledger_.acknowledged(partition_, {2, 77});
  EXPECT_EQ(env_.violations.at(0).check, "offset-given-twice");
}

// --- what members of a group are told ---

class GroupLedgerTest : public ::testing::Test {
 protected:
  std::vector<std::string> checks() const {
    std::vector<std::string> names;
    for (const Violation& violation : env_.violations) names.push_back(violation.check);
    return names;
  }
  void wait() { env_.scheduler.run_next(env_.now() + second); }
  // From now on for a second; its offset.
  std::int64_t commit(std::int32_t generation) {
    const Time begun = env_.now();
    const std::int64_t offset = group_.committing(partition_);
    wait();
    group_.committed(partition_, offset, generation, begun);
    wait();
    return offset;
  }
  void find(std::int64_t offset) {
    const Time begun = env_.now();
    wait();
    group_.found(partition_, offset, begun);
    wait();
  }

  Environment env_{1};
  Ledger ledger_{env_};
  GroupLedger group_{env_, ledger_, "group"};
  const model::TopicPartition partition_{"t", model::PartitionIndex(0)};
};

TEST_F(GroupLedgerTest, TheLastCommitIsFoundByEveryone) {
  find(GroupLedger::nothing);
  commit(1);
  find(commit(1));
  EXPECT_THAT(checks(), ElementsAre());
}

TEST_F(GroupLedgerTest, AnEarlierCommitIsALostOne) {
  const std::int64_t first = commit(1);
  commit(1);
  find(first);
  EXPECT_THAT(checks(), ElementsAre("committed-offsets-stay"));
}

TEST_F(GroupLedgerTest, ACommitThatGoesAgainIsALostOne) {
  commit(1);
  find(GroupLedger::nothing);
  EXPECT_THAT(checks(), ElementsAre("committed-offsets-stay"));
}

TEST_F(GroupLedgerTest, ACommitOfUnknownFateMayBeFoundAtAnyTimeAndThenStays) {
  const std::int64_t unknown = group_.committing(partition_);
  wait();
  const std::int64_t last = commit(1);
  find(last);
  find(unknown);
  EXPECT_THAT(checks(), ElementsAre());
  find(commit(1));
  find(unknown);
  EXPECT_THAT(checks(), ElementsAre("committed-offsets-stay"));
}

TEST_F(GroupLedgerTest, WhoHasAnInstanceIdIsKnownToItsCoordinator) {
  const broker::PeerAddress coordinator{"broker-1", 9092};
  const broker::PeerAddress another{"broker-2", 9092};
  group_.earlier_life_unknown("Heartbeat", "instance", coordinator);
  group_.heartbeat("instance", std::nullopt);  // nobody is known there any more
  group_.heartbeat("instance", coordinator);
  group_.earlier_life_unknown("Heartbeat", "instance", coordinator);
  group_.heartbeat("instance", another);
  EXPECT_THAT(checks(), ElementsAre());
  group_.earlier_life_unknown("Heartbeat", "instance", coordinator);
  group_.heartbeat("instance", coordinator);
  EXPECT_THAT(checks(), ElementsAre("earlier-lives-are-fenced"));
}

TEST_F(GroupLedgerTest, AMemberThatWasAwayForTooLongAndJoinsAgainIsKnownFromThenOn) {
  const broker::PeerAddress coordinator{"broker-1", 9092};
  group_.earlier_life_unknown("Heartbeat", "instance", coordinator);
  group_.joins("instance");
  group_.heartbeat("instance", coordinator);
  EXPECT_THAT(checks(), ElementsAre());
}

TEST_F(GroupLedgerTest, ARefusedCommitIsFoundByNobody) {
  const std::int64_t refused = group_.committing(partition_);
  group_.refused(partition_, refused);
  find(refused);
  EXPECT_THAT(checks(), ElementsAre("committed-offsets-stay"));
}

TEST_F(GroupLedgerTest, AfterAPowerCutAnEarlierCommitMayBeBack) {
  const std::int64_t first = commit(1);
  commit(1);
  ledger_.note_losses(1, 1);
  find(first);
  EXPECT_THAT(checks(), ElementsAre());
}

TEST_F(GroupLedgerTest, APartitionHasOneOwnerInAGeneration) {
  group_.assigned(1, "a", {partition_});
  group_.assigned(1, "a", {partition_});
  group_.assigned(2, "b", {partition_});
  EXPECT_THAT(checks(), ElementsAre());
  group_.assigned(2, "a", {partition_});
  EXPECT_THAT(checks(), ElementsAre("one-owner"));
}

TEST_F(GroupLedgerTest, NobodyCommitsInAGenerationOfThePast) {
  group_.assigned(1, "a", {partition_});
  const Time begun = env_.now();
  const std::int64_t under_way = group_.committing(partition_);
  wait();
  group_.assigned(2, "b", {partition_});
  wait();
  group_.committed(partition_, under_way, 1, begun);
  EXPECT_THAT(checks(), ElementsAre());
  commit(1);
  EXPECT_THAT(checks(), ElementsAre("no-commit-of-the-past"));
}

TEST_F(GroupLedgerTest, NobodyTakesWhatAnotherOneHoldsWithinItsSession) {
  const Time until = env_.now() + GroupLedger::session_timeout_us;
  group_.holds("a", {partition_}, until);
  group_.holds("a", {partition_}, until);
  wait();
  group_.holds("b", {}, until);
  EXPECT_THAT(checks(), ElementsAre());
  group_.holds("b", {partition_}, until);
  EXPECT_THAT(checks(), ElementsAre("one-owner"));
}

TEST_F(GroupLedgerTest, WhatWasLetGoOrWhoseHolderWasSilentMayBeTaken) {
  group_.holds("a", {partition_}, env_.now() + 5 * second);
  group_.holds("a", {}, env_.now() + 5 * second);
  group_.holds("b", {partition_}, env_.now() + second);
  wait();
  group_.holds("c", {partition_}, env_.now() + second);
  EXPECT_THAT(checks(), ElementsAre());
}

}  // namespace
}  // namespace gregor::simulation
