// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/fetch_session.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gregor::broker {
namespace {

using model::ErrorCode;
using model::Instant;
using model::Offset;
using model::PartitionIndex;

FetchPart part(const std::string& topic, int partition, std::int64_t offset = 0) {
  return {.topic = std::make_shared<const TopicRef>(topic),
          .partition = PartitionIndex(partition),
          .offset = Offset(offset),
          .bytes_max = 1000};
}

FetchNews news(std::int64_t high_watermark, bool has_records = false) {
  return {
      .high_watermark = Offset(high_watermark), .log_start = Offset(0), .has_records = has_records};
}

class FetchSessionTest : public testing::Test {
 protected:
  FetchSessionId open(std::vector<FetchPart> parts, Instant now = Instant(0)) {
    const std::vector<FetchNews> all(parts.size(), news(0));
    const FetchPlan plan =
        *sessions_.begin({.epoch = FetchSessionClaim::epoch_initial}, std::move(parts), {}, now);
    return sessions_.finish(plan, all, now).id;
  }
  model::Result<FetchPlan> next(FetchSessionId id, std::int32_t epoch,
                                std::vector<FetchPart> named = {},
                                std::vector<FetchPart> forgotten = {}) {
    return sessions_.begin({id, epoch}, std::move(named), forgotten, Instant(0));
  }

