// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is elsewhere: partitions that another broker leads, and news that comes while two shards
// talk.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

// A second broker has registered itself; topic "t" has its only replica there.
class OtherBroker : public testing::Test {
 protected:
  OtherBroker() { create_topic_with_other_broker(node_, "t", {2}); }

  TestNode node_;
};

TEST_F(OtherBroker, IsInTheMetadataAsLeader) {
  const auto response = node_.call<MetadataResponse>(metadata_request({"t"}), 12);
  ASSERT_EQ(response.brokers.size(), 2U);
  EXPECT_EQ(response.brokers[1].host, "other");
  EXPECT_EQ(response.topics.at(0).partitions.at(0).leader_id, 2);
}

TEST_F(OtherBroker, ProducerIsToldWhoLeadsAndWhere) {
  const base::Bytes batch = batch_of({"a"});
  const auto response = node_.call<ProduceResponse>(produce_request("t", 0, batch), 12);
  const auto& partition = response.responses.at(0).partition_responses.at(0);
  EXPECT_EQ(partition.error_code, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(partition.current_leader.leader_id, 2);
  ASSERT_EQ(response.node_endpoints.size(), 1U);
  EXPECT_EQ(response.node_endpoints[0].port, 9093);
  const auto older = node_.call<ProduceResponse>(produce_request("t", 0, batch), 9);
  EXPECT_TRUE(older.node_endpoints.empty());
}

TEST_F(OtherBroker, ConsumerIsToldWhoLeadsAndWhere) {
  FetchRequest request = fetch_request("t", {{}}, 60'000);
  const auto metadata = node_.call<MetadataResponse>(metadata_request({"t"}), 12);
  request.topics[0].topic.clear();
  request.topics[0].topic_id = metadata.topics.at(0).topic_id;
  const auto response = node_.call<FetchResponse>(request, 17);
  const auto& partition = response.responses.at(0).partitions.at(0);
  EXPECT_EQ(partition.error_code, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(partition.current_leader.leader_id, 2);
  ASSERT_EQ(response.node_endpoints.size(), 1U);
  EXPECT_EQ(response.node_endpoints[0].host, "other");
}

// Regression of a lost wake-up: records that come after the owner has read nothing, and before it
// hears that someone waits, must end the wait.
TEST(OtherShard, NewsBetweenReadingAndWaitingIsNotMissed) {
  TestNode node({.shards = 2});
  create_topic(node, "t", 2);
  for (const std::int32_t partition : {0, 1}) {
    const ShardId owner = owner_of("t", model::PartitionIndex(partition), 2);
    const ConnectionId reader = node.connect_to(ShardId(1 - owner.value()));
    const ConnectionId writer = node.connect_to(owner);
    const base::Bytes batch = batch_of({"a"});
    {
      const TestNode::Slowly slowly(node);
      node.send(reader, fetch_request("t", {{.partition = partition}}, 60'000), 12);
      // Before the round in which the owner, having read, hears of the watch.
      node.run_round();
      node.send(writer, produce_request("t", partition, batch), 12);
    }
    EXPECT_TRUE(node.take_response(reader).has_value()) << partition;
  }
}

}  // namespace
}  // namespace gregor::broker
