// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Fetch, as consumers see it: limits, waiting, sessions, epochs.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Data = FetchResponse::PartitionData;

class Fetch : public testing::TestWithParam<std::uint32_t> {
 protected:
  Fetch() : node_({.shards = GetParam()}) { id_ = create_topic(node_, "t", 3); }

  Data one(const FetchRequest& request, int version = 12) {
    return node_.call<FetchResponse>(request, version).responses.at(0).partitions.at(0);
  }

  TestNode node_;
  model::TopicId id_;
};

INSTANTIATE_TEST_SUITE_P(Shards, Fetch, testing::Values(1U, 3U));

TEST_P(Fetch, EveryServedVersionReadsByNameOrById) {
  produce(node_, "t", 0, {"a"});
  for (int version = 4; version <= 18; ++version) {
    FetchRequest request = fetch_request("t", {{}});
    if (version >= 13) {
      request.topics[0].topic.clear();
      request.topics[0].topic_id = id_;
    }
    const Data data = one(request, version);
    EXPECT_EQ(data.error_code, ErrorCode::none) << version;
    EXPECT_EQ(values_in(data), std::vector<std::string>{"a"});
    EXPECT_EQ(data.last_stable_offset, 1);
    EXPECT_FALSE(data.aborted_transactions.has_value());
  }
}

