// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of a world that could make it blind: time, the network, and the ledger's judgement.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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

// --- the ledger ---

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    ledger_.add_topic({.name = "t", .durable = true, .configs = {}});
    for (std::int64_t value = 10; value < 13; ++value) {
      ledger_.sending(partition_, value);
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

TEST_F(LedgerTest, ALostRecordOfATopicThatIsNotDurableIsAllowedAfterAPowerCut) {
  ledger_.add_topic({.name = "t", .durable = false, .configs = {}});
  ledger_.note_power_cuts(1);
  EXPECT_THAT(checks(0, 2, {{0, 10}, {1, 11}}), ElementsAre());
}

TEST_F(LedgerTest, ARecordThatIsThereTwiceIsNoticed) {
  EXPECT_THAT(checks(0, 4, {{0, 10}, {1, 11}, {2, 12}, {3, 12}}), ElementsAre("exactly-once"));
}

TEST_F(LedgerTest, ARecordThatNobodySentIsNoticed) {
  EXPECT_THAT(checks(0, 4, {{0, 10}, {1, 11}, {2, 12}, {3, 99}}), ElementsAre("phantom"));
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

TEST_F(LedgerTest, AnOffsetGivenTwiceIsNoticedAtOnce) {
  ledger_.acknowledged(partition_, {2, 77});
  EXPECT_EQ(env_.violations.at(0).check, "offset-given-twice");
}

}  // namespace
}  // namespace gregor::simulation
