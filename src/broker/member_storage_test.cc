// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logs of a broker that is told by and by which replicas it has.

#include "broker/testing/member_storage.h"

#include <gtest/gtest.h>

#include "broker/partition_tasks.h"
#include "protocol/messages/fetch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using model::LeaderEpoch;

// The first topic's replica, and its log.
controller::StoppedReplica removal(int epoch, bool topic_deleted) {
  return {.topic = "t",
          .topic_id = id_of(1),
          .incarnation = {},
          .partition = first,
          .leader_epoch = LeaderEpoch(epoch),
          .remove = true,
          .topic_deleted = topic_deleted};
}

// --- logs that nobody has named ---

TEST_F(MemberStorage, LogsThatNobodyNamesStayAsTheyAreThroughAnyNumberOfStarts) {
  start_with_a_log();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(partition(), nullptr);
    EXPECT_TRUE(has_folder());
    checkpoint();
    EXPECT_EQ(recovery_point_in_file(), model::Offset(3));
    crash(log::Unsynced::all_lost);
    start();
  }
  tell({Told{}});
  ASSERT_NE(partition(), nullptr);
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(3));
  EXPECT_EQ(partition()->log().recovery_point(), model::Offset(3));
}

TEST_F(MemberStorage, AFollowerKeepsItsHighWatermarkThroughAStartThatDidNotNameIt) {
  start_with_a_log();
  checkpoint();
  crash();
  start();
  tell({{.leader = other, .epoch = 1, .replicas = {other, self}}});
  EXPECT_EQ(partition()->log().high_watermark(), model::Offset(3));
}

TEST_F(MemberStorage, AnUnnamedLogThatWasNotRecoveredMakesNoCleanStop) {
  start_with_a_log();
  EXPECT_FALSE(stop());
  start();
  tell({Told{}});
  EXPECT_TRUE(stop());
  start();
  EXPECT_TRUE(stop()) << "nothing has touched it since";
}

// --- logs of another topic ---

TEST_F(MemberStorage, ALogOfAnotherTopicIsSetAsideAndTheFilesForgetItFirst) {
  start_with_a_log();
  tell({{.id = id_of(2)}});
  EXPECT_EQ(folders_like("t-0.", "-stray"), 1);
  EXPECT_FALSE(has_folder()) << "the files still tell of the old log";
  EXPECT_EQ(partition()->check_leader(LeaderEpoch(-1)), ErrorCode::kafka_storage_error);
  EXPECT_TRUE(checkpoint_wanted_);
  checkpoint();
  ASSERT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
  EXPECT_TRUE(partition()->leads());
}

TEST_F(MemberStorage, ACrashWhileALogIsSetAsideDoesNoHarm) {
  start_with_a_log();
  tell({{.id = id_of(2)}});
  crash();
  start();
  tell({{.id = id_of(2)}});
  EXPECT_FALSE(partition()->has_log());
  checkpoint();
  EXPECT_EQ(partition()->offline_reason(), "");
}

TEST_F(MemberStorage, ATopicThatIsReplacedWithoutAWordGivesUpItsName) {
  start_with_a_log();
  tell({Told{}});
  tell({{.id = id_of(2)}});
  EXPECT_EQ(folders_like("t-0.", "-stray"), 1);
  checkpoint();
  EXPECT_EQ(partition()->topic_id(), id_of(2));
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

// --- replicas that stop ---

TEST_F(MemberStorage, ATopicThatIsGoneKeepsItsFilesUntilTheReplicaIsStopped) {
  start_with_a_log();
  tell({Told{}});
  tell({});
  EXPECT_FALSE(partition()->leads());
  EXPECT_TRUE(has_folder());
  checkpoint();
  EXPECT_EQ(recovery_point_in_file(), model::Offset(3));
  EXPECT_EQ(stop_replica(-2, true), ErrorCode::none);
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  checkpoint();
  EXPECT_EQ(recovery_point_in_file(), model::no_offset);
}

TEST_F(MemberStorage, ALogThatNobodyHasNamedIsRemovedToo) {
  start_with_a_log();
  EXPECT_EQ(stop_replica(5, false), ErrorCode::none);
  EXPECT_TRUE(has_folder());
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none);
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none) << "repeated";
}

TEST_F(MemberStorage, AReplicaThatWasReassignedStopsAndKeepsItsFiles) {
  start_with_a_log();
  tell({{.epoch = 1}});
  tell({{.leader = other, .epoch = 2, .replicas = {other}}});
  EXPECT_EQ(partition()->check_leader(LeaderEpoch(-1)), ErrorCode::not_leader_or_follower);
  EXPECT_TRUE(has_folder());
  tell({{.leader = other, .epoch = 3, .replicas = {other, self}}});
  EXPECT_EQ(partition()->leader_epoch(), LeaderEpoch(3)) << "and comes back";
  EXPECT_EQ(effects_.peer_requests.size(), 1U);
}

TEST_F(MemberStorage, AStoppedFollowerAsksNobodyUntilANewerEpochNamesIt) {
  start_with_a_log();
  const std::vector<model::BrokerId> both = {other, self};
  tell({{.leader = other, .epoch = 4, .replicas = both}});
  ASSERT_EQ(effects_.peer_requests.size(), 1U);
  EXPECT_EQ(stop_replica(5, false), ErrorCode::none);
  tell({{.leader = other, .epoch = 5, .replicas = both}});
  EXPECT_EQ(partition()->replica().state().role, replication::Role::idle);
  EXPECT_TRUE(partition()->has_log());
  tell({{.leader = other, .epoch = 6, .replicas = both}});
  EXPECT_EQ(partition()->replica().state().role, replication::Role::follower);
}

