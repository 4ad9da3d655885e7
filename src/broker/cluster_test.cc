// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole nodes that elect a controller and do what it says.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "broker/testing/requests.h"
#include "broker/testing/test_cluster.h"
#include "protocol/messages/consumer_group_heartbeat.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/incremental_alter_configs.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/update_metadata.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

MetadataResponse metadata(TestNode& node, const std::vector<std::string>& topics) {
  return node.call<MetadataResponse>(metadata_request(topics), 12);
}

MetadataResponse::MetadataResponsePartition partition_seen_by(TestNode& node,
                                                              const std::string& topic) {
  return metadata(node, {topic}).topics.at(0).partitions.at(0);
}

class ClusterTest : public testing::Test {
 protected:
  // Of one partition, on the brokers named; leadership goes to the first.
  ErrorCode create(int at, const std::string& name, const std::vector<std::int32_t>& replicas,
                   const std::vector<std::pair<std::string, std::string>>& configs = {}) {
    CreateTopicsRequest request = create_topic_request(name, -1, configs);
    request.topics[0].replication_factor = -1;
    request.topics[0].assignments.push_back({0, replicas, {}});
    return cluster_.call<CreateTopicsResponse>(at, request, 7).topics.at(0).error_code;
  }

  int controller() { return metadata(cluster_.any(), {}).controller_id; }
  int another_than(int id) { return id == 1 ? 2 : 1; }

  TestCluster cluster_{{.settings = {{"replica.lag.time.max.ms", "3000"}}}};
};

TEST_F(ClusterTest, AllTellTheSame) {
  for (int id = 1; id <= 3; ++id) {
    const MetadataResponse told = metadata(cluster_.node(id), {});
    EXPECT_EQ(told.brokers.size(), 3U) << "broker " << id;
    EXPECT_EQ(told.controller_id, controller());
    EXPECT_EQ(told.cluster_id, metadata(cluster_.node(1), {}).cluster_id);
  }
}

TEST_F(ClusterTest, WhoIsNotElectedPassesTopicsOn) {
  const int at = another_than(controller());
  ASSERT_EQ(create(at, "t", {2, 3, 1}), ErrorCode::none);
  for (int id = 1; id <= 3; ++id) {
    const auto partition = partition_seen_by(cluster_.node(id), "t");
    EXPECT_EQ(partition.leader_id, 2);
    EXPECT_EQ(partition.replica_nodes, (std::vector<std::int32_t>{2, 3, 1}));
  }
}

// It is asked for by name, and may be made.
ErrorCode wanted(TestCluster& cluster, int at, const std::string& topic) {
  TestNode& node = cluster.node(at);
  const ConnectionId connection = node.connect();
  node.send(connection, metadata_request({topic}, true), 12);
  cluster.settle();
  return node.receive<MetadataResponse>(connection, 12).topics.at(0).error_code;
}

TEST_F(ClusterTest, WhoWantsATopicAsksAgainWhileTheControllerCannotBeReached) {
  const int at = another_than(controller());
  cluster_.cut(at, controller());
  EXPECT_EQ(wanted(cluster_, at, "t"), ErrorCode::leader_not_available);
  cluster_.heal();
  // It is there, and not everything of it has been told here yet.
  EXPECT_EQ(wanted(cluster_, at, "t"), ErrorCode::leader_not_available);
  cluster_.settle();
  EXPECT_EQ(wanted(cluster_, at, "t"), ErrorCode::none);
}

TEST_F(ClusterTest, WhoWantsATopicAsksAgainWhenAnotherBrokerIsElectedMeanwhile) {
  const int first = controller();
  const int at = another_than(first);
  cluster_.node(at).hold_coordination();
  cluster_.kill(first);
  const ConnectionId connection = cluster_.node(at).connect();
  cluster_.node(at).send(connection, metadata_request({"t"}, true), 12);
  cluster_.settle();
  ASSERT_TRUE(cluster_.node(at).is_busy(connection)) << "it may be elected itself";
  cluster_.node(at).release_coordination();
  cluster_.settle();
  EXPECT_EQ(cluster_.node(at).receive<MetadataResponse>(connection, 12).topics.at(0).error_code,
            ErrorCode::leader_not_available);
  // It is there, and not everything of it has been told here yet.
  EXPECT_EQ(wanted(cluster_, at, "t"), ErrorCode::leader_not_available);
  cluster_.settle();
  EXPECT_EQ(wanted(cluster_, at, "t"), ErrorCode::none);
}

