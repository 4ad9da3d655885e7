// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Logs that fail while they serve: others lead, and nobody has to notice first.

#include "broker/log_failures.h"

#include <gtest/gtest.h>

#include "broker/shard_state.h"
#include "broker/testing/requests.h"
#include "broker/testing/test_cluster.h"
#include "controller/znode_paths.h"
#include "log/simulated_disk.h"

namespace gregor::broker {
namespace {

using coordination::Status;
using model::ErrorCode;
using namespace protocol;

class LogFailuresOfACluster : public testing::TestWithParam<std::uint32_t> {
 protected:
  void create(const std::vector<std::int32_t>& replicas) {
    CreateTopicsRequest request = create_topic_request("t", -1, {{"flush.messages", "1"}});
    request.topics[0].replication_factor = -1;
    request.topics[0].assignments.push_back({0, replicas, {}});
    const ConnectionId connection = cluster_.node(1).connect();
    cluster_.node(1).send(connection, request, 7);
    cluster_.settle();
    const auto created = cluster_.node(1).receive<CreateTopicsResponse>(connection, 7);
    ASSERT_EQ(created.topics.at(0).error_code, ErrorCode::none);
  }
  MetadataResponse::MetadataResponsePartition partition() {
    return cluster_.node(1)
        .call<MetadataResponse>(metadata_request({"t"}), 12)
        .topics.at(0)
        .partitions.at(0);
  }
  // No time passes.
  ErrorCode produce_to(int id) {
    const ConnectionId connection = cluster_.node(id).connect();
    const base::Bytes batch = batch_of({"a"});
    cluster_.node(id).send(connection, produce_request("t", 0, batch, 1), 9);
    cluster_.settle();
    return cluster_.node(id)
        .receive<ProduceResponse>(connection, 9)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  }
  std::size_t notifications() {
    TestNode& node = cluster_.any();
    const auto session = node.tree().open_session(node.now().wall).transaction->session;
    const auto outcome = node.tree().handle(
        session,
        {coordination::RequestId(1),
         coordination::GetChildren{std::string(controller::znode::log_dir_events)}},
        node.now().wall);
    return std::get<coordination::ChildrenReply>(outcome.reply->content).names.size();
  }

