// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A partition with two replicas, of which this node leads and the test plays the other one.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"
#include "protocol/messages/alter_partition.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

constexpr int version = 12;

class Followers : public testing::Test {
 protected:
  explicit Followers(const model::SettingMap& settings = {},
                     const std::vector<std::pair<std::string, std::string>>& configs = {})
      : node_({.settings = settings}) {
    create_topic_with_other_broker(node_, "t", {1, 2}, configs, "b");
    follower_ = node_.connect();
    producer_ = node_.connect();
  }

  static FetchRequest follower_request(std::int64_t offset, int epoch = 0, int wait_ms = 0) {
    FetchRequest request = fetch_request("t", {{.offset = offset}}, wait_ms);
    request.replica_id = 2;
    auto& partition = request.topics[0].partitions[0];
    partition.current_leader_epoch = epoch;
    partition.last_fetched_epoch = offset == 0 ? -1 : 0;
    partition.log_start_offset = 0;
    return request;
  }
  FetchResponse::PartitionData follow(std::int64_t offset, int epoch = 0) {
    return node_.call<FetchResponse>(follower_request(offset, epoch), version, follower_)
        .responses.at(0)
        .partitions.at(0);
  }
  void send_record(std::int16_t acks) {
    node_.send(producer_, produce_request("t", 0, batch_, acks), version);
  }
  // Broker 2 is the controller from now on.
  void elect_other() {
    const auto session = node_.tree().open_session(node_.now().wall).transaction->session;
    node_.change_tree(
        session, coordination::Multi{
                     {coordination::Remove{.path = "/controller"},
                      coordination::Create{.path = "/controller",
                                           .data = R"({"version":2,"brokerid":2,"timestamp":"1",)"
                                                   R"("kraftControllerEpoch":-1})",
                                           .mode = coordination::CreateMode::ephemeral}}});
  }
  std::optional<ErrorCode> produced() {
    if (node_.is_busy(producer_)) return std::nullopt;
    return node_.receive<ProduceResponse>(producer_, version)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  }

  TestNode node_;
  const base::Bytes batch_ = batch_of({"a"});
  ConnectionId follower_{}, producer_{};
};

TEST_F(Followers, AcksAllWaitsForThemAndConsumersSeeNothingBefore) {
  send_record(-1);
  EXPECT_FALSE(produced());
  EXPECT_TRUE(values_in(fetch(node_, "t", 0, 0)).empty());

  const auto first = follow(0);
  EXPECT_EQ(values_in(first), std::vector<std::string>{"a"});
  EXPECT_EQ(first.high_watermark, 0);
  EXPECT_FALSE(produced()) << "it was sent the record, and has not said that it has it";

  EXPECT_EQ(follow(1).high_watermark, 1);
  EXPECT_EQ(produced(), ErrorCode::none);
  EXPECT_EQ(values_in(fetch(node_, "t", 0, 0)), std::vector<std::string>{"a"});
}

TEST_F(Followers, AcksOneDoesNotWaitForThem) {
  send_record(1);
  EXPECT_EQ(produced(), ErrorCode::none);
  EXPECT_EQ(fetch(node_, "t", 0, 0).high_watermark, 0);
}

TEST_F(Followers, ProducerIsToldWhenItTakesTooLong) {
  send_record(-1);
  node_.advance(produce_request("t", 0, batch_).timeout_ms);
  EXPECT_EQ(produced(), ErrorCode::request_timed_out);
}

TEST_F(Followers, AreFencedByTheirLeaderEpoch) {
  EXPECT_EQ(follow(0, 1).error_code, ErrorCode::unknown_leader_epoch);
  EXPECT_EQ(follow(0, -1).error_code, ErrorCode::unknown_leader_epoch);
  FetchRequest stranger = follower_request(0);
  stranger.replica_id = 7;
  const auto response = node_.call<FetchResponse>(stranger, version, follower_);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).error_code, ErrorCode::unknown_leader_epoch);
}

