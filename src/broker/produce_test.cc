// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Produce, as producers see it: what is refused and with which code, and what is acknowledged when.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Answer = ProduceResponse::PartitionProduceResponse;

record::BatchOptions producer(std::int64_t id, std::int16_t epoch, std::int32_t sequence) {
  return {.producer_id = model::ProducerId(id),
          .producer_epoch = model::ProducerEpoch(epoch),
          .base_sequence = model::SequenceNumber(sequence)};
}

class Produce : public testing::Test {
 protected:
  Produce() { create_topic(node_, "t", 2); }

  Answer call(const ProduceRequest& request, int version = 12) {
    return node_.call<ProduceResponse>(request, version).responses.at(0).partition_responses.at(0);
  }
  Answer send(base::BytesView batch) { return produce(node_, "t", 0, batch); }

  TestNode node_;
};

TEST_F(Produce, EveryServedVersionIsAnsweredByNameOrById) {
  const auto metadata = node_.call<MetadataResponse>(metadata_request({"t"}), 12);
  const base::Bytes batch = batch_of({"a"});
  for (int version = 3; version <= 13; ++version) {
    ProduceRequest request = produce_request("t", 0, batch);
    if (version == 13) {
      request.topic_data[0].name.clear();
      request.topic_data[0].topic_id = metadata.topics.at(0).topic_id;
    }
    const auto answer = call(request, version);
    EXPECT_EQ(answer.error_code, ErrorCode::none) << version;
    EXPECT_EQ(answer.base_offset, version - 3);
    EXPECT_EQ(answer.log_append_time_ms, -1);
    EXPECT_EQ(answer.log_start_offset, version >= 5 ? 0 : -1);
  }
}

TEST_F(Produce, VersionsBelowThreeCloseTheConnection) {
  const ConnectionId connection = node_.connect();
  const base::Bytes batch = batch_of({"a"});
  node_.send(connection, produce_request("t", 0, batch), 2);
  EXPECT_EQ(node_.close_reason(connection), "Produce request of version 2, which is not served");
}

