// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ListOffsets, OffsetForLeaderEpoch, DeleteRecords and InitProducerId, as clients see them.

#include <gtest/gtest.h>

#include <set>

#include "broker/testing/requests.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/offset_for_leader_epoch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

class Offsets : public testing::TestWithParam<std::uint32_t> {
 protected:
  Offsets() : node_({.shards = GetParam()}) { create_topic(node_, "t", 2); }

  // One record with this timestamp.
  void produce_at(std::int64_t timestamp) {
    record::BatchBuilder builder({});
    builder.add({.timestamp = model::Timestamp(timestamp), .key = {}, .value = {}});
    const base::Bytes batch = builder.finish();
    ASSERT_EQ(produce(node_, "t", 0, batch).error_code, ErrorCode::none);
  }
  ListOffsetsResponse list(std::vector<std::pair<std::int32_t, std::int64_t>> asked, int version,
                           std::int32_t leader_epoch = -1) {
    ListOffsetsRequest request;
    request.replica_id = -1;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    for (const auto& [partition, timestamp] : asked) {
      auto& one = topic.partitions.emplace_back();
      one.partition_index = partition;
      one.timestamp = timestamp;
      if (version >= 4) one.current_leader_epoch = leader_epoch;
    }
    return node_.call<ListOffsetsResponse>(request, version);
  }
  DeleteRecordsResponse::DeleteRecordsPartitionResult remove(const std::string& topic,
                                                             std::int64_t before) {
    DeleteRecordsRequest request;
    request.timeout_ms = 1000;
    request.topics.push_back({topic, {{0, before, {}}}, {}});
    return node_.call<DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0);
  }

  TestNode node_;
};

INSTANTIATE_TEST_SUITE_P(Shards, Offsets, testing::Values(1U, 3U));

TEST_P(Offsets, SpecialTimestampsMeanTheEndsAndTheNewestRecord) {
  const std::int64_t base = node_.now().wall.value();
  for (const int plus : {0, 20, 10}) produce_at(base + plus);
  const auto latest = list_offset(node_, "t", 0, latest_timestamp);
  EXPECT_EQ(latest.offset, 3);
  EXPECT_EQ(latest.timestamp, -1);
  EXPECT_EQ(latest.leader_epoch, 0);
  EXPECT_EQ(list_offset(node_, "t", 0, earliest_timestamp).offset, 0);
  EXPECT_EQ(list_offset(node_, "t", 0, earliest_local_timestamp).offset, 0);
  const auto newest = list_offset(node_, "t", 0, max_timestamp);
  EXPECT_EQ(newest.offset, 1);
  EXPECT_EQ(newest.timestamp, base + 20);
  EXPECT_EQ(list_offset(node_, "t", 0, latest_tiered_timestamp).offset, -1);
  EXPECT_EQ(list_offset(node_, "t", 1, max_timestamp).offset, -1);
}

TEST_P(Offsets, TimestampFindsTheFirstRecordNotBeforeIt) {
  const std::int64_t base = node_.now().wall.value();
  for (const int plus : {0, 20, 10}) produce_at(base + plus);
  EXPECT_EQ(list_offset(node_, "t", 0, base + 1).offset, 1);
  EXPECT_EQ(list_offset(node_, "t", 0, base + 1).timestamp, base + 20);
  const auto none = list_offset(node_, "t", 0, base + 21);
  EXPECT_EQ(none.error_code, ErrorCode::none);
  EXPECT_EQ(none.offset, -1);
  EXPECT_EQ(none.timestamp, -1);
}

TEST_P(Offsets, TimestampsThatTheVersionDoesNotKnowAreRefused) {
  const std::vector<std::pair<std::int64_t, int>> since = {
      {max_timestamp, 7}, {earliest_local_timestamp, 8}, {latest_tiered_timestamp, 9}};
  for (const auto& [timestamp, version] : since) {
    EXPECT_EQ(list({{0, timestamp}}, version - 1).topics.at(0).partitions.at(0).error_code,
              ErrorCode::unsupported_version);
    EXPECT_EQ(list({{0, timestamp}}, version).topics.at(0).partitions.at(0).error_code,
              ErrorCode::none);
  }
  EXPECT_EQ(list({{0, -6}}, 10).topics.at(0).partitions.at(0).error_code,
            ErrorCode::unsupported_version);
}

