// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What no honest peer does, or only another broker's version: events that the world of the
// scenarios does not make.

#include "replication/replica.h"

#include <gtest/gtest.h>

#include "replication/toy_log.h"

namespace gregor::replication {
namespace {

using model::ErrorCode;
using test::ToyLog;

constexpr BrokerId self{1}, other{2};

LeaderAndIsr led_by(BrokerId leader, int epoch) {
  return {.leader = leader,
          .leader_epoch = LeaderEpoch(epoch),
          .partition_epoch = PartitionEpoch(epoch),
          .isr = {self, other},
          .replicas = {self, other}};
}

struct ReplicaAlone : ::testing::Test {
  const Effects& step(const Event& event) {
    replica.step(now, log, event, effects);
    if (effects.begin_epoch) log.assign(*effects.begin_epoch);
    return effects;
  }

  Replica replica{{.self = self, .lag_ms_max = 100}, Offset(0)};
  ToyLog log;
  Effects effects;
  Instant now{0};
};

TEST_F(ReplicaAlone, FetchWithoutAnEpochDoesNotCount) {
  step(led_by(self, 3));
  const auto& out = step(FollowerFetch{
      .replica = other, .current_epoch = model::no_leader_epoch, .offset = Offset(0)});
  EXPECT_EQ(out.verdict->error, ErrorCode::unknown_leader_epoch);
  EXPECT_EQ(replica.state().followers.at(other).end, model::no_offset);
}

TEST_F(ReplicaAlone, FetchOfAStrangerDoesNotCount) {
  step(led_by(self, 3));
  const auto& out = step(
      FollowerFetch{.replica = BrokerId(7), .current_epoch = LeaderEpoch(3), .offset = Offset(0)});
  EXPECT_EQ(out.verdict->error, ErrorCode::unknown_leader_epoch);
}

TEST_F(ReplicaAlone, FetchBeyondTheEndIsOutOfRange) {
  step(led_by(self, 3));
  const auto& out =
      step(FollowerFetch{.replica = other, .current_epoch = LeaderEpoch(3), .offset = Offset(1)});
  EXPECT_EQ(out.verdict->error, ErrorCode::offset_out_of_range);
}

TEST_F(ReplicaAlone, AnAnswerToAnEarlierProposalIsNotTheAnswer) {
  step(led_by(self, 3));
  now += 200;
  ASSERT_TRUE(step(TimeReached()).propose);
  step(led_by(self, 5));
  now += 200;
  ASSERT_TRUE(step(TimeReached()).propose);
  step(AlterPartitionAnswer{.leader_epoch = LeaderEpoch(3),
                            .partition_epoch = PartitionEpoch(3),
                            .error = ErrorCode::ineligible_replica,
                            .isr = {}});
  EXPECT_TRUE(replica.state().proposed_isr);
}

// The controller counts on it that these have everything, whatever min.insync.replicas is here.
TEST_F(ReplicaAlone, ALeaderCommitsNothingWhileOthersAreEligible) {
  LeaderAndIsr news = led_by(self, 3);
  news.isr = {self};
  news.eligible = {other};
  step(news);
  log.append({.id = 1, .epoch = LeaderEpoch(3)});
  EXPECT_FALSE(step(LeaderAppended()).high_watermark);
  step(FollowerFetch{.replica = other,
                     .broker_epoch = BrokerEpoch(1),
                     .current_epoch = LeaderEpoch(3),
                     .offset = Offset(1),
                     .last_epoch = LeaderEpoch(3)});
  EXPECT_EQ(replica.state().high_watermark, Offset(0));
  const AlterPartitionAnswer joined{.leader_epoch = LeaderEpoch(3),
                                    .partition_epoch = PartitionEpoch(3),
                                    .new_leader_epoch = LeaderEpoch(3),
                                    .new_partition_epoch = PartitionEpoch(4),
                                    .isr = {self, other}};
  EXPECT_EQ(step(joined).high_watermark, Offset(1));
}

TEST_F(ReplicaAlone, ALeaderThatIsNotInSyncIsNotBelieved) {
  LeaderAndIsr news = led_by(self, 3);
  news.isr = {other};
  EXPECT_EQ(step(news).error, ErrorCode::invalid_request);
  EXPECT_FALSE(replica.leads());
}

// Whoever is eligible has not been given up: it counts as having what it had.
TEST_F(ReplicaAlone, AnIncompleteLogMayLeadOnceTheClusterHasGoneOnWithoutIt) {
  for (const bool eligible : {true, false}) {
    replica = Replica({.self = self}, Offset(0), true);
    LeaderAndIsr without = led_by(other, 3);
    without.isr = {other};
    if (eligible) without.eligible = {self};
    EXPECT_EQ(step(without).now_complete, !eligible);
    EXPECT_EQ(step(led_by(self, 4)).error,
              eligible ? ErrorCode::kafka_storage_error : ErrorCode::none);
    EXPECT_EQ(replica.leads(), !eligible);
  }
}

TEST_F(ReplicaAlone, ALogFromTheFutureDoesNotLead) {
  log.assign(LeaderEpoch(9));
  EXPECT_EQ(step(led_by(self, 3)).error, ErrorCode::kafka_storage_error);
  EXPECT_FALSE(replica.leads());
}

TEST_F(ReplicaAlone, StopReplicaEndsTheRoleUnlessItIsLate) {
  step(led_by(self, 3));
  EXPECT_EQ(step(StopReplica{LeaderEpoch(2)}).error, ErrorCode::fenced_leader_epoch);
  EXPECT_TRUE(replica.leads());
  EXPECT_EQ(step(StopReplica{LeaderEpoch(-2)}).fail_waiting, ErrorCode::not_leader_or_follower);
  EXPECT_FALSE(replica.leads());
}

TEST_F(ReplicaAlone, ADivergenceThatCutsNothingIsAskedForAgainAfterAWhile) {
  log.append({.id = 1, .epoch = LeaderEpoch(2)});
  step(led_by(other, 3));
  const auto& out = step(FetchResponse{.current_epoch = LeaderEpoch(3),
                                       .offset = Offset(1),
                                       .last_epoch = LeaderEpoch(2),
                                       .diverging = EpochEnd{LeaderEpoch(2), Offset(5)}});
  EXPECT_FALSE(out.truncate_to);
  ASSERT_TRUE(out.fetch);
  EXPECT_TRUE(out.fetch->after_backoff);
}

// The log waits for the checkpoint files before it begins anew; what happens meanwhile finds a high
// watermark within the log.
TEST_F(ReplicaAlone, TheHighWatermarkWaitsForTheLogThatBeginsAnew) {
  step(led_by(other, 3));
  step(FetchResponse{.current_epoch = LeaderEpoch(3),
                     .offset = Offset(0),
                     .last_epoch = model::no_leader_epoch,
                     .error = ErrorCode::offset_out_of_range,
                     .diverging = std::nullopt});
  const auto& out = step(LeaderLogStart{.current_epoch = LeaderEpoch(3), .start = Offset(151)});
  ASSERT_EQ(out.restart_at, Offset(151));
  step(TimeReached());
  EXPECT_EQ(replica.state().high_watermark, Offset(0));
  log.restart_at(Offset(151));
  EXPECT_EQ(step(Truncated()).fetch->offset, Offset(151));
  EXPECT_EQ(replica.state().high_watermark, Offset(151));
}

TEST_F(ReplicaAlone, TheOnlyReplicaCommitsAtOnce) {
  LeaderAndIsr alone = led_by(self, 0);
  alone.isr = alone.replicas = {self};
  step(MinInsyncReplicasChanged{3});  // more than there are
  step(alone);
  log.append({.id = 1, .epoch = LeaderEpoch(0)});
  EXPECT_EQ(replica.check_append(-1), ErrorCode::none);
  EXPECT_EQ(step(LeaderAppended()).high_watermark, Offset(1));
}

}  // namespace
}  // namespace gregor::replication
