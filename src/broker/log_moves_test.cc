// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Logs that move to another data folder: while they serve, through stops, crashes and power cuts at
// any point.

#include "broker/log_moves.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "broker/storage.h"
#include "broker/testing/requests.h"
#include "log/file_names.h"
#include "protocol/messages/alter_replica_log_dirs.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_log_dirs.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Texts = std::vector<std::string>;

const model::SettingMap two_folders = {{"log.dirs", "/data,/other"}};
const std::vector<std::pair<std::string, std::string>> synced = {{"flush.messages", "1"}};

ErrorCode move(TestNode& node, const std::string& path, std::int32_t partition = 0,
               const std::string& topic = "t") {
  AlterReplicaLogDirsRequest request;
  request.dirs.push_back({path, {{topic, {partition}, {}}}, {}});
  const auto answer = node.call<AlterReplicaLogDirsResponse>(request, 2);
  EXPECT_EQ(answer.results.at(0).topic_name, topic);
  return answer.results.at(0).partitions.at(0).error_code;
}

// "/data t-0", "/other t-0 copy lag=3"
Texts told(TestNode& node) {
  DescribeLogDirsRequest request;
  request.topics.reset();
  Texts out;
  for (const auto& folder : node.call<DescribeLogDirsResponse>(request, 4).results)
    for (const auto& topic : folder.topics)
      for (const auto& one : topic.partitions) {
        out.push_back(fmt::format("{} {}-{}", folder.log_dir, topic.name, one.partition_index));
        if (one.is_future_key) out.back() += fmt::format(" copy lag={}", one.offset_lag);
      }
  return out;
}

// "t-0", "t-0 copy": what of partitions lies in the folder.
Texts lying_in(TestNode& node, const std::string& folder) {
  Texts out;
  const auto entries = node.disk().list(folder);
  EXPECT_TRUE(entries);
  for (const auto& entry : *entries) {
    const auto name = log::parse_folder_name(entry.name);
    if (!entry.is_folder || !name || name->kind == log::FolderKind::to_delete) continue;
    out.push_back(to_string(name->partition) +
                  (name->kind == log::FolderKind::future ? " copy" : ""));
  }
  return out;
}

Texts numbers(int count) {
  Texts out;
  for (int i = 0; i < count; ++i) out.push_back(std::to_string(i) + std::string(200, '.'));
  return out;
}

Texts all_values(TestNode& node, std::int64_t from = 0) {
  Texts out;
  for (;;) {
    const Texts some = values_in(fetch(node, "t", 0, from + static_cast<std::int64_t>(out.size())),
                                 from + static_cast<std::int64_t>(out.size()));
    if (some.empty()) return out;
    out.insert(out.end(), some.begin(), some.end());
  }
}

class LogMovesTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  TestNode node_{{.shards = GetParam(), .settings = two_folders}};
};
INSTANTIATE_TEST_SUITE_P(Shards, LogMovesTest, testing::Values(1U, 3U));

