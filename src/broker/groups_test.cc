// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Consumer groups at a whole node: found, joined, committed to, on one shard and on several,
// through power cuts, stops and restarts.

#include <gtest/gtest.h>

#include "broker/group_host.h"
#include "broker/testing/requests.h"
#include "protocol/messages/delete_groups.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/leave_group.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/sync_group.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

TestNodeOptions options(std::uint32_t shards) {
  return {.shards = shards,
          .settings = {{"group.initial.rebalance.delay.ms", "100"},
                       {"offsets.topic.num.partitions", "7"}}};
}

FindCoordinatorResponse find(TestNode& node, const std::vector<std::string>& groups,
                             std::int8_t type = 0) {
  FindCoordinatorRequest request;
  request.key_type = type;
  request.coordinator_keys = groups;
  return node.call<FindCoordinatorResponse>(request, 4);
}

JoinGroupRequest join_request(const std::string& group, const std::string& member = "") {
  JoinGroupRequest request;
  request.group_id = group;
  request.member_id = member;
  request.session_timeout_ms = 10'000;
  request.rebalance_timeout_ms = 60'000;
  request.protocol_type = "consumer";
  request.protocols.push_back({"range", base::to_bytes(base::as_bytes("m")), {}});
  return request;
}

SyncGroupRequest sync_request(const std::string& group, const JoinGroupResponse& joined) {
  SyncGroupRequest request;
  request.group_id = group;
  request.generation_id = joined.generation_id;
  request.member_id = joined.member_id;
  for (const auto& member : joined.members)
    request.assignments.push_back(
        {member.member_id, base::to_bytes(base::as_bytes("for " + member.member_id)), {}});
  return request;
}

OffsetCommitRequest commit_request(const std::string& group, const std::string& topic,
                                   std::int64_t offset, std::int32_t generation = -1,
                                   const std::string& member = "") {
  OffsetCommitRequest request;
  request.group_id = group;
  request.generation_id_or_member_epoch = generation;
  request.member_id = member;
  auto& one = request.topics.emplace_back();
  one.name = topic;
  one.partitions.emplace_back().committed_offset = offset;
  return request;
}

ErrorCode commit(TestNode& node, const OffsetCommitRequest& request) {
  return node.call<OffsetCommitResponse>(request, 8).topics.at(0).partitions.at(0).error_code;
}

// Everything that the group has committed.
std::vector<std::int64_t> committed(TestNode& node, const std::string& group) {
  OffsetFetchRequest request;
  auto& asked = request.groups.emplace_back();
  asked.group_id = group;
  asked.topics = std::nullopt;
  const auto response = node.call<OffsetFetchResponse>(request, 8);
  EXPECT_EQ(response.groups.at(0).error_code, ErrorCode::none);
  std::vector<std::int64_t> offsets;
  for (const auto& topic : response.groups.at(0).topics)
    for (const auto& partition : topic.partitions) offsets.push_back(partition.committed_offset);
  return offsets;
}

std::vector<std::string> list(TestNode& node) {
  std::vector<std::string> groups;
  const auto response = node.call<ListGroupsResponse>(ListGroupsRequest(), 4);
  EXPECT_EQ(response.error_code, ErrorCode::none);
  for (const auto& group : response.groups)
    groups.push_back(group.group_id + " " + group.group_state);
  return groups;
}