  TestCluster cluster_{{.shards = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Shards, LogFailuresOfACluster, testing::Values(1U, 3U));

TEST_P(LogFailuresOfACluster, AnotherOneLeadsAtOnce) {
  create({2, 3, 1});
  EXPECT_EQ(produce_to(2), ErrorCode::none);
  cluster_.node(2).disk().fail_next(log::DiskOperation::sync);
  EXPECT_EQ(produce_to(2), ErrorCode::kafka_storage_error);
  EXPECT_EQ(partition().leader_id, 3);
  EXPECT_EQ(partition().isr_nodes, (std::vector<std::int32_t>{3, 1}));
  EXPECT_EQ(produce_to(3), ErrorCode::none);
  EXPECT_EQ(notifications(), 0U);
}

TEST_P(LogFailuresOfACluster, AFollowerIsInSyncNoMore) {
  create({2, 3, 1});
  cluster_.node(3).disk().fail_next(log::DiskOperation::sync);
  EXPECT_EQ(produce_to(2), ErrorCode::none);
  cluster_.advance(1'000);
  EXPECT_EQ(partition().leader_id, 2);
  EXPECT_EQ(partition().isr_nodes, (std::vector<std::int32_t>{2, 1}));
  EXPECT_EQ(notifications(), 0U);
}

TEST_P(LogFailuresOfACluster, WhoAloneHasAReplicaGoesOnLeadingIt) {
  create({2});
  cluster_.node(2).disk().fail_next(log::DiskOperation::sync);
  EXPECT_EQ(produce_to(2), ErrorCode::kafka_storage_error);
  EXPECT_EQ(partition().leader_id, 2);
  EXPECT_EQ(notifications(), 0U);
}

TEST_P(LogFailuresOfACluster, AreToldWhenTheCoordinationServiceIsThereAgain) {
  create({2, 3, 1});
  cluster_.node(2).hold_coordination();
  cluster_.node(2).disk().fail_next(log::DiskOperation::sync);
  EXPECT_EQ(produce_to(2), ErrorCode::kafka_storage_error);
  cluster_.node(2).release_coordination();
  cluster_.settle();
  EXPECT_EQ(partition().leader_id, 3);
  EXPECT_EQ(notifications(), 0U);
}

// --- alone, with a test in the place of the coordination service ---

class LogFailuresAlone : public testing::Test {
 protected:
  LogFailuresAlone() {
    shard_.broker = model::BrokerId(5);
    shard_.effects = &effects_;
  }
  // The request that was made, once.
  coordination::RequestId take_request() {
    EXPECT_EQ(effects_.coordination.size(), 1U);
    if (effects_.coordination.empty()) return {};
    const coordination::Request request = std::move(effects_.coordination.front());
    effects_.coordination.clear();
    const auto& changes = std::get<coordination::Multi>(request.operation).changes;
    EXPECT_EQ(changes.size(), 1U);
    const auto& create = std::get<coordination::Create>(changes.at(0));
    EXPECT_EQ(create.path, "/log_dir_event_notification/log_dir_event_");
    EXPECT_EQ(create.data, R"({"version":1,"broker":5,"event":1})");
    EXPECT_EQ(create.mode, coordination::CreateMode::persistent_sequential);
    return request.id;
  }
  void answer(coordination::RequestId id, Status status) {
    EXPECT_TRUE(failures_.on_reply(shard_, {.id = id, .status = status, .content = {}}));
  }

  const model::BrokerSettings settings_;
  log::SimulatedDisk disk_;
  ShardState shard_{
      ShardContext{.id = controller_shard, .shards = 1, .settings = &settings_, .disk = &disk_}};
  Effects effects_;
  LogFailures failures_;
};

TEST_F(LogFailuresAlone, AreToldUntilItIsKnownThatTheyAre) {
  failures_.note(shard_);
  answer(take_request(), Status::connection_loss);
  const coordination::RequestId lost = take_request();
  answer(lost, Status::session_expired);
  EXPECT_TRUE(effects_.coordination.empty()) << "there is no session";
  failures_.connected(shard_);
  const coordination::RequestId unanswered = take_request();
  failures_.connected(shard_);
  const coordination::RequestId last = take_request();
  EXPECT_FALSE(failures_.on_reply(shard_, {.id = unanswered, .status = Status::ok, .content = {}}));
  answer(last, Status::ok);
  failures_.connected(shard_);
  EXPECT_TRUE(effects_.coordination.empty());
}

TEST_F(LogFailuresAlone, OfOneNotificationAndTheNextAllAreTold) {
  failures_.note(shard_);
  const coordination::RequestId first = take_request();
  failures_.note(shard_);
  failures_.note(shard_);
  EXPECT_TRUE(effects_.coordination.empty()) << "one at a time";
  answer(first, Status::ok);
  answer(take_request(), Status::ok);
  EXPECT_TRUE(effects_.coordination.empty());
}

TEST_F(LogFailuresAlone, ARefusedNotificationIsReportedAndWaitsForTheNextSession) {
  failures_.note(shard_);
  answer(take_request(), Status::no_node);
  EXPECT_TRUE(effects_.coordination.empty());
  ASSERT_EQ(effects_.lines.size(), 1U);
  EXPECT_EQ(effects_.lines[0].text,
            "the controller cannot be told of failed logs: ZooKeeper status -101");
  failures_.connected(shard_);
  answer(take_request(), Status::ok);
}

TEST_F(LogFailuresAlone, RepliesToOthersAreNotTheirs) {
  EXPECT_FALSE(failures_.on_reply(shard_, {.id = {}, .status = Status::ok, .content = {}}));
}

}  // namespace
}  // namespace gregor::broker