TEST_F(ClusterTest, WhoHasNotHeardOfAnythingSinceItStartedTakesNoTopicForDeleted) {
  const int at = another_than(controller());
  ASSERT_EQ(create(1, "t", {1, 2, 3}), ErrorCode::none);
  cluster_.kill(at);
  for (int id = 1; id <= 3; ++id)
    if (id != at) cluster_.cut(at, id);
  cluster_.start(at);
  EXPECT_EQ(metadata(cluster_.node(at), {"t"}).topics.at(0).error_code,
            ErrorCode::leader_not_available);
  cluster_.heal();
  cluster_.advance(1'000);
  EXPECT_EQ(metadata(cluster_.node(at), {"t"}).topics.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(metadata(cluster_.node(at), {"u"}).topics.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
}

TEST_F(ClusterTest, WhoDoesNotLeadSaysSo) {
  ASSERT_EQ(create(1, "t", {2}), ErrorCode::none);
  const base::Bytes batch = batch_of({"a"});
  EXPECT_EQ(produce(cluster_.node(2), "t", 0, batch).error_code, ErrorCode::none);
  EXPECT_EQ(produce(cluster_.node(3), "t", 0, batch).error_code, ErrorCode::not_leader_or_follower);
}

TEST_F(ClusterTest, TopicsAreKnownWithTheirConfigs) {
  ASSERT_EQ(create(1, "t", {1, 2, 3}, {{"min.insync.replicas", "2"}}), ErrorCode::none);
  for (int id = 1; id <= 3; ++id) {
    DescribeConfigsRequest request;
    request.resources.push_back({2, "t", std::vector<std::string>{"min.insync.replicas"}, {}});
    const auto told = cluster_.call<DescribeConfigsResponse>(id, request, 4);
    EXPECT_EQ(told.results.at(0).configs.at(0).value, "2") << "broker " << id;
  }
}

TEST_F(ClusterTest, TopicsAreShownWithTheirConfigsOnly) {
  const int leader = another_than(controller());
  cluster_.node(leader).hold_coordination();
  ASSERT_EQ(create(controller(), "t", {leader, controller()}, {{"min.insync.replicas", "2"}}),
            ErrorCode::none);
  EXPECT_EQ(metadata(cluster_.node(leader), {"t"}).topics.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
  cluster_.node(leader).release_coordination();
  cluster_.settle();
  EXPECT_EQ(partition_seen_by(cluster_.node(leader), "t").leader_id, leader);
}

TEST_F(ClusterTest, ChangedConfigsReachAll) {
  ASSERT_EQ(create(1, "t", {1, 2, 3}), ErrorCode::none);
  IncrementalAlterConfigsRequest change;
  change.resources.push_back({2, "t", {{"retention.ms", 0, "12345", {}}}, {}});
  const int at = another_than(controller());
  ASSERT_EQ(
      cluster_.call<IncrementalAlterConfigsResponse>(at, change, 1).responses.at(0).error_code,
      ErrorCode::none);
  for (int id = 1; id <= 3; ++id) {
    DescribeConfigsRequest request;
    request.resources.push_back({2, "t", std::vector<std::string>{"retention.ms"}, {}});
    EXPECT_EQ(
        cluster_.call<DescribeConfigsResponse>(id, request, 4).results.at(0).configs.at(0).value,
        "12345");
  }
}

TEST_F(ClusterTest, ABrokersOwnConfigsAreChangedWhereTheyAre) {
  for (int id = 1; id <= 3; ++id) {
    IncrementalAlterConfigsRequest change;
    change.resources.push_back(
        {4, std::to_string(id), {{"log.cleaner.threads", 0, std::to_string(id + 1), {}}}, {}});
    EXPECT_EQ(
        cluster_.call<IncrementalAlterConfigsResponse>(id, change, 1).responses.at(0).error_code,
        ErrorCode::none);
    EXPECT_EQ(cluster_.call<IncrementalAlterConfigsResponse>(id % 3 + 1, change, 1)
                  .responses.at(0)
                  .error_code,
              ErrorCode::invalid_request);
  }
  for (int id = 1; id <= 3; ++id) {
    DescribeConfigsRequest request;
    request.resources.push_back(
        {4, std::to_string(id), std::vector<std::string>{"log.cleaner.threads"}, {}});
    EXPECT_EQ(
        cluster_.call<DescribeConfigsResponse>(id, request, 4).results.at(0).configs.at(0).value,
        std::to_string(id + 1));
  }
}

TEST_F(ClusterTest, ProducerIdsAreUniqueInTheCluster) {
  InitProducerIdRequest init;
  init.transactional_id = std::nullopt;
  init.producer_id = init.producer_epoch = -1;
  std::set<std::int64_t> ids;
  for (int id = 1; id <= 3; ++id) {
    const auto told = cluster_.call<InitProducerIdResponse>(id, init, 4);
    ASSERT_EQ(told.error_code, ErrorCode::none) << "broker " << id;
    EXPECT_TRUE(ids.insert(told.producer_id).second);
  }
}

TEST_F(ClusterTest, AnotherIsElectedWhenTheControllerDies) {
  const int first = controller();
  ASSERT_EQ(create(1, "t", {first, another_than(first)}), ErrorCode::none);
  cluster_.kill(first);
  for (int id = 1; id <= 3; ++id) {
    if (id == first) continue;
    const MetadataResponse told = metadata(cluster_.node(id), {"t"});
    EXPECT_NE(told.controller_id, first);
    EXPECT_EQ(told.brokers.size(), 2U);
    EXPECT_EQ(told.topics.at(0).partitions.at(0).leader_id, another_than(first));
    EXPECT_EQ(told.topics.at(0).partitions.at(0).leader_epoch, 1);
  }
  cluster_.start(first);
  EXPECT_EQ(metadata(cluster_.node(first), {"t"}).brokers.size(), 3U);
}

TEST_F(ClusterTest, WhoStopsLetsOthersLeadFirst) {
  ASSERT_EQ(create(1, "t", {2, 3}), ErrorCode::none);
  cluster_.node(2).request_stop();
  cluster_.settle();
  EXPECT_TRUE(cluster_.node(2).is_stopped());
  const auto partition = partition_seen_by(cluster_.node(3), "t");
  EXPECT_EQ(partition.leader_id, 3) << "though broker 2 is still registered";
  EXPECT_EQ(partition.isr_nodes, std::vector<std::int32_t>{3});
}

TEST_F(ClusterTest, DeletedTopicsAreGoneEverywhere) {
  ASSERT_EQ(create(1, "t", {1, 2, 3}), ErrorCode::none);
  DeleteTopicsRequest request;
  request.topics.push_back({"t", {}, {}});
  ASSERT_EQ(cluster_.call<DeleteTopicsResponse>(2, request, 6).responses.at(0).error_code,
            ErrorCode::none);
  for (int id = 1; id <= 3; ++id)
    EXPECT_EQ(metadata(cluster_.node(id), {"t"}).topics.at(0).error_code,
              ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(create(3, "t", {3, 2, 1}), ErrorCode::none);
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").leader_id, 3);
}

TEST_F(ClusterTest, ControllersOfThePastAreNotHeard) {
  UpdateMetadataRequest request;
  request.controller_id = 3;
  request.controller_epoch = 0;
  EXPECT_EQ(cluster_.call<UpdateMetadataResponse>(1, request, 8).error_code,
            ErrorCode::stale_controller_epoch);
  EXPECT_EQ(metadata(cluster_.node(1), {}).brokers.size(), 3U);
}

// Requests of controllers would let any client depose a leader where there is no controller but us.
TEST(Alone, NobodyElseIsTheController) {
  TestNode node;
  const ConnectionId connection = node.connect();
  node.send(connection, UpdateMetadataRequest{}, 8);
  EXPECT_TRUE(node.close_reason(connection).has_value());
}

TEST_F(ClusterTest, NobodyWaitsForEverWhileTheCoordinationServiceIsAway) {
  const int elected = controller();
  TestNode& node = cluster_.node(elected);
  node.hold_coordination();
  const ConnectionId connection = node.connect();
  node.send(connection, create_topic_request("t"), 7);
  cluster_.advance(29'000);
  EXPECT_TRUE(node.is_busy(connection));
  cluster_.advance(2'000);
  ASSERT_FALSE(node.is_busy(connection));
  EXPECT_EQ(node.receive<CreateTopicsResponse>(connection, 7).topics.at(0).error_code,
            ErrorCode::request_timed_out);
  node.release_coordination();
  cluster_.settle();
  EXPECT_EQ(create(elected, "u", {1}), ErrorCode::none);
}

// What could not be told is told as soon as the broker can be reached.
TEST_F(ClusterTest, WhoCannotBeReachedIsToldLater) {
  const int elected = controller();
  const int other = another_than(elected);
  cluster_.cut(elected, other);
  ASSERT_EQ(create(elected, "t", {elected}), ErrorCode::none);
  EXPECT_EQ(metadata(cluster_.node(other), {"t"}).topics.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
  cluster_.heal();
  cluster_.advance(1'000);
  EXPECT_EQ(partition_seen_by(cluster_.node(other), "t").leader_id, elected);
}

// --- replication ---

TEST_F(ClusterTest, WhoCannotOpenItsLogDoesNotLeadUntilItCan) {
  auto& faults = cluster_.node(2).disk().faults();
  const std::uint64_t space = std::exchange(faults.capacity, faults.used);
  ASSERT_EQ(create(1, "t", {2, 3, 1}), ErrorCode::none);
  cluster_.settle();
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").leader_id, 3);
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").isr_nodes, (std::vector<std::int32_t>{3, 1}));
  faults.capacity = space;
  cluster_.advance(20'000);
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").isr_nodes.size(), 3U);
}

TEST_F(ClusterTest, WhoAloneHasAReplicaLeadsOnceItCanOpenIt) {
  auto& faults = cluster_.node(2).disk().faults();
  const std::uint64_t space = std::exchange(faults.capacity, faults.used);
  ASSERT_EQ(create(1, "t", {2}), ErrorCode::none);
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").leader_id, 2);
  faults.capacity = space;
  cluster_.advance(20'000);
  EXPECT_EQ(produce(cluster_.node(2), "t", 0, batch_of({"a"})).error_code, ErrorCode::none);
}

class ReplicatedTest : public ClusterTest {
 protected:
  ReplicatedTest() {
    EXPECT_EQ(create(1, "t", {1, 2, 3}, {{"min.insync.replicas", "2"}}), ErrorCode::none);
  }

  ErrorCode append(int at, const std::string& value) {
    const base::Bytes batch = batch_of({value});
    ProduceRequest request = produce_request("t", 0, batch);
    request.timeout_ms = 30'000;
    return cluster_.call<ProduceResponse>(at, request, 12)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  }
  std::vector<std::string> values_at(int id) {
    return values_in(fetch(cluster_.node(id), "t", 0, 0));
  }
  int leader() { return partition_seen_by(cluster_.any(), "t").leader_id; }
};

TEST_F(ReplicatedTest, AcksAllIsAnsweredWhenAllHaveIt) {
  EXPECT_EQ(append(1, "a"), ErrorCode::none);
  EXPECT_EQ(append(1, "b"), ErrorCode::none);
  EXPECT_EQ(values_at(1), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ReplicatedTest, ConsumersReadAtFollowersToo) {
  EXPECT_EQ(append(1, "a"), ErrorCode::none);
  for (int id = 1; id <= 3; ++id) EXPECT_EQ(values_at(id), std::vector<std::string>{"a"}) << id;
}

TEST_F(ReplicatedTest, WhatWasAcknowledgedSurvivesItsLeader) {
  EXPECT_EQ(append(1, "a"), ErrorCode::none);
  cluster_.kill(1);
  ASSERT_EQ(leader(), 2);
  EXPECT_EQ(append(2, "b"), ErrorCode::none);
  cluster_.start(1);
  cluster_.advance(2'000);
  cluster_.kill(2);
  ASSERT_EQ(leader(), 1) << "it had come back into the in-sync replicas";
  EXPECT_EQ(append(1, "c"), ErrorCode::none);
  cluster_.kill(1);
  ASSERT_EQ(leader(), 3);
  cluster_.start(2);
  cluster_.advance(2'000);
  EXPECT_EQ(values_at(3), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ReplicatedTest, AReplicaThatCannotFollowFallsOutAndComesBack) {
  cluster_.cut(1, 3);
  EXPECT_EQ(append(1, "a"), ErrorCode::none) << "after replica.lag.time.max.ms";
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").isr_nodes, (std::vector<std::int32_t>{1, 2}));
  cluster_.heal();
  cluster_.advance(5'000);
  EXPECT_EQ(partition_seen_by(cluster_.node(1), "t").isr_nodes.size(), 3U);
  EXPECT_EQ(append(1, "b"), ErrorCode::none);
}

// The end of its log may be lost with a new leader: nobody is told of it before the others have it.
TEST_F(ClusterTest, ANewCoordinatorTellsOnlyWhatAllInSyncReplicasHave) {
  ASSERT_EQ(create(1, "__consumer_offsets", {2, 1, 3}), ErrorCode::none);
  cluster_.cut(1, 3);
  cluster_.cut(2, 3);
  ConsumerGroupHeartbeatRequest joining;
  joining.group_id = "g";
  joining.member_id = "m";
  joining.rebalance_timeout_ms = 60'000;
  joining.subscribed_topic_names = {"t"};
  joining.topic_partitions.emplace();
  const auto join = [&](int at) {
    const ConnectionId connection = cluster_.node(at).connect();
    cluster_.node(at).send(connection, joining, 1);
    cluster_.advance(100);
    return connection;
  };
  EXPECT_TRUE(cluster_.node(2).is_busy(join(2))) << "3 does not have it";
  cluster_.kill(2);
  ASSERT_EQ(partition_seen_by(cluster_.node(1), "__consumer_offsets").leader_id, 1);
  const ConnectionId again = join(1);
  EXPECT_TRUE(cluster_.node(1).is_busy(again)) << "3 does not have it";
  cluster_.heal();
  cluster_.advance(2'000);
  ASSERT_FALSE(cluster_.node(1).is_busy(again));
  const auto told = cluster_.node(1).receive<ConsumerGroupHeartbeatResponse>(again, 1);
  EXPECT_EQ(told.error_code, ErrorCode::none);
  EXPECT_EQ(told.member_epoch, 1);
}

}  // namespace
}  // namespace gregor::broker