TEST_P(LogMovesTest, ALogMovesWhileItServes) {
  create_topic(node_, "t", 1, synced);
  const Texts values = numbers(40);
  for (int i = 0; i < 20; ++i) produce(node_, "t", 0, {values.at(static_cast<std::size_t>(i))});
  ASSERT_EQ(told(node_), Texts{"/data t-0"});
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  for (int i = 20; i < 40; ++i) {
    produce(node_, "t", 0, {values.at(static_cast<std::size_t>(i))});
    node_.advance(1);
  }
  node_.advance(100);
  EXPECT_EQ(told(node_), Texts{"/other t-0"});
  EXPECT_EQ(all_values(node_), values);
  EXPECT_EQ(list_offset(node_, "t", 0, -1).offset, 40);
  node_.advance(120'000);  // file.delete.delay.ms, checkpoints
  EXPECT_EQ(lying_in(node_, "/data"), Texts{});

  ASSERT_TRUE(node_.stop());
  TestNode again({.shards = GetParam(), .settings = two_folders}, std::move(node_).take_world());
  EXPECT_EQ(told(again), Texts{"/other t-0"});
  EXPECT_EQ(all_values(again), values);
  // And back.
  EXPECT_EQ(move(again, "/data"), ErrorCode::none);
  again.advance(100);
  EXPECT_EQ(told(again), Texts{"/data t-0"});
  EXPECT_EQ(produce(again, "t", 0, {"last"}), 40);
  EXPECT_EQ(all_values(again, 40), Texts{"last"});
}

TEST_P(LogMovesTest, AreToldOfAndCanBeCalledOff) {
  create_topic(node_, "t", 1);
  produce(node_, "t", 0, {"a", "b", "c"});
  node_.hold_syncs();
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  EXPECT_EQ(told(node_), (Texts{"/data t-0", "/other t-0 copy lag=3"}));
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none) << "it does already";
  node_.advance(10);
  EXPECT_EQ(told(node_), (Texts{"/data t-0", "/other t-0 copy lag=0"}));
  EXPECT_EQ(move(node_, "/data"), ErrorCode::none) << "where it lies";
  EXPECT_EQ(told(node_), Texts{"/data t-0"});
  node_.finish_syncs();
  node_.release_syncs();
  node_.advance(1000);
  EXPECT_EQ(told(node_), Texts{"/data t-0"});
  EXPECT_EQ(lying_in(node_, "/other"), Texts{});
  EXPECT_EQ(all_values(node_), (Texts{"a", "b", "c"}));
}

