// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Brokers that come back with an empty disk, as a cluster stands it: nobody leads with less than it
// is counted on to have, and nothing else is kept from leading.

#include <gtest/gtest.h>

#include "broker/testing/member_storage.h"
#include "broker/testing/requests.h"
#include "broker/testing/test_cluster.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/elect_leaders.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using model::LeaderEpoch;
using namespace protocol;
using Ids = std::vector<std::int32_t>;

class IncompleteLogs : public testing::Test {
 protected:
  void create(const Ids& replicas,
              const std::vector<std::pair<std::string, std::string>>& configs = {}) {
    CreateTopicsRequest request = create_topic_request("t", -1, configs);
    request.topics[0].replication_factor = -1;
    request.topics[0].assignments.push_back({0, replicas, {}});
    ASSERT_EQ(cluster_.call<CreateTopicsResponse>(1, request, 7).topics.at(0).error_code,
              ErrorCode::none);
  }
  // To two partitions, the second on these replicas.
  void grow(const Ids& replicas) {
    CreatePartitionsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.count = 2;
    topic.assignments.emplace().push_back({replicas, {}});
    // Whether or not the new ones are there.
    (void)cluster_.call<CreatePartitionsResponse>(1, request, 3);
  }
  MetadataResponse::MetadataResponsePartition partition(int index = 0) {
    const auto topic =
        cluster_.call<MetadataResponse>(cluster_.is_up(1) ? 1 : 2, metadata_request({"t"}), 12)
            .topics.at(0);
    return topic.partitions.at(static_cast<std::size_t>(index));
  }
  ErrorCode append(int at, const std::string& value, int index = 0) {
    const base::Bytes batch = batch_of({value});
    return cluster_.call<ProduceResponse>(at, produce_request("t", index, batch), 12)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  }
  std::vector<std::string> values_at(int id) {
    return values_in(fetch(cluster_.node(id), "t", 0, 0));
  }
  // Dies, and comes back without its disk.
  void wipe(int id) {
    cluster_.kill(id);
    cluster_.replace_disk(id);
    cluster_.start(id);
  }

  TestCluster cluster_{{.settings = {{"replica.lag.time.max.ms", "3000"}}}};  // 1 is elected
};