  base::Prng prng_{1};
  FetchSessions sessions_{{.sessions = 2, .partitions = 5}, prng_};
};

TEST_F(FetchSessionTest, RequestWithoutSessionTellsEverythingAndLeavesNothing) {
  const FetchPlan plan = *sessions_.begin({}, {part("t", 0)}, {}, Instant(0));
  const FetchSessionAnswer answer = sessions_.finish(plan, std::vector{news(0)}, Instant(0));
  EXPECT_EQ(answer.id, no_fetch_session);
  EXPECT_EQ(answer.told, std::vector<bool>{true});
  EXPECT_EQ(sessions_.size(), 0U);
}

TEST_F(FetchSessionTest, SessionMayBeginWithNothing) {
  const FetchSessionId id = open({});
  ASSERT_NE(id, no_fetch_session);
  EXPECT_EQ(next(id, 1, {part("t", 0)})->parts.size(), 1U);
}

TEST_F(FetchSessionTest, IncrementalAnswerHoldsOnlyWhatChanged) {
  const FetchSessionId id = open({part("t", 0), part("t", 1), part("u", 0)});
  ASSERT_NE(id, no_fetch_session);
  const FetchPlan plan = *next(id, 1);
  ASSERT_EQ(plan.parts.size(), 3U);
  const FetchSessionAnswer answer =
      sessions_.finish(plan, std::vector{news(0), news(7), news(0)}, Instant(0));
  EXPECT_EQ(answer.id, id);
  EXPECT_EQ(answer.told, (std::vector<bool>{false, true, false}));
}

TEST_F(FetchSessionTest, PartitionsWithRecordsAreReadLastNextTime) {
  const FetchSessionId id = open({part("t", 0), part("t", 1)});
  const FetchPlan first = *next(id, 1);
  (void)sessions_.finish(first, std::vector{news(5, true), news(0)}, Instant(0));
  const FetchPlan second = *next(id, 2);
  EXPECT_EQ(second.parts[0].partition, PartitionIndex(1));
  EXPECT_EQ(second.parts[1].partition, PartitionIndex(0));
}

TEST_F(FetchSessionTest, ErrorIsToldUntilItIsOverAndThenThePartitionIsToldAnew) {
  const FetchSessionId id = open({part("t", 0)});
  FetchNews failed = news(-1);
  failed.failed = true;
  for (const std::int32_t epoch : {1, 2}) {
    const FetchPlan plan = *next(id, epoch);
    EXPECT_TRUE(sessions_.finish(plan, std::vector{failed}, Instant(0)).told[0]);
  }
  const FetchPlan recovered = *next(id, 3);
  EXPECT_TRUE(sessions_.finish(recovered, std::vector{news(0)}, Instant(0)).told[0]);
  const FetchPlan quiet = *next(id, 4);
  EXPECT_FALSE(sessions_.finish(quiet, std::vector{news(0)}, Instant(0)).told[0]);
}

TEST_F(FetchSessionTest, PartitionsAreUpdatedAddedAndForgotten) {
  const FetchSessionId id = open({part("t", 0), part("t", 1)});
  const FetchPlan plan = *next(id, 1, {part("t", 1, 42), part("u", 0)}, {part("t", 0)});
  ASSERT_EQ(plan.parts.size(), 2U);
  EXPECT_EQ(plan.parts[0].offset, Offset(42));
  EXPECT_EQ(std::get<std::string>(*plan.parts[1].topic), "u");
  EXPECT_EQ(sessions_.partitions(), 2U);
}

TEST_F(FetchSessionTest, WrongEpochUnknownIdAndChangedNamingAreRefused) {
  const FetchSessionId id = open({part("t", 0)});
  EXPECT_EQ(next(id, 2).error().code, ErrorCode::invalid_fetch_session_epoch);
  EXPECT_EQ(next(FetchSessionId(id.value() ^ 1), 1).error().code,
            ErrorCode::fetch_session_id_not_found);
  const FetchSessionClaim by_id{.id = id, .epoch = 1, .by_topic_id = true};
  EXPECT_EQ(sessions_.begin(by_id, {}, {}, Instant(0)).error().code,
            ErrorCode::fetch_session_topic_id_error);
}

TEST_F(FetchSessionTest, FinalEpochClosesTheSessionAndAnEmptyOneGoesByItself) {
  const FetchSessionId first = open({part("t", 0)});
  (void)sessions_.begin({first, FetchSessionClaim::epoch_final}, {}, {}, Instant(0));
  EXPECT_EQ(sessions_.size(), 0U);
  const FetchSessionId second = open({part("t", 0)});
  EXPECT_EQ(next(second, 1, {}, {part("t", 0)})->kind, FetchSessionKind::none);
  EXPECT_EQ(sessions_.size(), 0U);
  EXPECT_EQ(sessions_.partitions(), 0U);
}

TEST_F(FetchSessionTest, SessionIsDeclinedWhenFullUnlessAnotherIsIdleOrWorthLess) {
  const FetchSessionId small = open({part("t", 0)});
  open({part("t", 0), part("t", 1)});
  EXPECT_EQ(open({part("u", 0)}, Instant(1000)), no_fetch_session);
  // Both have had their two minutes; the smallest makes room for a larger one only.
  EXPECT_EQ(open({part("u", 0)}, Instant(120'000)), no_fetch_session);
  EXPECT_NE(open({part("u", 0), part("u", 1)}, Instant(120'000)), no_fetch_session);
  EXPECT_EQ(next(small, 1).error().code, ErrorCode::fetch_session_id_not_found);
  // Idle beyond two minutes: even a small one may take its place.
  EXPECT_NE(open({part("v", 0)}, Instant(120'001)), no_fetch_session);
}

TEST_F(FetchSessionTest, SessionThatOutgrowsThePartitionLimitIsDropped) {
  const FetchSessionId id = open({part("t", 0), part("t", 1), part("t", 2)});
  const auto grown = next(id, 1, {part("u", 0), part("u", 1), part("u", 2)});
  EXPECT_EQ(grown.error().code, ErrorCode::fetch_session_id_not_found);
  EXPECT_EQ(sessions_.partitions(), 0U);
}

TEST_F(FetchSessionTest, AnswerToARequestWhoseSessionIsGoneIsAnError) {
  const FetchSessionId id = open({part("t", 0)});
  const FetchPlan waiting = *next(id, 1);
  (void)sessions_.begin({id, FetchSessionClaim::epoch_final}, {}, {}, Instant(0));
  const auto answer = sessions_.finish(waiting, std::vector{news(1)}, Instant(0));
  EXPECT_EQ(answer.error, ErrorCode::fetch_session_id_not_found);
}

// Whatever clients ask for, the cache stays within its limits and counts right.
RC_GTEST_PROP(FetchSessions, StayWithinTheirLimits, (std::uint64_t seed)) {
  base::Prng prng(seed);
  FetchSessions sessions({.sessions = 3, .partitions = 10}, prng);
  Instant now(0);
  std::vector<FetchSessionId> ids{no_fetch_session};
  for (int round = 0; round < 100; ++round) {
    now += static_cast<std::int64_t>(prng.below(50'000));
    std::vector<FetchPart> named, forgotten;
    for (std::uint64_t n = prng.below(6); n > 0; --n)
      (prng.chance(3, 4) ? named : forgotten).push_back(part("t", static_cast<int>(prng.below(9))));
    const FetchSessionClaim claim{.id = ids[prng.below(ids.size())],
                                  .epoch = static_cast<std::int32_t>(prng.between(-1, 3))};
    const auto plan = sessions.begin(claim, std::move(named), forgotten, now);
    if (plan) {
      const std::vector<FetchNews> all(plan->parts.size(), news(round, prng.chance(1, 2)));
      const auto answer = sessions.finish(*plan, all, now);
      if (answer.id != no_fetch_session) ids.push_back(answer.id);
    }
    RC_ASSERT(sessions.within_limits());
  }
}

}  // namespace
}  // namespace gregor::broker