TEST_P(LogMovesTest, WhatCannotBeIsRefused) {
  create_topic(node_, "t", 1);
  EXPECT_EQ(move(node_, "/nowhere"), ErrorCode::log_dir_not_found);
  EXPECT_EQ(move(node_, "/nowhere", 7), ErrorCode::log_dir_not_found);
  EXPECT_EQ(move(node_, "/other", 7), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(move(node_, "/other", -1), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(told(node_), Texts{"/data t-0"});
}

TEST_P(LogMovesTest, ATopicWhoseCopyWouldHaveTooLongANameIsRefused) {
  const std::string longest(213, 'x');
  create_topic(node_, longest);
  create_topic(node_, longest + "x");
  EXPECT_EQ(move(node_, "/other", 0, longest), ErrorCode::none);
  EXPECT_EQ(move(node_, "/other", 0, longest + "x"), ErrorCode::invalid_topic_exception);
  EXPECT_EQ(move(node_, "/nowhere", 0, longest + "x"), ErrorCode::invalid_topic_exception);
  EXPECT_EQ(move(node_, "/other", 10, longest), ErrorCode::invalid_topic_exception)
      << "of two digits";
}

TEST_P(LogMovesTest, ALogThatIsMadeLaterLiesWhereItWasAskedFor) {
  // Both folders are empty: by itself each shard would begin with the first.
  for (const std::int32_t partition : {0, 1, 2, 3})
    EXPECT_EQ(move(node_, "/other", partition), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(move(node_, "/data", 1), ErrorCode::unknown_topic_or_partition)
      << "the last one counts";
  create_topic(node_, "t", 4);
  const Texts wanted = {"/data t-1", "/other t-0", "/other t-2", "/other t-3"};
  EXPECT_EQ(told(node_), wanted);
  node_.advance(1000);
  EXPECT_EQ(told(node_), wanted) << "and nothing moves";
}

TEST_P(LogMovesTest, WhereALogShallLieIsForgottenOnceItWasMade) {
  EXPECT_EQ(move(node_, "/other"), ErrorCode::unknown_topic_or_partition);
  create_topic(node_, "t");
  EXPECT_EQ(told(node_), Texts{"/other t-0"});
  DeleteTopicsRequest request;
  request.topic_names = {"t"};
  EXPECT_EQ(node_.call<DeleteTopicsResponse>(request, 5).responses.at(0).error_code,
            ErrorCode::none);
  node_.advance(120'000);
  create_topic(node_, "t");
  EXPECT_EQ(told(node_), Texts{"/data t-0"});
}

TEST(PlacesOfLogs, AreKeptForSoManyPartitionsOnly) {
  TestNode node({.settings = two_folders});
  AlterReplicaLogDirsRequest request;
  auto& topics = request.dirs.emplace_back().topics;
  request.dirs[0].path = "/other";
  auto& many = topics.emplace_back();
  many.name = "many";
  for (std::size_t i = 0; i < Storage::places_max; ++i)
    many.partitions.push_back(static_cast<std::int32_t>(i));
  (void)node.call<AlterReplicaLogDirsResponse>(request, 2);
  (void)move(node, "/other");
  create_topic(node, "t");
  EXPECT_EQ(told(node), Texts{"/data t-0"});
  create_topic(node, "many", 3);
  EXPECT_EQ(told(node), (Texts{"/data t-0", "/other many-0", "/other many-1", "/other many-2"}));
}

TEST_P(LogMovesTest, ADiskThatIsFullKeepsTheLogWhereItIs) {
  create_topic(node_, "t", 1);
  for (const std::string& value : numbers(20)) produce(node_, "t", 0, {value});
  node_.disk().faults().capacity = node_.disk().faults().used + 1000;
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  node_.advance(100);
  node_.disk().faults().capacity = ~std::uint64_t{0};
  EXPECT_EQ(told(node_), Texts{"/data t-0"});
  node_.advance(1000);
  EXPECT_EQ(lying_in(node_, "/other"), Texts{});
  EXPECT_EQ(all_values(node_), numbers(20));
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  node_.advance(100);
  EXPECT_EQ(told(node_), Texts{"/other t-0"});
}

TEST_P(LogMovesTest, WhatIsDeletedMeanwhileDoesNotComeBack) {
  create_topic(node_, "t", 1);
  for (const std::string& value : numbers(20)) produce(node_, "t", 0, {value});
  const auto delete_before = [&](std::int64_t offset) {
    DeleteRecordsRequest request;
    request.topics.push_back({"t", {{0, offset, {}}}, {}});
    EXPECT_EQ(node_.call<DeleteRecordsResponse>(request, 2).topics[0].partitions[0].error_code,
              ErrorCode::none);
  };
  delete_before(3);
  node_.hold_syncs();
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  node_.advance(10);
  delete_before(13);
  node_.finish_syncs();
  node_.release_syncs();
  node_.advance(100);
  EXPECT_EQ(told(node_), Texts{"/other t-0"});
  EXPECT_EQ(list_offset(node_, "t", 0, -2).offset, 13);
  const Texts values = numbers(20);
  EXPECT_EQ(all_values(node_, 13), (Texts{values.begin() + 13, values.end()}));
  TestWorld world = std::move(node_).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode after({.shards = GetParam(), .settings = two_folders}, std::move(world));
  ASSERT_TRUE(after.is_ready()) << after.fatal().value_or("");
  EXPECT_GE(list_offset(after, "t", 0, -2).offset, 3);
}

TEST_P(LogMovesTest, TheCopyGoesWithItsTopic) {
  create_topic(node_, "t", 1);
  produce(node_, "t", 0, {"a"});
  node_.hold_syncs();
  EXPECT_EQ(move(node_, "/other"), ErrorCode::none);
  node_.advance(10);
  DeleteTopicsRequest request;
  request.topic_names = {"t"};
  const ConnectionId connection = node_.connect();
  node_.send(connection, request, 5);
  while (node_.held_syncs() > 0) node_.finish_syncs();
  node_.release_syncs();
  EXPECT_EQ(node_.receive<DeleteTopicsResponse>(connection, 5).responses.at(0).error_code,
            ErrorCode::none);
  node_.advance(120'000);
  EXPECT_EQ(lying_in(node_, "/data"), Texts{});
  EXPECT_EQ(lying_in(node_, "/other"), Texts{});
}

// What has been acknowledged is there, in one folder, whenever the power goes.
struct Crash {
  std::uint64_t changes;  // of the disk before it
  log::Unsynced unsynced;
  std::uint64_t seed;
};

TestWorld after(const Crash& crash, TestWorld world) {
  base::Prng prng(crash.seed);
  world.disk = world.disk->after_power_loss(prng, crash.unsynced);
  return world;
}

void expect_whole(TestNode& node, const Texts& acknowledged) {
  ASSERT_TRUE(node.is_ready()) << node.fatal().value_or("");
  Texts found = all_values(node);
  ASSERT_GE(found.size(), acknowledged.size());
  found.resize(acknowledged.size());
  ASSERT_EQ(found, acknowledged);
}

// False if the power never went.
bool survives(const Crash& crash) {
  SCOPED_TRACE(fmt::format("crash after {} changes, unsynced {}, seed {}", crash.changes,
                           static_cast<int>(crash.unsynced), crash.seed));
  Texts acknowledged = numbers(8);
  TestNode before({.settings = two_folders});
  create_topic(before, "t", 1, synced);
  for (const std::string& value : acknowledged) produce(before, "t", 0, {value});
  before.disk().power_off_after(crash.changes);
  before.hold_syncs();
  (void)move(before, "/other");
  before.advance(10);  // now the copy waits for its sync, and somebody writes
  const base::Bytes meanwhile = batch_of({"meanwhile"});
  const ConnectionId writer = before.connect();
  before.send(writer, produce_request("t", 0, meanwhile), 9);
  for (int i = 0; i < 20 && before.held_syncs() > 0; ++i) before.finish_syncs();
  before.release_syncs();
  const auto written = before.receive<ProduceResponse>(writer, 9);
  const bool refused =
      written.responses.at(0).partition_responses.at(0).error_code != ErrorCode::none;
  if (!refused) acknowledged.emplace_back("meanwhile");
  for (int i = 0; !refused && i < 6; ++i) {
    const std::string value = fmt::format("later {}", i);
    if (produce(before, "t", 0, batch_of({value})).error_code != ErrorCode::none) break;
    acknowledged.push_back(value);
    before.advance(1);
  }
  before.advance(50);
  const bool crashed = before.disk().faults().changes_left == 0;
  TestNode second({.settings = two_folders}, after(crash, std::move(before).take_world()));
  expect_whole(second, acknowledged);
  if (testing::Test::HasFatalFailure()) return false;
  // What was begun goes on, or has never begun.
  second.advance(200);
  const Texts places = told(second);
  EXPECT_EQ(places.size(), 1U);
  second.advance(120'000);
  EXPECT_EQ(lying_in(second, "/data").size() + lying_in(second, "/other").size(), 1U);
  const Texts present = all_values(second);
  acknowledged.assign(present.begin(), present.end());
  EXPECT_EQ(produce(second, "t", 0, {"after"}), static_cast<std::int64_t>(present.size()));
  acknowledged.emplace_back("after");
  TestNode third({.settings = two_folders}, after(crash, std::move(second).take_world()));
  expect_whole(third, acknowledged);
  EXPECT_EQ(told(third), places);
  return crashed && !testing::Test::HasFatalFailure();
}

TEST(LogMovesAndCrashes, NothingIsLostWheneverThePowerGoes) {
  for (const log::Unsynced unsynced :
       {log::Unsynced::all_lost, log::Unsynced::all_kept, log::Unsynced::by_chance})
    for (std::uint64_t changes = 0; survives({changes, unsynced, changes}); ++changes)
      ASSERT_FALSE(testing::Test::HasFailure());
}

}  // namespace
}  // namespace gregor::broker
