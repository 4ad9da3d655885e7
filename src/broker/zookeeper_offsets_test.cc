// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Offsets of old consumers: OffsetCommit and OffsetFetch version 0, as Kafka 3.9 answers them, and
// what they leave in the coordination tree.

#include "broker/zookeeper_offsets.h"

#include <gtest/gtest.h>

#include "broker/shard_state.h"
#include "broker/testing/requests.h"
#include "log/simulated_disk.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

constexpr auto unknown = ErrorCode::unknown_topic_or_partition;

class ZooKeeperOffsetsOfANode : public testing::TestWithParam<std::uint32_t> {
 protected:
  ZooKeeperOffsetsOfANode()
      : node_({.shards = GetParam(), .settings = {{"offset.metadata.max.bytes", "4"}}}) {
    create_topic(node_, "t", 2);
  }

  // On a connection of every shard in turn.
  template <class Response, class Request>
  Response call(const Request& request, int version) {
    return node_.call<Response>(request, version, node_.connect());
  }
  ErrorCode commit(const std::string& group, std::int32_t partition, std::int64_t offset,
                   std::optional<std::string> metadata = "", const std::string& topic = "t") {
    OffsetCommitRequest request;
    request.group_id = group;
    auto& one = request.topics.emplace_back();
    one.name = topic;
    auto& asked = one.partitions.emplace_back();
    asked.partition_index = partition;
    asked.committed_offset = offset;
    asked.committed_metadata = std::move(metadata);
    return call<OffsetCommitResponse>(request, 0).topics.at(0).partitions.at(0).error_code;
  }
  using Told = std::pair<ErrorCode, std::int64_t>;
  std::vector<Told> fetch(const std::string& group, const std::vector<std::int32_t>& partitions,
                          const std::string& topic = "t") {
    OffsetFetchRequest request;
    request.group_id = group;
    auto& one = request.topics.emplace().emplace_back();
    one.name = topic;
    one.partition_indexes = partitions;
    std::vector<Told> told;
    const auto response = call<OffsetFetchResponse>(request, 0);
    for (const auto& partition : response.topics.at(0).partitions) {
      EXPECT_EQ(partition.metadata, "");
      told.emplace_back(partition.error_code, partition.committed_offset);
    }
    return told;
  }
  Told fetch_one(const std::string& group, std::int32_t partition = 0) {
    return fetch(group, {partition}).at(0);
  }
  std::string znode(const std::string& path) {
    const auto session = node_.tree().open_session(node_.now().wall).transaction->session;
    const auto outcome = node_.tree().handle(
        session, {coordination::RequestId(1), coordination::GetData{path}}, node_.now().wall);
    if (outcome.reply->status != coordination::Status::ok) return "none";
    return std::get<coordination::DataReply>(outcome.reply->content).data;
  }
  void set_znode(const coordination::Change& change) {
    const auto session = node_.tree().open_session(node_.now().wall).transaction->session;
    node_.change_tree(session, coordination::Multi{{change}});
  }

  TestNode node_;
};

INSTANTIATE_TEST_SUITE_P(Shards, ZooKeeperOffsetsOfANode, testing::Values(1U, 3U));

TEST_P(ZooKeeperOffsetsOfANode, LieWhereOldConsumersLook) {
  EXPECT_EQ(fetch("g", {0, 1, 2}),
            (std::vector<Told>{{unknown, -1}, {unknown, -1}, {unknown, -1}}));
  EXPECT_EQ(commit("g", 0, 42), ErrorCode::none);
  EXPECT_EQ(znode("/consumers/g/offsets/t/0"), "42");
  EXPECT_EQ(commit("g", 0, 43), ErrorCode::none);
  EXPECT_EQ(commit("g", 1, -5, std::nullopt), ErrorCode::none) << "nobody checks it";
  EXPECT_EQ(fetch("g", {1, 0}), (std::vector<Told>{{ErrorCode::none, -5}, {ErrorCode::none, 43}}));
  EXPECT_EQ(fetch_one("other"), (Told{unknown, -1}));
}

TEST_P(ZooKeeperOffsetsOfANode, AreApartFromThoseOfCoordinators) {
  OffsetFetchRequest request;
  request.group_id = "g";
  request.topics.emplace().push_back({"t", {0}, {}});
  EXPECT_EQ(commit("g", 0, 42), ErrorCode::none);
  const auto answer = call<OffsetFetchResponse>(request, 1).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.committed_offset, -1);
}

TEST_P(ZooKeeperOffsetsOfANode, WhatCannotBeKeptIsRefusedPartitionByPartition) {
  EXPECT_EQ(commit("g", 2, 1), unknown);
  EXPECT_EQ(commit("g", -1, 1), unknown);
  EXPECT_EQ(commit("g", 0, 1, "", "nosuch"), unknown);
  EXPECT_EQ(fetch("g", {0}, "nosuch"), (std::vector<Told>{{unknown, -1}}));
  EXPECT_EQ(commit("g", 0, 1, "12345"), ErrorCode::offset_metadata_too_large);
  EXPECT_EQ(fetch_one("g"), (Told{unknown, -1}));
  EXPECT_EQ(commit("g", 0, 1, "1234"), ErrorCode::none) << "it is not kept, only measured";
  for (const std::string group : {"", "..", "a//b", "x\x01"}) {
    EXPECT_EQ(commit(group, 0, 1), ErrorCode::invalid_group_id) << group;
    EXPECT_EQ(fetch_one(group), (Told{ErrorCode::invalid_group_id, -1})) << group;
  }
}

