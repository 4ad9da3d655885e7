// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Records that must reach the disk before they are acknowledged, on a disk that is full: whoever
// waits hears so at once, and everything goes on when there is space again.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/testing/requests.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/delete_topics.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

struct FullDisk : testing::Test {
  TestNode node;
  const ConnectionId writer = node.connect();
  const ConnectionId reader = node.connect();

  void leave(std::size_t bytes) {
    node.disk().faults().capacity = node.disk().faults().used + bytes;
  }
  void make_space() { node.disk().faults().capacity = unlimited; }

  // The answer must be there already.
  ProduceResponse::PartitionProduceResponse answer() {
    return node.receive<ProduceResponse>(writer, 9).responses.at(0).partition_responses.at(0);
  }
  void send(const base::Bytes& batch) { node.send(writer, produce_request("t", 0, batch), 9); }
  std::int64_t high_watermark() { return list_offset(node, "t", 0, latest_timestamp).offset; }

  // Two records, and leader epochs that have changed and are not in their file.
  void begin_with_unwritten_epochs() {
    create_topic(node, "t", 1, {{"flush.messages", "1"}});
    produce(node, "t", 0, {"a"});
    produce(node, "t", 0, {"b"});
    leave(0);
    delete_records_below(1);
  }

  void delete_records_below(std::int64_t offset) {
    DeleteRecordsRequest request;
    request.timeout_ms = 1000;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.partition_index = 0, .offset = offset, .unknown_tags = {}});
    ASSERT_EQ(node.call<DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0).error_code,
              ErrorCode::none);
  }
};

TEST_F(FullDisk, WhatCannotBeSyncedIsRefusedAtOnceAndVisibleWhenThereIsSpace) {
  begin_with_unwritten_epochs();
  const base::Bytes batch = batch_of({"c"});
  leave(batch.size());
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  node.send(reader, fetch_request("t", {{.partition = 0, .offset = 2}}, 60'000), 12);
  node.advance(10'000);
  EXPECT_EQ(node.take_response(reader), std::nullopt) << "not on the disk";

  make_space();
  node.advance(2'000);
  const auto read = node.receive<FetchResponse>(reader, 12);
  EXPECT_EQ(values_in(read.responses.at(0).partitions.at(0)), std::vector<std::string>{"c"});
}

TEST_F(FullDisk, RepeatedBatchIsAcknowledgedWithItsFirstOffsetAsSoonAsThereIsSpace) {
  begin_with_unwritten_epochs();
  const base::Bytes batch = batch_of({"c"}, {.producer_id = model::ProducerId(7),
                                             .producer_epoch = model::ProducerEpoch(0),
                                             .base_sequence = model::SequenceNumber(0)});
  leave(batch.size());
  for (int attempt = 0; attempt < 3; ++attempt) {
    send(batch);
    EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  }
  make_space();
  send(batch);
  const auto repeated = answer();
  EXPECT_EQ(repeated.error_code, ErrorCode::none);
  EXPECT_EQ(repeated.base_offset, 2);
  EXPECT_EQ(high_watermark(), 3);
}

TEST_F(FullDisk, SyncThatCannotReachTheRecordsIsNotRepeatedWithoutPause) {
  create_topic(
      node, "t", 1,
      {{"flush.messages", "1"}, {"segment.bytes", "1048576"}, {"index.interval.bytes", "1"}});
  for (int i = 0; i < 20; ++i) produce(node, "t", 0, {std::string(50'000, 'a')});
  const base::Bytes batch = batch_of({std::string(50'000, 'b')});
  leave(100);  // for some of the indexes of the segment that ends
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  node.hold_syncs();
  leave(batch.size());
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(node.held_syncs(), 1U);
  node.finish_syncs();
  EXPECT_EQ(node.held_syncs(), 0U);
  node.advance(5'000);
  EXPECT_EQ(node.held_syncs(), 1U) << "one at a time";
  make_space();
  node.finish_syncs();
  node.advance(2'000);
  node.finish_syncs();
  EXPECT_EQ(high_watermark(), 21);
  node.advance(10'000);
  EXPECT_EQ(node.held_syncs(), 0U);
}

TEST_F(FullDisk, OneLineTellsTheOperatorWhatCouldNotBeWritten) {
  begin_with_unwritten_epochs();
  const base::Bytes batch = batch_of({"c"});
  leave(batch.size());
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  int lines = 0;
  for (const std::string& line : node.lines())
    if (line.find("leader-epoch-checkpoint") != std::string::npos) ++lines;
  EXPECT_EQ(lines, 1);
}

TEST_F(FullDisk, DeletingATopicMakesSpace) {
  create_topic(node, "old", 1, {{"file.delete.delay.ms", "1000"}});
  create_topic(node, "t", 1);
  produce(node, "old", 0, {std::string(10'000, 'a')});
  leave(0);
  const base::Bytes batch = batch_of({"b"});
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::kafka_storage_error);
  DeleteTopicsRequest request;
  request.topic_names = {"old"};
  request.timeout_ms = 1000;
  EXPECT_EQ(node.call<DeleteTopicsResponse>(request, 5).responses.at(0).error_code,
            ErrorCode::none);
  node.advance(2'000);
  send(batch);
  EXPECT_EQ(answer().error_code, ErrorCode::none);
}

TEST_F(FullDisk, DeletingRecordsMakesSpaceOnceTheirEndIsInTheCheckpoints) {
  create_topic(node, "t", 1, {{"segment.bytes", "1048576"}, {"file.delete.delay.ms", "1000"}});
  for (const char letter : {'a', 'b', 'c'}) produce(node, "t", 0, {std::string(800'000, letter)});
  delete_records_below(2);
  const std::uint64_t before = node.disk().faults().used;
  node.advance(59'000);
  EXPECT_EQ(node.disk().faults().used, before);
  node.hold_syncs();
  node.advance(120'000);
  EXPECT_GE(node.disk().faults().used, before) << "the checkpoint is not durable";
  node.release_syncs();
  node.advance(120'000);
  EXPECT_LT(node.disk().faults().used, before - 1'600'000);

  TestWorld world = std::move(node).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode next({}, std::move(world));
  ASSERT_TRUE(next.is_ready());
  EXPECT_EQ(list_offset(next, "t", 0, earliest_timestamp).offset, 2);
}

TEST_F(FullDisk, LogThatCannotBeOpenedIsOpenedWhenThereIsSpace) {
  create_topic(node, "t", 1, {});
  produce(node, "t", 0, {"a"});
  TestWorld world = std::move(node).take_world();
  const std::string metadata = "/data/t-0/partition.metadata";
  ASSERT_TRUE(world.disk->exists(metadata));
  ASSERT_TRUE(world.disk->remove(metadata));
  world.disk->faults().capacity = world.disk->faults().used;
  TestNode next({}, std::move(world));
  const ConnectionId client = next.connect();
  const auto send = [&](const std::string& record) {
    next.send(client, produce_request("t", 0, batch_of({record})), 9);
    return next.receive<ProduceResponse>(client, 9)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  };
  next.advance(100'000);
  EXPECT_EQ(send("b"), ErrorCode::kafka_storage_error);
  next.disk().faults().capacity = unlimited;
  next.advance(60'000);
  EXPECT_EQ(send("b"), ErrorCode::none);
  EXPECT_EQ(list_offset(next, "t", 0, latest_timestamp).offset, 2);
}

}  // namespace
}  // namespace gregor::broker