TEST_F(MemberStorage, ARemovedReplicaDoesNotComeBackWithTheImageThatStillNamesIt) {
  start_with_a_log();
  tell({{.epoch = 4}});
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none);
  tell({{.epoch = 5}});
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
  tell({{.epoch = 6}});
  EXPECT_FALSE(partition()->has_log()) << "the files still tell of the old log";
  checkpoint();
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

// The log of a topic that was deleted and made anew while this broker was away.
TEST_F(MemberStorage, ADeletedTopicMakesRoomForTheNextOfItsName) {
  start_with_a_log();
  tell({{.id = id_of(2)}}, {removal(4, true)});
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  checkpoint();
  ASSERT_NE(partition(), nullptr);
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_TRUE(partition()->leads());
}

TEST_F(MemberStorage, AStopOfAnEarlierLeaderEpochIsFenced) {
  start_with_a_log();
  tell({{.epoch = 4}});
  EXPECT_EQ(stop_replica(3, true), ErrorCode::fenced_leader_epoch);
  EXPECT_TRUE(partition()->leads());
  EXPECT_TRUE(has_folder());
  EXPECT_EQ(stop_replica(4, false), ErrorCode::none);
  EXPECT_FALSE(partition()->leads());
}

TEST_F(MemberStorage, TheOrderToStopComesWithAnImageAndTheNextOneFindsTheNameFree) {
  start_with_a_log();
  tell({Told{}});
  tell({}, {removal(0, true)});
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(recovery_point_in_file(), model::no_offset);
  tell({{.id = id_of(2)}});
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_FALSE(checkpoint_wanted_);
}

TEST_F(MemberStorage, AReplicaThatIsGivenBackInOneBreathIsMadeAnewWhenTheFilesHaveForgottenIt) {
  start_with_a_log();
  tell({{.epoch = 4}});
  tell({{.epoch = 6}}, {removal(5, false)});
  EXPECT_FALSE(partition()->has_log());
  EXPECT_TRUE(checkpoint_wanted_);
  checkpoint();
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

TEST_F(MemberStorage, WhoWaitsForAReplicaThatMovesMayFindItsRecordsAtTheNewLeader) {
  const Address asker{ShardId(7), RequestId(1)};
  const auto answer_after = [&](const std::vector<Told>& image, bool deleted) {
    start();
    tell({{.epoch = 4, .replicas = {self, other}}});
    shard_->now.wall = model::Timestamp(1'700'000'000'000);
    const base::Bytes records = batch_of({"a"});
    const ProduceTask task{.version = model::ApiVersion(9), .acks = -1, .records = records};
    const auto at_once = run_task(*shard_, *partition(), task, asker);
    EXPECT_FALSE(at_once) << name_of(std::get<ProduceResult>(*at_once).error);
    tell(image, {removal(5, deleted)});
    const auto& results = shard_->results_for_others.at({asker.shard, asker.request});
    return std::get<ProduceResult>(results.at(0).second).error;
  };
  EXPECT_EQ(answer_after({{.leader = other, .epoch = 5, .replicas = {other}}}, false),
            ErrorCode::not_leader_or_follower);
  crash();
  EXPECT_EQ(answer_after({}, true), ErrorCode::unknown_topic_or_partition);
}

TEST_F(MemberStorage, ACutWaitsForCheckpointFilesThatHaveItsLog) {
  start();
  tell({{.epoch = 4, .replicas = {self, other}}});
  write({"a"});
  write({"b", "c"});
  tell({{.leader = other, .epoch = 5, .replicas = {self, other}}});
  const replication::FetchResponse parted{
      .current_epoch = LeaderEpoch(5),
      .offset = model::Offset(3),
      .last_epoch = LeaderEpoch(4),
      .diverging = replication::EpochEnd{LeaderEpoch(4), model::Offset(1)}};
  ASSERT_TRUE(partition()->take_response(parted, {}, shard_->now));
  shard_->touched.push_back(partition()->number());
  settle();
  EXPECT_TRUE(std::exchange(checkpoint_wanted_, false));
  shard_->storage.on_durable_checkpoint(*shard_, {});  // written before the replica came
  settle();
  EXPECT_TRUE(checkpoint_wanted_) << "it asks again";
  EXPECT_EQ(partition()->log().log_end(), model::Offset(3));
  checkpoint();
  EXPECT_EQ(partition()->log().log_end(), model::Offset(1));
}

// --- what the image says ---

TEST_F(MemberStorage, AFollowerAsksItsLeaderOnTheListenerOfBrokersInItsOwnLife) {
  start();
  tell({{.leader = other, .epoch = 4, .replicas = {other, self}}});
  ASSERT_EQ(effects_.peer_requests.size(), 1U);
  const PeerRequest& asked = effects_.peer_requests[0];
  EXPECT_EQ(asked.to, (PeerAddress{"other", 9092}));
  base::BytesView rest = base::BytesView(asked.frame).subspan(protocol::frame_size_bytes);
  const auto header = protocol::decode_request_header(rest);
  const auto request = protocol::decode<protocol::FetchRequest>(
      rest, model::ApiVersion(header->request_api_version));
  EXPECT_EQ(request->replica_state.replica_id, self.value());
  EXPECT_EQ(request->replica_state.replica_epoch, 11);
  EXPECT_EQ(request->topics.at(0).partitions.at(0).current_leader_epoch, 4);
}

TEST_F(MemberStorage, PartitionsOfOthersAreNotOpened) {
  start();
  tell({{.leader = other, .epoch = 4, .replicas = {other}}});
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
}

}  // namespace
}  // namespace gregor::broker