class Groups : public testing::TestWithParam<std::uint32_t> {
 protected:
  TestNode node_{options(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Shards, Groups, testing::Values(1U, 3U));

TEST_P(Groups, TheFirstWhoLooksForACoordinatorHasTheTopicMade) {
  EXPECT_TRUE(list(node_).empty());
  const auto found = find(node_, {"a", "b"});
  ASSERT_EQ(found.coordinators.size(), 2U);
  for (const auto& one : found.coordinators) {
    EXPECT_EQ(one.error_code, ErrorCode::none);
    EXPECT_EQ(one.node_id, 1);
    EXPECT_FALSE(one.host.empty());
  }
  const auto metadata = node_.call<MetadataResponse>(metadata_request({"__consumer_offsets"}), 12);
  EXPECT_EQ(metadata.topics.at(0).partitions.size(), 7U);
  EXPECT_TRUE(metadata.topics.at(0).is_internal);
  FindCoordinatorRequest old;
  old.key = "a";
  const auto one = node_.call<FindCoordinatorResponse>(old, 1);
  EXPECT_EQ(one.node_id, 1);
  EXPECT_EQ(one.error_message, "NONE");
}

TEST_P(Groups, OtherKindsOfCoordinatorsAreNotThere) {
  EXPECT_EQ(find(node_, {"t"}, 1).coordinators.at(0).error_code,
            ErrorCode::coordinator_not_available);
  EXPECT_EQ(find(node_, {"s"}, 2).coordinators.at(0).error_code, ErrorCode::invalid_request);
  EXPECT_EQ(find(node_, {"x"}, 7).coordinators.at(0).error_code, ErrorCode::invalid_request);
}

TEST_P(Groups, MembersJoinSyncAndLeave) {
  find(node_, {"g"});
  const ConnectionId first = node_.connect();
  const ConnectionId second = node_.connect();
  const auto told = node_.call<JoinGroupResponse>(join_request("g"), 4, first);
  EXPECT_EQ(told.error_code, ErrorCode::member_id_required);
  EXPECT_EQ(told.member_id.substr(0, 5), "test-");
  node_.send(first, join_request("g", told.member_id), 4);
  node_.send(second, join_request("g"), 3);
  node_.advance(200);
  const auto leader = node_.receive<JoinGroupResponse>(first, 4);
  const auto member = node_.receive<JoinGroupResponse>(second, 3);
  ASSERT_EQ(leader.error_code, ErrorCode::none);
  EXPECT_EQ(leader.generation_id, 1);
  EXPECT_EQ(leader.leader, leader.member_id);
  EXPECT_EQ(leader.members.size(), 2U);
  EXPECT_EQ(member.leader, leader.member_id);
  EXPECT_TRUE(member.members.empty());

  node_.send(second, sync_request("g", member), 3);
  EXPECT_FALSE(node_.take_response(second));
  const auto assigned = node_.call<SyncGroupResponse>(sync_request("g", leader), 3, first);
  EXPECT_EQ(base::as_text(assigned.assignment), "for " + leader.member_id);
  const auto other = node_.receive<SyncGroupResponse>(second, 3);
  EXPECT_EQ(base::as_text(other.assignment), "for " + member.member_id);

  HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = 1;
  beat.member_id = member.member_id;
  EXPECT_EQ(node_.call<HeartbeatResponse>(beat, 3, second).error_code, ErrorCode::none);
  DescribeGroupsRequest describe;
  describe.groups = {"g", "nobody"};
  describe.include_authorized_operations = true;
  const auto described = node_.call<DescribeGroupsResponse>(describe, 5);
  EXPECT_EQ(described.groups.at(0).group_state, "Stable");
  EXPECT_EQ(described.groups.at(0).members.size(), 2U);
  EXPECT_EQ(described.groups.at(0).members.at(0).client_host.substr(0, 1), "/");
  EXPECT_EQ(described.groups.at(1).group_state, "Dead");
  LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.members.emplace_back().member_id = leader.member_id;
  EXPECT_EQ(node_.call<LeaveGroupResponse>(leave, 3).members.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(node_.call<HeartbeatResponse>(beat, 3, second).error_code,
            ErrorCode::rebalance_in_progress);
}

TEST_P(Groups, AMemberNamesTheProtocolThatItBelievesTheGroupToUse) {
  find(node_, {"g"});
  const ConnectionId client = node_.connect();
  node_.send(client, join_request("g"), 3);
  node_.advance(200);
  const auto joined = node_.receive<JoinGroupResponse>(client, 3);
  auto request = sync_request("g", joined);
  const auto sync = [&](std::int16_t version) {
    return node_.call<SyncGroupResponse>(request, version, client).error_code;
  };
  EXPECT_EQ(sync(5), ErrorCode::inconsistent_group_protocol);
  request.protocol_type = "consumer";
  EXPECT_EQ(sync(5), ErrorCode::inconsistent_group_protocol);
  request.protocol_name = "roundrobin";
  EXPECT_EQ(sync(5), ErrorCode::inconsistent_group_protocol);
  request.protocol_name = "range";
  EXPECT_EQ(sync(5), ErrorCode::none);
  request.protocol_type.reset();
  request.protocol_name.reset();
  EXPECT_EQ(sync(4), ErrorCode::none);
}

TEST_P(Groups, CommitsAreFetchedDeletedAndForgottenWithTheirTopic) {
  create_topic(node_, "t");
  create_topic(node_, "u");
  find(node_, {"g"});
  auto request = commit_request("g", "t", 42);
  request.topics.push_back(commit_request("g", "no.such.topic", 1).topics[0]);
  request.topics[0].partitions.emplace_back().partition_index = 9;
  const auto answered = node_.call<OffsetCommitResponse>(request, 8);
  ASSERT_EQ(answered.topics.size(), 2U);
  EXPECT_EQ(answered.topics[0].name, "t");
  EXPECT_EQ(answered.topics[0].partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answered.topics[0].partitions.at(1).error_code, ErrorCode::none);
  EXPECT_EQ(answered.topics[1].partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(commit(node_, commit_request("g", "u", 7)), ErrorCode::none);
  EXPECT_EQ(committed(node_, "g"), (std::vector<std::int64_t>{42, 7}));

  DeleteTopicsRequest remove;
  remove.topic_names = {"t"};
  remove.timeout_ms = 1000;
  node_.call<DeleteTopicsResponse>(remove, 5);
  EXPECT_EQ(committed(node_, "g"), std::vector<std::int64_t>{7});

  OffsetDeleteRequest forget;
  forget.group_id = "g";
  auto& topic = forget.topics.emplace_back();
  topic.name = "u";
  topic.partitions.emplace_back();
  const auto forgotten = node_.call<OffsetDeleteResponse>(forget, 0);
  EXPECT_EQ(forgotten.topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  EXPECT_TRUE(committed(node_, "g").empty());

  DeleteGroupsRequest groups;
  groups.groups_names = {"g", "other", "g"};
  const auto deleted = node_.call<DeleteGroupsResponse>(groups, 2);
  ASSERT_EQ(deleted.results.size(), 2U);
  EXPECT_EQ(deleted.results[0].error_code, ErrorCode::group_id_not_found);
  EXPECT_EQ(deleted.results[1].error_code, ErrorCode::group_id_not_found);
}

TEST_P(Groups, ManyGroupsAreListedByName) {
  create_topic(node_, "t");
  find(node_, {"g"});
  std::vector<std::string> expected;
  for (int at = 10; at < 40; ++at) {
    const std::string group = "g" + std::to_string(at);
    EXPECT_EQ(commit(node_, commit_request(group, "t", at)), ErrorCode::none);
    expected.push_back(group + " Empty");
  }
  EXPECT_EQ(list(node_), expected);
}

TEST_P(Groups, WithoutTheTopicNobodyCoordinates) {
  create_topic(node_, "t");
  EXPECT_EQ(commit(node_, commit_request("g", "t", 1)), ErrorCode::not_coordinator);
  EXPECT_EQ(node_.call<JoinGroupResponse>(join_request("g"), 5).error_code,
            ErrorCode::not_coordinator);
  const auto old = node_.call<JoinGroupResponse>(join_request("g"), 2);
  EXPECT_EQ(old.protocol_name, "");
}

TEST_P(Groups, AMemberThatFallsSilentIsDropped) {
  find(node_, {"g"});
  const ConnectionId client = node_.connect();
  node_.send(client, join_request("g"), 3);
  node_.advance(200);
  const auto joined = node_.receive<JoinGroupResponse>(client, 3);
  ASSERT_EQ(joined.error_code, ErrorCode::none);
  node_.call<SyncGroupResponse>(sync_request("g", joined), 3, client);
  node_.advance(9000);
  EXPECT_EQ(list(node_), std::vector<std::string>{"g Stable"});
  node_.advance(1001);
  EXPECT_EQ(list(node_), std::vector<std::string>{"g Empty"});
}

TEST_P(Groups, AClientThatGoesAwayWhileItWaitsDoesNoHarm) {
  find(node_, {"g"});
  const ConnectionId client = node_.connect();
  node_.send(client, join_request("g"), 3);
  node_.disconnect(client);
  node_.advance(200);
  node_.advance(70'000);
  EXPECT_TRUE(list(node_).empty());
}

TEST_P(Groups, AStopDoesNotWaitForMembersToGather) {
  find(node_, {"g"});
  const ConnectionId client = node_.connect();
  node_.send(client, join_request("g"), 3);
  ASSERT_TRUE(node_.stop());
  EXPECT_EQ(node_.receive<JoinGroupResponse>(client, 3).error_code,
            ErrorCode::coordinator_not_available);
}

TEST_P(Groups, AreThereAgainAfterARestart) {
  create_topic(node_, "t");
  find(node_, {"g"});
  const ConnectionId client = node_.connect();
  node_.send(client, join_request("g"), 3);
  node_.advance(200);
  const auto joined = node_.receive<JoinGroupResponse>(client, 3);
  node_.call<SyncGroupResponse>(sync_request("g", joined), 3, client);
  EXPECT_EQ(commit(node_, commit_request("g", "t", 5, 1, joined.member_id)), ErrorCode::none);
  EXPECT_EQ(commit(node_, commit_request("h", "t", 6)), ErrorCode::none);
  ASSERT_TRUE(node_.stop());

  TestNode again(options(GetParam()), std::move(node_).take_world());
  EXPECT_EQ(list(again), (std::vector<std::string>{"g Stable", "h Empty"}));
  EXPECT_EQ(committed(again, "g"), std::vector<std::int64_t>{5});
  HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = 1;
  beat.member_id = joined.member_id;
  EXPECT_EQ(again.call<HeartbeatResponse>(beat, 3).error_code, ErrorCode::none);
  EXPECT_EQ(commit(again, commit_request("g", "t", 8, 1, joined.member_id)), ErrorCode::none);
  EXPECT_EQ(commit(again, commit_request("g", "t", 9, 0, joined.member_id)),
            ErrorCode::illegal_generation);
}

// Slices of a log that is larger than what is read at once follow each other, a step each.
TEST_P(Groups, AreLoadedFromTheSmallestSlicesToo) {
  auto with = options(GetParam());
  with.settings["offsets.load.buffer.size"] = "1";
  create_topic(node_, "t");
  find(node_, {"g"});
  for (std::int64_t offset = 0; offset < 20; ++offset)
    ASSERT_EQ(commit(node_, commit_request("g", "t", offset)), ErrorCode::none);
  ASSERT_TRUE(node_.stop());

  TestNode again(with, std::move(node_).take_world());
  again.advance(1);
  EXPECT_EQ(committed(again, "g"), std::vector<std::int64_t>{19});
}

// With acknowledgements that wait for the disk, commits do too.
TEST(GroupDurability, ACommitIsAnsweredWhenItIsAsSafeAsTheTopicDemands) {
  auto with = options(1);
  with.settings.emplace("log.flush.interval.messages", "1");
  TestNode node(with);
  create_topic(node, "t");
  find(node, {"g"});
  const ConnectionId client = node.connect();
  node.hold_syncs();
  node.send(client, commit_request("g", "t", 5), 8);
  EXPECT_FALSE(node.take_response(client));
  node.finish_syncs();
  const auto done = node.receive<OffsetCommitResponse>(client, 8);
  EXPECT_EQ(done.topics.at(0).partitions.at(0).error_code, ErrorCode::none);

  node.send(client, commit_request("g", "t", 6), 8);
  node.finish_syncs(model::fail(ErrorCode::kafka_storage_error, "broken"));
  const auto failed = node.receive<OffsetCommitResponse>(client, 8);
  EXPECT_EQ(failed.topics.at(0).partitions.at(0).error_code, ErrorCode::not_coordinator);
}

TEST(GroupPartition, IsWhereKafkaLooksForIt) {
  const auto of = [](std::string_view group) { return partition_of_group(group, 50).value(); };
  EXPECT_EQ(of(""), 0);
  EXPECT_EQ(of("a"), 47);
  EXPECT_EQ(of("console-consumer-1"), 24);
  EXPECT_EQ(of("polygenelubricants"), 0);  // the smallest of all hashes
  EXPECT_EQ(of("größe\U0001F600"), 14);
}

}  // namespace
}  // namespace gregor::broker
