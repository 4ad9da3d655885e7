// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is acknowledged is as safe as the topic demands; disks that fill up or fail; nodes that stop
// in good order or not.

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/testing/requests.h"
#include "log/data_files.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

const std::vector<std::pair<std::string, std::string>> synced = {{"flush.messages", "1"}};

ErrorCode error_of(TestNode& node, ConnectionId connection) {
  return node.receive<ProduceResponse>(connection, 9)
      .responses.at(0)
      .partition_responses.at(0)
      .error_code;
}

TEST(Durability, AcknowledgementAndReadersWaitForTheDiskAndShareItsSync) {
  TestNode node;
  create_topic(node, "t", 1, synced);
  node.hold_syncs();
  const ConnectionId first = node.connect(), second = node.connect(), third = node.connect();
  const base::Bytes batch = batch_of({"a"});
  node.send(first, produce_request("t", 0, batch), 9);
  EXPECT_EQ(node.held_syncs(), 1U);
  node.send(second, produce_request("t", 0, batch, 1), 9);
  node.send(third, produce_request("t", 0, batch), 9);
  EXPECT_EQ(node.held_syncs(), 1U) << "one sync at a time";
  EXPECT_EQ(node.take_response(first), std::nullopt);
  EXPECT_EQ(node.take_response(second), std::nullopt) << "acks=1 waits as well";
  EXPECT_EQ(fetch(node, "t", 0, 0).high_watermark, 0);
  EXPECT_EQ(fetch(node, "t", 0, 0).records->size(), 0U) << "readers wait as well";

  node.finish_syncs();
  EXPECT_TRUE(node.take_response(first).has_value());
  EXPECT_EQ(node.take_response(second), std::nullopt);
  EXPECT_EQ(node.held_syncs(), 1U) << "the two that came meanwhile share the next one";
  EXPECT_EQ(fetch(node, "t", 0, 0).high_watermark, 1);

  node.finish_syncs();
  EXPECT_TRUE(node.take_response(second).has_value());
  EXPECT_TRUE(node.take_response(third).has_value());
  EXPECT_EQ(fetch(node, "t", 0, 0).high_watermark, 3);
}

TEST(Durability, SyncedRecordsSurviveAPowerCut) {
  TestNode before;
  create_topic(before, "t", 1, synced);
  for (int i = 0; i < 5; ++i) produce(before, "t", 0, {std::to_string(i)});
  TestWorld world = std::move(before).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode after({}, std::move(world));
  ASSERT_TRUE(after.is_ready()) << after.fatal().value_or("");
  EXPECT_EQ(values_in(fetch(after, "t", 0, 0)),
            (std::vector<std::string>{"0", "1", "2", "3", "4"}));
}

TEST(Durability, RecordsSurviveTheDeathOfTheProcess) {
  TestNode before;
  create_topic(before, "t", 1);
  produce(before, "t", 0, {"a", "b"});
  TestWorld world = std::move(before).take_world();
  world.disk = world.disk->after_process_death();
  TestNode after({}, std::move(world));
  ASSERT_TRUE(after.is_ready());
  EXPECT_EQ(values_in(fetch(after, "t", 0, 0)), (std::vector<std::string>{"a", "b"}));
}