TEST_F(Followers, WaitForRecordsAndForTheHighWatermark) {
  node_.send(follower_, follower_request(0, 0, 60'000), version);
  EXPECT_TRUE(node_.is_busy(follower_));
  send_record(-1);
  ASSERT_FALSE(node_.is_busy(follower_)) << "records that are not committed are for them";
  const auto sent = node_.receive<FetchResponse>(follower_, version);
  EXPECT_EQ(values_in(sent.responses.at(0).partitions.at(0)), std::vector<std::string>{"a"});

  // What it says commits the record, and that is news for itself.
  node_.send(follower_, follower_request(1, 0, 60'000), version);
  ASSERT_FALSE(node_.is_busy(follower_));
  const auto told = node_.receive<FetchResponse>(follower_, version);
  EXPECT_EQ(told.responses.at(0).partitions.at(0).high_watermark, 1);

  node_.send(follower_, follower_request(1, 0, 60'000), version);
  EXPECT_TRUE(node_.is_busy(follower_)) << "nothing is new";
}

TEST_F(Followers, ConsumersWakeWhenTheHighWatermarkMoves) {
  const ConnectionId consumer = node_.connect();
  node_.send(consumer, fetch_request("t", {{}}, 60'000), version);
  send_record(-1);
  EXPECT_TRUE(node_.is_busy(consumer));
  follow(0);
  EXPECT_TRUE(node_.is_busy(consumer));
  follow(1);
  EXPECT_FALSE(node_.is_busy(consumer));
}

TEST_F(Followers, GoBackToWhereTheLogsPart) {
  send_record(1);
  FetchRequest request = follower_request(5);  // of a longer log, in the same epoch
  const auto response = node_.call<FetchResponse>(request, version, follower_);
  const auto& partition = response.responses.at(0).partitions.at(0);
  EXPECT_EQ(partition.error_code, ErrorCode::none);
  EXPECT_EQ(partition.diverging_epoch.epoch, 0);
  EXPECT_EQ(partition.diverging_epoch.end_offset, 1);
}

TEST_F(Followers, WhoeverIsSilentIsTakenOutAndRecordsAreCommittedWithoutIt) {
  send_record(1);
  EXPECT_EQ(produced(), ErrorCode::none);
  node_.advance(60'000);
  EXPECT_EQ(fetch(node_, "t", 0, 0).high_watermark, 1);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U) << "the controller is here";
}

TEST_F(Followers, AControllerElsewhereIsAskedByRequest) {
  elect_other();
  send_record(1);
  EXPECT_EQ(produced(), ErrorCode::none);
  node_.advance(60'000);
  const auto request = node_.take_peer_request<AlterPartitionRequest>();
  EXPECT_EQ(request.broker_id, 1);
  const auto& asked = request.topics.at(0).partitions.at(0);
  ASSERT_EQ(asked.new_isr_with_epochs.size(), 1U);
  EXPECT_EQ(asked.new_isr_with_epochs[0].broker_id, 1);
  EXPECT_EQ(fetch(node_, "t", 0, 0).high_watermark, 0);

  AlterPartitionResponse response;
  auto& topic = response.topics.emplace_back();
  topic.topic_id = request.topics[0].topic_id;
  auto& partition = topic.partitions.emplace_back();
  partition.leader_id = 1;
  partition.leader_epoch = asked.leader_epoch;
  partition.partition_epoch = asked.partition_epoch + 1;
  partition.isr = {1};
  node_.answer_peer_request(response);
  EXPECT_EQ(fetch(node_, "t", 0, 0).high_watermark, 1);
}

TEST_F(Followers, AProposalThatFindsNoControllerIsMadeAgain) {
  elect_other();
  node_.advance(60'000);
  (void)node_.take_peer_request<AlterPartitionRequest>();
  node_.fail_peer_request();
  EXPECT_EQ(node_.untaken_peer_requests(), 0U);
  node_.advance(500);
  const auto again = node_.take_peer_request<AlterPartitionRequest>();
  EXPECT_EQ(again.topics.at(0).partitions.at(0).new_isr_with_epochs.size(), 1U);
}

// --- followers that keep to a quota (KIP-73) ---

struct FollowersThrottled : Followers {
  FollowersThrottled()
      : Followers({{"leader.replication.throttled.rate", "50"}},  // less than a batch a second
                  {{"leader.replication.throttled.replicas", "0:1"}}) {}

  void write_one() {
    send_record(1);
    EXPECT_EQ(produced(), ErrorCode::none);
  }
};

TEST_F(FollowersThrottled, WhoeverIsNotInSyncWaits) {
  node_.advance(60'000);
  write_one();
  EXPECT_EQ(values_in(follow(0)).size(), 1U);
  write_one();
  const auto none = follow(1);
  EXPECT_EQ(none.error_code, ErrorCode::none);
  EXPECT_EQ(none.high_watermark, 2);
  EXPECT_TRUE(values_in(none).empty());
  node_.advance(11'000);
  EXPECT_EQ(values_in(follow(1)).size(), 1U);
}

TEST_F(FollowersThrottled, AWaitingFetchIsAnsweredWhenItsTimeIsOver) {
  node_.advance(60'000);
  write_one();
  follow(0);
  write_one();
  follow(1);  // now the high watermark is no news either
  node_.send(follower_, follower_request(1, 0, 500), version);
  EXPECT_TRUE(node_.is_busy(follower_));
  write_one();
  node_.advance(500);
  EXPECT_FALSE(node_.is_busy(follower_));
}

TEST_F(FollowersThrottled, InSyncReplicasDoNotWait) {
  for (std::int64_t offset = 0; offset < 3; ++offset) {
    write_one();
    EXPECT_EQ(values_in(follow(offset)).size(), 1U) << offset;
  }
}

// --- consumers that may read elsewhere (KIP-392) ---

struct FollowersInRacks : Followers {
  FollowersInRacks()
      : Followers({{"broker.rack", "a"},
                   {"replica.selector.class", std::string(model::rack_aware_selector)}}) {
    send_record(-1);
    follow(0);
    follow(1);
  }

  FetchResponse::PartitionData read_from(const std::string& rack, std::int64_t offset = 0,
                                         int api_version = version) {
    FetchRequest request = fetch_request("t", {{.offset = offset}}, 60'000);
    request.rack_id = rack;
    return node_.call<FetchResponse>(request, api_version).responses.at(0).partitions.at(0);
  }
};

TEST_F(FollowersInRacks, AReaderIsSentToTheReplicaInItsRackAtOnce) {
  const auto sent = read_from("b");
  EXPECT_EQ(sent.error_code, ErrorCode::none);
  EXPECT_EQ(sent.preferred_read_replica, 2);
  EXPECT_EQ(sent.high_watermark, 1);
  EXPECT_TRUE(values_in(sent).empty());
  EXPECT_EQ(read_from("b", 1).preferred_read_replica, 2)
      << "also where there is nothing to wait for";
}

TEST_F(FollowersInRacks, AReaderStaysWhereItIsAsNearAsElsewhere) {
  for (const char* const rack : {"a", "c", ""}) {
    const auto here = read_from(rack);
    EXPECT_EQ(here.preferred_read_replica, -1) << rack;
    EXPECT_EQ(values_in(here), std::vector<std::string>{"a"}) << rack;
  }
}

TEST_F(FollowersInRacks, AnOldReaderIsNotSentElsewhere) {
  EXPECT_EQ(values_in(read_from("b", 0, 10)), std::vector<std::string>{"a"});
}

TEST_F(FollowersInRacks, AReaderIsNotSentToWhoLacksWhatItWants) {
  send_record(1);
  FetchRequest request = fetch_request("t", {{.offset = 2}});
  request.rack_id = "b";
  const auto response = node_.call<FetchResponse>(request, version);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).preferred_read_replica, -1);
}

TEST_F(FollowersInRacks, AnIncrementalAnswerTellsOfTheNearerReplica) {
  FetchRequest request = fetch_request("t", {{.offset = 1}});
  request.session_epoch = 0;
  const auto opened = node_.call<FetchResponse>(request, version);
  ASSERT_NE(opened.session_id, 0);
  request.topics.clear();
  request.session_id = opened.session_id;
  request.session_epoch = 1;
  EXPECT_TRUE(node_.call<FetchResponse>(request, version).responses.empty());
  request.session_epoch = 2;
  request.rack_id = "b";
  const auto told = node_.call<FetchResponse>(request, version);
  ASSERT_EQ(told.responses.size(), 1U);
  EXPECT_EQ(told.responses[0].partitions.at(0).preferred_read_replica, 2);
}

TEST_F(Followers, ReadersReadFromTheLeaderUnlessTheBrokerIsToldOtherwise) {
  FetchRequest request = fetch_request("t", {{}});
  request.rack_id = "b";
  const auto response = node_.call<FetchResponse>(request, version);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).preferred_read_replica, -1);
}

}  // namespace
}  // namespace gregor::broker