TEST_F(Produce, UnknownPlacesAndImpossibleAcksAreRefused) {
  const base::Bytes batch = batch_of({"a"});
  EXPECT_EQ(call(produce_request("nowhere", 0, batch)).error_code,
            ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(call(produce_request("t", 7, batch)).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(call(produce_request("t", -1, batch)).error_code,
            ErrorCode::unknown_topic_or_partition);
  const auto acks = call(produce_request("t", 0, batch, 2));
  EXPECT_EQ(acks.error_code, ErrorCode::invalid_required_acks);
  EXPECT_EQ(acks.base_offset, -1);
  EXPECT_EQ(acks.log_start_offset, -1);
  ProduceRequest by_id = produce_request("", 0, batch);
  by_id.topic_data[0].topic_id = model::Uuid{{1, 2, 3}};
  EXPECT_EQ(call(by_id, 13).error_code, ErrorCode::unknown_topic_id);
}

TEST_F(Produce, BatchesThatBreakTheRulesAreRefusedAndTheLogStaysAsItIs) {
  base::Bytes damaged = batch_of({"a"});
  damaged.back() ^= std::byte{1};
  EXPECT_EQ(send(damaged).error_code, ErrorCode::corrupt_message);
  EXPECT_EQ(send({}).error_code, ErrorCode::invalid_record);
  base::Bytes two = batch_of({"a"});
  base::append(two, batch_of({"b"}));
  EXPECT_EQ(send(two).error_code, ErrorCode::invalid_record);
  const auto moved = send(batch_of({"a"}, {.base_offset = model::Offset(5)}));
  EXPECT_EQ(moved.error_code, ErrorCode::invalid_record);
  EXPECT_EQ(moved.log_start_offset, 0);
  EXPECT_EQ(list_offset(node_, "t", 0, latest_timestamp).offset, 0);
}

TEST_F(Produce, OversizedBatchIsRefusedByTheTopicsOwnLimit) {
  create_topic(node_, "small", 1, {{"max.message.bytes", "100"}});
  const base::Bytes batch = batch_of({std::string(200, 'x')});
  EXPECT_EQ(produce(node_, "small", 0, batch).error_code, ErrorCode::message_too_large);
  EXPECT_EQ(produce(node_, "t", 0, batch).error_code, ErrorCode::none);
}

TEST_F(Produce, RecordsWithoutKeyAreNamedOneByOneWhereKeysAreRequired) {
  create_topic(node_, "compacted", 1, {{"cleanup.policy", "compact"}});
  const auto answer = produce(node_, "compacted", 0, batch_of({"a", "b"}));
  EXPECT_EQ(answer.error_code, ErrorCode::invalid_record);
  ASSERT_EQ(answer.record_errors.size(), 2U);
  EXPECT_EQ(answer.record_errors[1].batch_index, 1);
  EXPECT_TRUE(answer.error_message.has_value());
}

TEST_F(Produce, TransactionsAreRefusedWithACodeThatTheVersionKnows) {
  auto options = producer(1, 0, 0);
  options.transactional = true;
  const base::Bytes batch = batch_of({"a"}, options);
  ProduceRequest request = produce_request("t", 0, batch);
  request.transactional_id = "payments";
  EXPECT_EQ(call(request, 11).error_code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(call(request, 12).error_code, ErrorCode::transaction_abortable);
}

TEST_F(Produce, RecordsOfATransactionNeedItsName) {
  auto options = producer(1, 0, 0);
  options.transactional = true;
  const base::Bytes batch = batch_of({"a"}, options);
  const auto answer = call(produce_request("t", 0, batch));
  EXPECT_EQ(answer.error_code, ErrorCode::transactional_id_authorization_failed);
  EXPECT_EQ(list_offset(node_, "t", 0, latest_timestamp).offset, 0);
}

TEST_F(Produce, RefusalTellsTheLogStartWhereTheBatchWasRead) {
  base::Bytes bad_header = batch_of({"a"});
  base::store_big_endian(bad_header.data() + record::at::record_count, std::int32_t{-1});
  base::store_big_endian(bad_header.data() + record::at::crc, record::compute_crc(bad_header));
  const auto header = send(bad_header);
  EXPECT_EQ(header.error_code, ErrorCode::invalid_record);
  EXPECT_EQ(header.log_start_offset, 0);
  EXPECT_EQ(header.error_message, std::nullopt);

  base::Bytes no_format = batch_of({"a"});
  base::store_big_endian(no_format.data() + record::at::magic, std::int8_t{3});
  const auto unread = send(no_format);
  EXPECT_EQ(unread.error_code, ErrorCode::corrupt_message);
  EXPECT_EQ(unread.log_start_offset, -1);
  EXPECT_TRUE(unread.error_message.has_value());
  EXPECT_EQ(send({}).log_start_offset, -1);
}

TEST_F(Produce, TopicWithoutPartitionsIsLeftOut) {
  const base::Bytes batch = batch_of({"a"});
  ProduceRequest request = produce_request("t", 0, batch);
  request.topic_data.emplace(request.topic_data.begin())->name = "t";
  const auto response = node_.call<ProduceResponse>(request, 12);
  ASSERT_EQ(response.responses.size(), 1U);
  EXPECT_EQ(response.responses[0].partition_responses.at(0).base_offset, 0);
}

TEST_F(Produce, RepeatedBatchGetsItsFirstOffsetAndGapsAreRefused) {
  EXPECT_EQ(send(batch_of({"a", "b"}, producer(7, 0, 0))).base_offset, 0);
  EXPECT_EQ(send(batch_of({"c"}, producer(7, 0, 2))).base_offset, 2);
  const auto repeated = send(batch_of({"a", "b"}, producer(7, 0, 0)));
  EXPECT_EQ(repeated.error_code, ErrorCode::none);
  EXPECT_EQ(repeated.base_offset, 0);
  EXPECT_EQ(send(batch_of({"x"}, producer(7, 0, 9))).error_code,
            ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(send(batch_of({"d"}, producer(7, 1, 0))).base_offset, 3);
  EXPECT_EQ(send(batch_of({"x"}, producer(7, 0, 3))).error_code, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(list_offset(node_, "t", 0, latest_timestamp).offset, 4);
}

TEST_F(Produce, LogAppendTimeIsTheBrokersOwn) {
  create_topic(node_, "stamped", 1, {{"message.timestamp.type", "LogAppendTime"}});
  node_.advance(5000);
  const auto answer = produce(node_, "stamped", 0, batch_of({"a"}));
  EXPECT_EQ(answer.log_append_time_ms, node_.now().wall.value());
  const auto found = list_offset(node_, "stamped", 0, answer.log_append_time_ms);
  EXPECT_EQ(found.offset, 0);
  EXPECT_EQ(found.timestamp, answer.log_append_time_ms);
}

TEST_F(Produce, TopicsOwnCompressionReplacesTheProducers) {
  create_topic(node_, "packed", 1, {{"compression.type", "lz4"}});
  const std::string value(1000, 'x');
  produce(node_, "packed", 0, {value, value});
  const auto data = fetch(node_, "packed", 0, 0);
  EXPECT_EQ(record::BatchView::parse(data.records->bytes())->codec(), record::Codec::lz4);
  EXPECT_EQ(values_in(data), (std::vector<std::string>{value, value}));
  EXPECT_LT(data.records->size(), value.size());
}

TEST_F(Produce, WithoutAcksThereIsNoAnswerAndAnErrorClosesTheConnection) {
  const ConnectionId connection = node_.connect();
  const base::Bytes batch = batch_of({"a"});
  node_.send(connection, produce_request("t", 0, batch, 0), 9);
  EXPECT_EQ(node_.proceeds(), 1U);
  EXPECT_FALSE(node_.is_busy(connection));
  EXPECT_EQ(node_.take_response(connection), std::nullopt);
  EXPECT_EQ(list_offset(node_, "t", 0, latest_timestamp).offset, 1);
  node_.send(connection, produce_request("nowhere", 0, batch, 0), 9);
  EXPECT_EQ(node_.close_reason(connection),
            "produce with acks=0 failed: UNKNOWN_TOPIC_OR_PARTITION for partition 0");
}

TEST_F(Produce, MinInsyncReplicasNeverAsksForMoreThanThereAre) {
  create_topic(node_, "strict", 1, {{"min.insync.replicas", "2"}});
  EXPECT_EQ(produce(node_, "strict", 0, batch_of({"a"})).error_code, ErrorCode::none);
}

TEST_F(Produce, PipelinedRequestsAreAnsweredInOrder) {
  const ConnectionId connection = node_.connect();
  const base::Bytes batch = batch_of({"a"});
  for (int i = 0; i < 3; ++i) node_.send(connection, produce_request("t", 0, batch), 9);
  for (int i = 0; i < 3; ++i) {
    const auto frame = node_.take_response(connection);
    ASSERT_TRUE(frame.has_value());
    base::BytesView rest = base::BytesView(*frame).subspan(frame_size_bytes);
    const auto header =
        decode_response_header(*find_api(ProduceResponse::api_key), model::ApiVersion(9), rest);
    const auto body = decode<ProduceResponse>(rest, model::ApiVersion(9));
    EXPECT_EQ(body->responses.at(0).partition_responses.at(0).base_offset, i);
  }
}

}  // namespace
}  // namespace gregor::broker