TEST_F(IncompleteLogs, TheLastInSyncDoesNotLeadWithAnEmptyDisk) {
  create({2, 3});
  EXPECT_EQ(append(2, "a"), ErrorCode::none);
  cluster_.kill(3);
  wipe(2);
  EXPECT_EQ(append(2, "b"), ErrorCode::not_leader_or_follower);
  cluster_.start(3);
  cluster_.advance(5'000);
  EXPECT_EQ(partition().isr_nodes, Ids{2});
  EXPECT_EQ(append(2, "b"), ErrorCode::not_leader_or_follower) << "it still has nothing";

  // As an operator would: without the one that has nothing.
  cluster_.stop(2);
  ElectLeadersRequest election;
  election.election_type = 1;
  election.topic_partitions.emplace().push_back({"t", {0}, {}});
  EXPECT_EQ(cluster_.call<ElectLeadersResponse>(1, election, 2).error_code, ErrorCode::none);
  EXPECT_EQ(partition().leader_id, 3);
  EXPECT_EQ(append(3, "b"), ErrorCode::none);
  cluster_.start(2);
  cluster_.advance(5'000);
  EXPECT_EQ(partition().isr_nodes, (Ids{2, 3}));
  cluster_.kill(3);
  EXPECT_EQ(partition().leader_id, 2);
  EXPECT_EQ(values_at(2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(append(2, "c"), ErrorCode::none);
}

TEST_F(IncompleteLogs, WhoCatchesUpLeadsLikeAnyOther) {
  create({2, 3});
  EXPECT_EQ(append(2, "a"), ErrorCode::none);
  wipe(3);
  cluster_.advance(5'000);
  EXPECT_EQ(partition().isr_nodes, (Ids{2, 3}));
  cluster_.kill(2);
  EXPECT_EQ(partition().leader_id, 3);
  EXPECT_EQ(values_at(3), std::vector<std::string>{"a"});
  EXPECT_EQ(append(3, "b"), ErrorCode::none);
}

TEST_F(IncompleteLogs, WhoAloneHasAReplicaLeads) {
  create({2});
  EXPECT_EQ(append(2, "a"), ErrorCode::none);
  wipe(2);
  EXPECT_EQ(append(2, "b"), ErrorCode::none);
}

TEST_F(IncompleteLogs, WhereUncleanElectionsAreAllowedTheLastOneLeadsWithWhatItHas) {
  create({2, 3}, {{"unclean.leader.election.enable", "true"}});
  EXPECT_EQ(append(2, "a"), ErrorCode::none);
  cluster_.kill(3);
  wipe(2);
  EXPECT_EQ(append(2, "b"), ErrorCode::none);
}

// The topic is older than the registrations of its brokers, the partition is not; and the one who
// made it has no time to tell.
TEST_F(IncompleteLogs, APartitionThatNobodyWasToldOfIsLedAllTheSame) {
  create({2, 3});
  for (const int id : {2, 3}) {
    cluster_.kill(id);
    cluster_.start(id);
  }
  cluster_.cut(1, 2);
  cluster_.cut(1, 3);
  grow({2, 3});
  cluster_.kill(1);
  cluster_.advance(1'000);
  ASSERT_EQ(partition(1).leader_id, 2);
  EXPECT_EQ(append(2, "a", 1), ErrorCode::none);
}

TEST_F(IncompleteLogs, WhoWasNeverToldOfAPartitionLeadsItInItsNextLife) {
  create({2, 3});
  for (const int id : {2, 3}) cluster_.cut(1, id);
  grow({2, 3});
  for (const int id : {2, 3}) cluster_.kill(id);
  cluster_.heal();
  for (const int id : {2, 3}) cluster_.start(id);
  cluster_.advance(1'000);
  const int leader = partition(1).leader_id;
  ASSERT_NE(leader, -1);
  EXPECT_EQ(append(leader, "a", 1), ErrorCode::none);
}

// It had no time to look for its replicas in the first life on the new disk.
TEST_F(IncompleteLogs, ADiskIsANewOneInTheNextLifeToo) {
  create({2, 3});
  EXPECT_EQ(append(2, "a"), ErrorCode::none);
  cluster_.kill(3);
  cluster_.cut(1, 2);
  wipe(2);
  cluster_.kill(2);
  cluster_.heal();
  cluster_.start(2);
  EXPECT_EQ(append(2, "b"), ErrorCode::not_leader_or_follower);
}

// --- the logs alone ---

using IncompleteLogsAlone = MemberStorage;

const std::vector<model::BrokerId> both = {other, self};

TEST_F(IncompleteLogsAlone, AReplicaThatIsGoneDoesNotLeadUntilItHasCaughtUp) {
  start();
  tell({{.leader = other, .epoch = 1, .replicas = both, .inherited = true}});
  EXPECT_TRUE(has_mark());
  tell({{.epoch = 2, .replicas = both, .inherited = true}});
  EXPECT_FALSE(partition()->leads());
  EXPECT_EQ(offline().size(), 1U) << "the controller is to know";

  crash(log::Unsynced::all_lost);
  start();
  tell({{.epoch = 3, .replicas = both, .inherited = true}});
  EXPECT_FALSE(partition()->leads()) << "nor in a later life";

  tell({{.leader = other, .epoch = 4, .replicas = both, .inherited = true}});
  EXPECT_EQ(offline().size(), 0U);
  catch_up(4);
  EXPECT_FALSE(has_mark());
  tell({{.epoch = 5, .replicas = both, .inherited = true}});
  EXPECT_TRUE(partition()->leads());

  crash();
  start();
  tell({{.epoch = 6, .replicas = both, .inherited = true}});
  EXPECT_TRUE(partition()->leads()) << "an empty log is there";
}

// Wherever the power is cut, and whatever that takes.
TEST_F(IncompleteLogsAlone, WhateverAPowerCutTakesTheMarkStays) {
  for (std::uint64_t chance = 1; chance <= 400; ++chance) {
    disk_ = std::make_unique<log::SimulatedDisk>();
    start();
    disk_->power_off_after(chance % 20);
    tell({{.leader = other, .epoch = 1, .replicas = both, .inherited = true}});
    crash(log::Unsynced::by_chance, chance);
    start();
    tell({{.epoch = 2, .replicas = both, .inherited = true}});
    EXPECT_FALSE(partition()->leads()) << chance;
    crash();
  }
}

TEST_F(IncompleteLogsAlone, AnEmptyFolderIsNoMoreThanNone) {
  start();
  ASSERT_TRUE(disk_->create_folder("/data/t-0"));
  crash();
  start();
  tell({{.replicas = both, .inherited = true}});
  EXPECT_FALSE(partition()->leads());
}

TEST_F(IncompleteLogsAlone, TheMarkComesBeforeTheLog) {
  start();
  disk_->fail_next(log::DiskOperation::sync_folder);
  tell({{.replicas = both, .inherited = true}});
  EXPECT_FALSE(partition()->has_log());
  shard_->storage.open_again(*shard_);
  settle();
  EXPECT_TRUE(partition()->has_log());
  EXPECT_FALSE(partition()->leads());
  EXPECT_TRUE(has_mark());
}

TEST_F(IncompleteLogsAlone, ANewReplicaLeads) {
  start();
  tell({{.replicas = both}});
  EXPECT_TRUE(partition()->leads());
}

TEST_F(IncompleteLogsAlone, WhereThereIsNobodyElseAReplicaThatIsGoneLeads) {
  start();
  tell({{.replicas = {self}, .inherited = true}});
  EXPECT_TRUE(partition()->leads());
}

TEST_F(IncompleteLogsAlone, OnWhomNobodyCountsNeedsNoMark) {
  start();
  tell({{.leader = other, .replicas = both, .inherited = true, .in_sync = false}});
  EXPECT_FALSE(has_mark());
  tell({{.epoch = 1, .replicas = both, .inherited = true}});
  EXPECT_TRUE(partition()->leads());
}

TEST_F(IncompleteLogsAlone, TheMarkGoesWhenTheClusterHasGoneOnWithoutIt) {
  start();
  tell({{.replicas = both, .inherited = true}});
  EXPECT_TRUE(has_mark());
  tell({{.leader = other, .epoch = 1, .replicas = both, .inherited = true, .in_sync = false}});
  EXPECT_FALSE(has_mark());
}

TEST_F(IncompleteLogsAlone, ALogThatIsThereIsComplete) {
  start_with_a_log();
  tell({{.epoch = 1, .replicas = both, .inherited = true}});
  EXPECT_TRUE(partition()->leads());
}

// Otherwise, when it is counted on, a power cut would look like another disk.
TEST_F(IncompleteLogsAlone, WhateverAPowerCutTakesAnInheritedLogIsThere) {
  for (std::uint64_t chance = 1; chance <= 40; ++chance) {
    disk_ = std::make_unique<log::SimulatedDisk>();
    start();
    tell({{.leader = other, .replicas = both, .inherited = true, .in_sync = false}});
    crash(log::Unsynced::by_chance, chance);
    start();
    tell({{.epoch = 1, .replicas = both, .inherited = true}});
    EXPECT_TRUE(partition()->leads()) << chance;
    crash();
  }
}

}  // namespace
}  // namespace gregor::broker