TEST_P(Fetch, PlacesThatDoNotExistAreErrorsAtOnce) {
  FetchRequest request = fetch_request("t", {{.partition = 9}}, 60'000);
  EXPECT_EQ(one(request).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(one(fetch_request("nowhere", {{}}, 60'000)).error_code,
            ErrorCode::unknown_topic_or_partition);
  request.topics[0].topic.clear();
  EXPECT_EQ(one(request, 13).error_code, ErrorCode::unknown_topic_id);
  const Data beyond = one(fetch_request("t", {{.offset = 1}}, 60'000));
  EXPECT_EQ(beyond.error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(beyond.high_watermark, -1);
}

TEST_P(Fetch, LeaderEpochsAreCompared) {
  FetchRequest request = fetch_request("t", {{}});
  request.topics[0].partitions[0].current_leader_epoch = 5;
  EXPECT_EQ(one(request).error_code, ErrorCode::unknown_leader_epoch);
  request.topics[0].partitions[0].current_leader_epoch = 0;
  EXPECT_EQ(one(request).error_code, ErrorCode::none);
  request.topics[0].partitions[0].last_fetched_epoch = 0;
  EXPECT_EQ(one(request).diverging_epoch.epoch, -1);
  request.topics[0].partitions[0].current_leader_epoch = -2;
  EXPECT_EQ(one(request).error_code, ErrorCode::none) << "no epoch at all";
}

TEST_P(Fetch, FirstBatchIsWholeHoweverSmallTheLimit) {
  produce(node_, "t", 0, {std::string(500, 'a')});
  produce(node_, "t", 0, {"b"});
  const Data data = one(fetch_request("t", {{.bytes_max = 1}}));
  EXPECT_EQ(values_in(data).size(), 1U);
}

TEST_P(Fetch, LimitOfTheWholeAnswerHoldsAndEveryRoundMakesProgress) {
  for (int partition = 0; partition < 3; ++partition)
    for (int i = 0; i < 4; ++i) produce(node_, "t", partition, {std::string(300, 'x')});
  std::int64_t next[] = {0, 0, 0};
  for (int round = 0; round < 50 && next[0] + next[1] + next[2] < 12; ++round) {
    FetchRequest request =
        fetch_request("t", {{.partition = round % 3, .offset = next[round % 3]},
                            {.partition = (round + 1) % 3, .offset = next[(round + 1) % 3]}});
    request.max_bytes = 700;
    const auto response = node_.call<FetchResponse>(request, 12);
    std::size_t bytes = 0;
    for (const Data& data : response.responses.at(0).partitions) {
      const std::size_t got = values_in(data).size();
      next[data.partition_index] += static_cast<std::int64_t>(got);
      bytes += data.records->size();
    }
    EXPECT_LE(bytes, 800U);
  }
  EXPECT_EQ(next[0] + next[1] + next[2], 12);
}

TEST_P(Fetch, WaitsUntilThereIsSomethingAndIsWokenByIt) {
  const ConnectionId reader = node_.connect();
  node_.send(reader, fetch_request("t", {{}, {.partition = 1}, {.partition = 2}}, 500), 12);
  node_.advance(499);
  EXPECT_EQ(node_.take_response(reader), std::nullopt);
  produce(node_, "t", 1, {"a"});
  const auto response = node_.receive<FetchResponse>(reader, 12);
  EXPECT_EQ(values_in(response.responses.at(0).partitions.at(1)), std::vector<std::string>{"a"});
}

TEST_P(Fetch, WithoutTimeToWaitAllShardsAreHeardNevertheless) {
  for (int partition = 0; partition < 3; ++partition) produce(node_, "t", partition, {"a"});
  const auto response = node_.call<FetchResponse>(
      fetch_request("t", {{}, {.partition = 1}, {.partition = 2}}, 0), 12);
  for (const Data& data : response.responses.at(0).partitions) {
    EXPECT_EQ(data.high_watermark, 1);
    EXPECT_EQ(values_in(data).size(), 1U);
  }
}

TEST_P(Fetch, WaitEndsWithTheTimeThatTheClientGave) {
  const ConnectionId reader = node_.connect();
  node_.send(reader, fetch_request("t", {{}}, 500), 12);
  node_.advance(500);
  const auto response = node_.receive<FetchResponse>(reader, 12);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).high_watermark, 0);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).records->size(), 0U);
}

TEST_P(Fetch, WaitsForAsManyBytesAsAreAskedFor) {
  const ConnectionId reader = node_.connect();
  FetchRequest request = fetch_request("t", {{}, {.partition = 1}}, 60'000);
  request.min_bytes = 200;
  node_.send(reader, request, 12);
  produce(node_, "t", 0, {"a"});
  EXPECT_EQ(node_.take_response(reader), std::nullopt);
  produce(node_, "t", 1, {"b"});
  EXPECT_EQ(node_.take_response(reader), std::nullopt);
  produce(node_, "t", 0, {"c"});
  const auto response = node_.receive<FetchResponse>(reader, 12);
  const auto& partitions = response.responses.at(0).partitions;
  EXPECT_EQ(values_in(partitions.at(0)), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(values_in(partitions.at(1)), std::vector<std::string>{"b"});
}

TEST_P(Fetch, ReaderThatLeavesIsForgotten) {
  const ConnectionId reader = node_.connect();
  node_.send(reader, fetch_request("t", {{}, {.partition = 1}, {.partition = 2}}, 60'000), 12);
  node_.disconnect(reader);
  for (int partition = 0; partition < 3; ++partition) produce(node_, "t", partition, {"a"});
  node_.advance(60'000);
}

TEST_P(Fetch, ReadCommittedGetsAListOfAbortedTransactions) {
  produce(node_, "t", 0, {"a"});
  FetchRequest request = fetch_request("t", {{}});
  request.isolation_level = 1;
  const Data data = one(request);
  ASSERT_TRUE(data.aborted_transactions.has_value());
  EXPECT_TRUE(data.aborted_transactions->empty());
  EXPECT_EQ(values_in(data).size(), 1U);
}

TEST_P(Fetch, SessionTellsOnlyNews) {
  const ConnectionId reader = node_.connect();
  produce(node_, "t", 0, {"a"});
  FetchRequest full = fetch_request("t", {{}, {.partition = 1}});
  full.session_epoch = 0;
  const auto opened = node_.call<FetchResponse>(full, 12, reader);
  ASSERT_NE(opened.session_id, 0);
  EXPECT_EQ(opened.responses.at(0).partitions.size(), 2U);

  FetchRequest next;
  next.max_wait_ms = 0;
  next.min_bytes = 1;
  next.session_id = opened.session_id;
  next.session_epoch = 1;
  auto& moved = next.topics.emplace_back();
  moved.topic = "t";
  auto& position = moved.partitions.emplace_back();
  position.fetch_offset = 1;
  position.partition_max_bytes = 1000;
  const auto quiet = node_.call<FetchResponse>(next, 12, reader);
  EXPECT_EQ(quiet.session_id, opened.session_id);
  EXPECT_TRUE(quiet.responses.empty());

  produce(node_, "t", 1, {"b"});
  next.topics.clear();
  next.session_epoch = 2;
  const auto news = node_.call<FetchResponse>(next, 12, reader);
  ASSERT_EQ(news.responses.size(), 1U);
  EXPECT_EQ(values_in(news.responses[0].partitions.at(0)), std::vector<std::string>{"b"});

  EXPECT_EQ(node_.call<FetchResponse>(next, 12, reader).error_code,
            ErrorCode::invalid_fetch_session_epoch);
  next.session_id ^= 1;
  EXPECT_EQ(node_.call<FetchResponse>(next, 12, reader).error_code,
            ErrorCode::fetch_session_id_not_found);
}

TEST_P(Fetch, EmptySessionRequestWaitsForNewsToo) {
  const ConnectionId reader = node_.connect();
  FetchRequest full = fetch_request("t", {{}, {.partition = 1}});
  full.session_epoch = 0;
  FetchRequest next;
  next.max_wait_ms = 60'000;
  next.min_bytes = 1;
  next.session_id = node_.call<FetchResponse>(full, 12, reader).session_id;
  next.session_epoch = 1;
  node_.send(reader, next, 12);
  EXPECT_EQ(node_.take_response(reader), std::nullopt);
  produce(node_, "t", 1, {"a"});
  const auto response = node_.receive<FetchResponse>(reader, 12);
  ASSERT_EQ(response.responses.size(), 1U);
  EXPECT_EQ(response.responses[0].partitions.at(0).partition_index, 1);
}

TEST_P(Fetch, ReplicasOfOtherPartitionsAreNotServed) {
  FetchRequest request = fetch_request("t", {{}});
  request.replica_id = 2;
  EXPECT_EQ(one(request).error_code, ErrorCode::unknown_leader_epoch);
}

}  // namespace
}  // namespace gregor::broker