TEST(Durability, FailedSyncTakesThePartitionOfflineAndNothingIsAcknowledged) {
  TestNode node;
  create_topic(node, "t", 1, synced);
  create_topic(node, "other", 1);
  node.hold_syncs();
  const ConnectionId connection = node.connect();
  const base::Bytes batch = batch_of({"a"});
  node.send(connection, produce_request("t", 0, batch), 9);
  node.finish_syncs(model::fail(ErrorCode::kafka_storage_error, "fdatasync: I/O error"));
  EXPECT_EQ(error_of(node, connection), ErrorCode::kafka_storage_error);
  EXPECT_EQ(produce(node, "t", 0, batch).error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(fetch(node, "t", 0, 0).error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(produce(node, "other", 0, batch).error_code, ErrorCode::none);
}

TEST(Durability, FullDiskRefusesRecordsUntilThereIsSpaceAndReadsGoOn) {
  TestNode node;
  create_topic(node, "t", 1);
  produce(node, "t", 0, {"a"});
  node.disk().faults().capacity = node.disk().faults().used + 10;
  EXPECT_EQ(produce(node, "t", 0, batch_of({"b"})).error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(values_in(fetch(node, "t", 0, 0)), (std::vector<std::string>{"a"}));
  EXPECT_EQ(std::ranges::count_if(
                node.lines(),
                [](const std::string& line) { return line.find("No space") != std::string::npos; }),
            1);
  EXPECT_EQ(produce(node, "t", 0, batch_of({"b"})).error_code, ErrorCode::kafka_storage_error);
  node.disk().faults().capacity = ~std::uint64_t{0};
  EXPECT_EQ(produce(node, "t", 0, {"c"}), 1);
  EXPECT_EQ(values_in(fetch(node, "t", 0, 0)), (std::vector<std::string>{"a", "c"}));
}

TEST(Durability, CleanStopIsMarkedAndTheMarkIsGoneWhileTheNodeRuns) {
  const std::string mark = "/data/.kafka_cleanshutdown";
  TestNode first;
  create_topic(first, "t", 1);
  produce(first, "t", 0, {"a"});
  EXPECT_FALSE(first.disk().exists(mark));
  ASSERT_TRUE(first.stop());
  EXPECT_TRUE(first.disk().exists(mark));
  const auto point =
      log::decode_partition_offsets(first.disk().content("/data/recovery-point-offset-checkpoint"));
  EXPECT_EQ(point->at({"t", model::PartitionIndex(0)}), model::Offset(1));
  TestNode second({}, std::move(first).take_world());
  EXPECT_FALSE(second.disk().exists(mark));
}

TEST(Durability, AStopThatCannotWriteTheCheckpointFilesIsNoCleanOne) {
  TestNode node;
  node.disk().fail_next(log::DiskOperation::rename);
  ASSERT_TRUE(node.stop());
  EXPECT_TRUE(std::ranges::any_of(node.lines(), [](const std::string& line) {
    return line.contains("checkpoint: rename /data/");
  })) << testing::PrintToString(node.lines());
  EXPECT_FALSE(node.disk().exists("/data/.kafka_cleanshutdown"));
}

TEST(Durability, MarkOfACleanStopDoesNotComeBackAfterAStartThatCouldNotSyncItsRemoval) {
  TestNode first;
  create_topic(first, "t", 1);
  ASSERT_TRUE(first.stop());
  TestWorld world = std::move(first).take_world();
  world.disk->fail_next(log::DiskOperation::sync_folder);
  TestNode failed({}, std::move(world));
  EXPECT_FALSE(failed.is_ready());
  TestNode second({}, std::move(failed).take_world());
  ASSERT_TRUE(second.is_ready()) << second.fatal().value_or("");
  base::Prng prng(1);
  const auto left = second.disk().after_power_loss(prng, log::Unsynced::all_lost);
  EXPECT_FALSE(left->exists("/data/.kafka_cleanshutdown"));
}

TEST(Durability, RecordsThatWereFoundAfterTheDeathOfTheProcessSurviveAPowerCut) {
  TestNode before;
  create_topic(before, "t", 1, synced);
  before.hold_syncs();
  const base::Bytes batch = batch_of({"a"});
  before.send(before.connect(), produce_request("t", 0, batch), 9);
  TestWorld world = std::move(before).take_world();
  world.disk = world.disk->after_process_death();
  TestNode after({}, std::move(world));
  ASSERT_TRUE(after.is_ready());
  after.hold_syncs();
  EXPECT_EQ(values_in(fetch(after, "t", 0, 0)), (std::vector<std::string>{"a"}));
  world = std::move(after).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode last({}, std::move(world));
  ASSERT_TRUE(last.is_ready());
  EXPECT_EQ(values_in(fetch(last, "t", 0, 0)), (std::vector<std::string>{"a"}));
}

TEST(Durability, StopAnswersWhatWaits) {
  TestNode node({.shards = 2});
  create_topic(node, "t", 1, synced);
  node.hold_syncs();
  const ConnectionId reader = node.connect(), writer = node.connect();
  node.send(reader, fetch_request("t", {{}}, 60'000), 12);
  const base::Bytes batch = batch_of({"a"});
  node.send(writer, produce_request("t", 0, batch), 9);
  EXPECT_FALSE(node.stop()) << "the producer's records are not on the disk yet";
  EXPECT_TRUE(node.take_response(reader).has_value());
  node.finish_syncs();
  EXPECT_EQ(error_of(node, writer), ErrorCode::none);
  EXPECT_TRUE(node.disk().exists("/data/.kafka_cleanshutdown"));
}

TEST(Durability, FlushMsSyncsInTheBackground) {
  TestNode node;
  create_topic(node, "t", 1, {{"flush.ms", "1000"}});
  node.hold_syncs();
  produce(node, "t", 0, {"a"});
  EXPECT_EQ(node.held_syncs(), 0U);
  node.advance(999);
  EXPECT_EQ(node.held_syncs(), 0U);
  node.advance(1);
  EXPECT_EQ(node.held_syncs(), 1U);
  node.finish_syncs();
  node.advance(10'000);
  EXPECT_EQ(node.held_syncs(), 0U) << "nothing new, nothing to do";
}

TEST(Durability, CheckpointsAreWrittenFromTimeToTime) {
  TestNode node({.shards = 2});
  create_topic(node, "t", 4, synced);
  for (int partition = 0; partition < 4; ++partition) produce(node, "t", partition, {"a"});
  node.advance(60'000);
  const auto points =
      log::decode_partition_offsets(node.disk().content("/data/recovery-point-offset-checkpoint"));
  ASSERT_TRUE(points.has_value());
  EXPECT_EQ(points->size(), 4U) << "of the partitions of all shards";
  for (const auto& [name, offset] : *points) EXPECT_EQ(offset, model::Offset(1));
}

TEST(Durability, FolderOfAnotherTopicOfTheSameNameIsSetAside) {
  TestNode first;
  create_topic(first, "t", 1);
  produce(first, "t", 0, {"old"});
  ASSERT_TRUE(first.stop());
  TestWorld world = std::move(first).take_world();
  world.tree = std::make_shared<coordination::ZnodeTree>();  // a cluster that never heard of it
  world.disk->put("/data/meta.properties", {});
  TestNode second({.seed = 2}, std::move(world));
  ASSERT_TRUE(second.is_ready()) << second.fatal().value_or("");
  create_topic(second, "t", 1);
  EXPECT_EQ(produce(second, "t", 0, {"new"}), 0);
  const auto entries = second.disk().list("/data");
  EXPECT_TRUE(std::ranges::any_of(
      *entries, [](const auto& entry) { return entry.name.ends_with("-stray"); }));
}

TEST(Durability, FolderOfAnotherBrokerOrClusterIsNotTouched) {
  TestNode first;
  ASSERT_TRUE(first.stop());
  TestWorld world = std::move(first).take_world();
  TestNode second({.settings = {{"broker.id", "2"}}}, std::move(world));
  EXPECT_FALSE(second.is_ready());
  EXPECT_NE(second.fatal()->find("belongs to broker 1"), std::string::npos);

  TestNode third;
  ASSERT_TRUE(third.stop());
  world = std::move(third).take_world();
  world.tree = std::make_shared<coordination::ZnodeTree>();
  TestNode fourth({.seed = 2}, std::move(world));
  EXPECT_FALSE(fourth.is_ready());
  EXPECT_NE(fourth.fatal()->find("belongs to cluster"), std::string::npos);
}

TEST(Durability, BrokerWithoutAnIdGetsOneAndKeepsIt) {
  TestNode first({.settings = {{"broker.id", "-1"}}});
  ASSERT_TRUE(first.is_ready()) << first.fatal().value_or("");
  const auto metadata = first.call<MetadataResponse>(metadata_request({}), 12);
  EXPECT_EQ(metadata.brokers.at(0).node_id, 1001);
  ASSERT_TRUE(first.stop());
  TestNode second({.settings = {{"broker.id", "-1"}}}, std::move(first).take_world());
  EXPECT_EQ(second.call<MetadataResponse>(metadata_request({}), 12).brokers.at(0).node_id, 1001);
}

}  // namespace
}  // namespace gregor::broker