TEST_P(Offsets, DoubleQuestionsUnknownPlacesAndWrongEpochsAreRefused) {
  const auto twice = list({{0, -1}, {1, -1}, {0, -2}}, 10).topics.at(0).partitions;
  ASSERT_EQ(twice.size(), 2U) << "one answer a partition";
  EXPECT_EQ(twice.at(0).error_code, ErrorCode::invalid_request);
  EXPECT_EQ(twice.at(1).error_code, ErrorCode::none);
  EXPECT_EQ(list({{5, -1}}, 10).topics.at(0).partitions.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(list({{0, -1}}, 10, 9).topics.at(0).partitions.at(0).error_code,
            ErrorCode::unknown_leader_epoch);
}

TEST_P(Offsets, EpochEndsWhereTheLogEndsAndLaterOnesAreUnknown) {
  produce_at(node_.now().wall.value());
  OffsetForLeaderEpochRequest request;
  request.replica_id = -1;
  auto& topic = request.topics.emplace_back();
  topic.topic = "t";
  for (const std::int32_t epoch : {0, 1}) {
    auto& one = topic.partitions.emplace_back();
    one.leader_epoch = epoch;
  }
  const auto ends = node_.call<OffsetForLeaderEpochResponse>(request, 4).topics.at(0).partitions;
  EXPECT_EQ(ends.at(0).leader_epoch, 0);
  EXPECT_EQ(ends.at(0).end_offset, 1);
  EXPECT_EQ(ends.at(1).error_code, ErrorCode::none);
  EXPECT_EQ(ends.at(1).leader_epoch, -1);
  EXPECT_EQ(ends.at(1).end_offset, -1);
}

TEST_P(Offsets, DeletedRecordsAreOutOfRangeAndStayGoneAfterARestart) {
  for (int i = 0; i < 4; ++i) produce_at(node_.now().wall.value());
  EXPECT_EQ(remove("t", 3).low_watermark, 3);
  EXPECT_EQ(remove("t", 1).low_watermark, 3);
  EXPECT_EQ(fetch(node_, "t", 0, 2).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(fetch(node_, "t", 0, 3).log_start_offset, 3);
  EXPECT_EQ(remove("t", 5).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(remove("t", 5).low_watermark, -1);
  ASSERT_TRUE(node_.stop());
  TestNode next({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_EQ(list_offset(next, "t", 0, earliest_timestamp).offset, 3);
  EXPECT_EQ(list_offset(next, "t", 0, latest_timestamp).offset, 4);
}

TEST_P(Offsets, RecordsAreDeletedUpToTheHighWatermarkOnRequestAndOnlyWherePoliciesAllow) {
  for (int i = 0; i < 3; ++i) produce_at(node_.now().wall.value());
  EXPECT_EQ(remove("t", -1).low_watermark, 3);
  EXPECT_EQ(remove("t", -2).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(remove("nowhere", 0).error_code, ErrorCode::unknown_topic_or_partition);
  create_topic(node_, "c", 1, {{"cleanup.policy", "compact"}});
  EXPECT_EQ(remove("c", 0).error_code, ErrorCode::policy_violation);
  EXPECT_EQ(remove("__consumer_offsets", 0).error_code, ErrorCode::invalid_topic_exception);
}

TEST_P(Offsets, OfTwoLimitsForAPartitionTheLastCounts) {
  for (int i = 0; i < 4; ++i) produce_at(node_.now().wall.value());
  DeleteRecordsRequest request;
  request.timeout_ms = 1000;
  request.topics.push_back({"t", {{0, 4, {}}, {1, 0, {}}}, {}});
  request.topics.push_back({"t", {{0, 2, {}}}, {}});
  const auto response = node_.call<DeleteRecordsResponse>(request, 2);
  ASSERT_EQ(response.topics.at(0).partitions.size(), 1U);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).partition_index, 1);
  EXPECT_EQ(response.topics.at(1).partitions.at(0).low_watermark, 2);
}

TEST_P(Offsets, ProducerIdsAreNeverGivenTwiceNotEvenAfterARestart) {
  std::set<std::int64_t> ids;
  const InitProducerIdRequest request{.transactional_id = std::nullopt, .unknown_tags = {}};
  for (int i = 0; i < 1500; ++i) {  // more than one block of them
    const auto response = node_.call<InitProducerIdResponse>(request, 4);
    ASSERT_EQ(response.error_code, ErrorCode::none);
    EXPECT_EQ(response.producer_epoch, 0);
    EXPECT_TRUE(ids.insert(response.producer_id).second);
  }
  TestNode next({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_FALSE(ids.contains(next.call<InitProducerIdResponse>(request, 4).producer_id));
}

TEST_P(Offsets, ProducerIdsForTransactionsAndContradictionsAreRefused) {
  InitProducerIdRequest request{.transactional_id = "tx", .unknown_tags = {}};
  const auto refused = node_.call<InitProducerIdResponse>(request, 4);
  EXPECT_EQ(refused.error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(refused.producer_id, -1);
  request.transactional_id = "";
  EXPECT_EQ(node_.call<InitProducerIdResponse>(request, 4).error_code, ErrorCode::invalid_request);
  request.transactional_id = std::nullopt;
  request.producer_id = 5;
  EXPECT_EQ(node_.call<InitProducerIdResponse>(request, 4).error_code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace gregor::broker