TEST_P(ZooKeeperOffsetsOfANode, AnEmptyRequestHasAnEmptyAnswer) {
  EXPECT_TRUE(call<OffsetCommitResponse>(OffsetCommitRequest{}, 0).topics.empty());
  OffsetFetchRequest request;
  request.topics.emplace();
  EXPECT_TRUE(call<OffsetFetchResponse>(request, 0).topics.empty());
}

TEST_P(ZooKeeperOffsetsOfANode, GarbageInANodeIsThatOffsetsAffairOnly) {
  EXPECT_EQ(commit("g", 0, 42), ErrorCode::none);
  EXPECT_EQ(commit("g", 1, 7), ErrorCode::none);
  for (const std::string garbage : {"", "seven", " 7", "7 ", "+-7", "99999999999999999999"}) {
    set_znode(coordination::SetData{"/consumers/g/offsets/t/1", garbage});
    EXPECT_EQ(fetch("g", {0, 1}),
              (std::vector<Told>{{ErrorCode::none, 42}, {ErrorCode::unknown_server_error, -1}}))
        << garbage;
  }
  set_znode(coordination::SetData{"/consumers/g/offsets/t/1", "+7"});
  EXPECT_EQ(fetch_one("g", 1), (Told{ErrorCode::none, 7}));
  EXPECT_EQ(commit("g", 1, 8), ErrorCode::none);
  EXPECT_EQ(fetch_one("g", 1), (Told{ErrorCode::none, 8}));
}

TEST_P(ZooKeeperOffsetsOfANode, ParentsMayBeThereInPart) {
  EXPECT_EQ(commit("first", 0, 1), ErrorCode::none);  // /consumers is there
  set_znode(coordination::Create{"/consumers/half", ""});
  EXPECT_EQ(fetch_one("half"), (Told{unknown, -1}));
  EXPECT_EQ(commit("half", 0, 3), ErrorCode::none);
  EXPECT_EQ(fetch_one("half"), (Told{ErrorCode::none, 3}));
  EXPECT_EQ(commit("a/b", 0, 4), ErrorCode::none) << "as with Kafka";
  EXPECT_EQ(znode("/consumers/a/b/offsets/t/0"), "4");
}

// --- alone, with a coordination service that answers as the test wants it ---

using coordination::Status;

class ZooKeeperOffsetsAlone : public testing::Test {
 protected:
  ZooKeeperOffsetsAlone()
      : shard_({.id = controller_shard, .settings = &settings_, .disk = &disk_}) {
    shard_.effects = &effects_;
  }

  bool store() {
    return offsets_.store(
        shard_, "/consumers/g/offsets/t/0", model::Offset(5),
        [this](ShardState&, const StoredOffset& stored) { told_.push_back(stored.error); });
  }
  // What has been asked since this was called last.
  std::vector<coordination::Request> asked() { return std::exchange(effects_.coordination, {}); }
  bool answer(coordination::RequestId id, Status status) {
    return offsets_.on_reply(shard_, {.id = id, .status = status, .content = {}});
  }
  // Of the last of them; the parents are made.
  void answer_last(Status status) {
    const auto requests = asked();
    for (std::size_t i = 0; i + 1 < requests.size(); ++i)
      EXPECT_TRUE(answer(requests[i].id, Status::node_exists));
    EXPECT_TRUE(answer(requests.back().id, status));
  }
  model::BrokerSettings settings_;
  log::SimulatedDisk disk_;
  ShardState shard_;
  Effects effects_;
  ZooKeeperOffsets offsets_;
  std::vector<ErrorCode> told_;
};

TEST_F(ZooKeeperOffsetsAlone, AskAgainAfterALostConnection) {
  EXPECT_TRUE(store());
  answer_last(Status::connection_loss);
  EXPECT_TRUE(told_.empty());
  answer_last(Status::ok);
  EXPECT_EQ(told_, std::vector{ErrorCode::none});
  EXPECT_TRUE(asked().empty());
}

TEST_F(ZooKeeperOffsetsAlone, AskAgainInTheNextSession) {
  EXPECT_TRUE(store());
  answer_last(Status::no_node);
  EXPECT_TRUE(store());
  const auto lost = asked();
  EXPECT_EQ(lost.size(), 5U + 1U) << "four parents and the node; the other one";
  offsets_.connected(shard_);
  for (const auto& request : lost) EXPECT_FALSE(answer(request.id, Status::ok));
  const auto again = asked();
  ASSERT_EQ(again.size(), lost.size());
  for (const auto& request : again) EXPECT_TRUE(answer(request.id, Status::ok));
  EXPECT_EQ(told_, (std::vector{ErrorCode::none, ErrorCode::none}));
  offsets_.connected(shard_);
  EXPECT_TRUE(asked().empty());
}

TEST_F(ZooKeeperOffsetsAlone, SomebodyElseMakesAndRemovesTheNodeOnlySoOften) {
  EXPECT_TRUE(store());
  answer_last(Status::no_node);
  answer_last(Status::node_exists);
  answer_last(Status::no_node);
  answer_last(Status::node_exists);
  EXPECT_EQ(told_, std::vector{ErrorCode::unknown_server_error});
}

TEST_F(ZooKeeperOffsetsAlone, TakeOnlySoMuchWhileNobodyAnswers) {
  for (std::size_t i = 0; i < ZooKeeperOffsets::asked_max; ++i) ASSERT_TRUE(store());
  EXPECT_FALSE(store());
  EXPECT_TRUE(answer(asked().front().id, Status::ok));
  EXPECT_TRUE(store());
}

TEST_F(ZooKeeperOffsetsAlone, LeaveTheAnswersOfOthersAlone) {
  EXPECT_TRUE(store());
  EXPECT_FALSE(answer(coordination::RequestId(16), Status::ok));
}

}  // namespace
}  // namespace gregor::broker
