// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/coordination_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "log/simulated_disk.h"

namespace gregor::broker {
namespace {

using namespace coordination;
using log::SimulatedDisk;
using log::Unsynced;

constexpr model::Timestamp start{1'000'000};
const std::string folder = "/data";

std::unique_ptr<SimulatedDisk> fresh_disk() {
  auto disk = std::make_unique<SimulatedDisk>();
  EXPECT_TRUE(disk->create_folder(folder));
  EXPECT_TRUE(disk->sync_folder("/"));
  return disk;
}

std::unique_ptr<CoordinationStore> open_on(SimulatedDisk& disk) {
  auto store = CoordinationStore::open(disk, folder, start);
  EXPECT_TRUE(store.has_value()) << store.error().detail;
  return std::move(*store);
}

coordination::Request set_or_create(std::uint64_t id, const ZnodeTree& tree,
                                    const std::string& path, const std::string& data) {
  if (tree.znodes().contains(path))
    return {coordination::RequestId(id), Multi{{SetData{path, data}}}};
  return {coordination::RequestId(id), Multi{{Create{path, data}}}};
}

Status status_of(const CoordinationStore::Delivery& delivery) {
  return std::get<coordination::Reply>(delivery).status;
}

std::map<std::string, std::string> contents(const ZnodeTree& tree) {
  std::map<std::string, std::string> all;
  for (const auto& [path, znode] : tree.znodes()) all[path] = znode.data;
  return all;
}

// Cuts the power at a random moment of a random run and looks what a restart finds: everything
// that was answered, and of what was not the whole or nothing.
RC_GTEST_PROP(CoordinationStore, AnsweredChangesSurviveAPowerCutAtAnyMoment, (std::uint64_t seed)) {
  base::Prng prng(seed);
  auto disk = fresh_disk();
  std::map<std::string, std::string> answered;
  std::optional<std::map<std::string, std::string>> attempted;
  {
    auto store = open_on(*disk);
    answered = contents(store->tree());
    disk->power_off_after(*rc::gen::inRange<std::uint64_t>(1, 200));
    for (std::uint64_t id = 1; id < 200; ++id) {
      const std::string path = "/n" + std::to_string(prng.below(5));
      const std::string data(prng.below(5000), static_cast<char>('a' + prng.below(26)));
      auto after = answered;
      after[path] = data;
      const coordination::Request request = set_or_create(id, store->tree(), path, data);
      const auto deliveries = store->handle({&request, 1}, start);
      if (!deliveries || status_of(deliveries->back()) != Status::ok) {
        attempted = after;
        break;
      }
      answered = after;
    }
  }
  auto left = disk->after_power_loss(prng, Unsynced::by_chance);
  auto store = CoordinationStore::open(*left, folder, start);
  RC_ASSERT(store.has_value());
  const auto found = contents((*store)->tree());
  RC_ASSERT(found == answered || (attempted && found == *attempted));
}

TEST(CoordinationStore, EphemeralsAreGoneAfterARestartAndTheRestIsThere) {
  auto disk = fresh_disk();
  {
    auto store = open_on(*disk);
    const coordination::Request requests[] = {
        {coordination::RequestId(1), Multi{{Create{"/brokers", "", CreateMode::persistent}}}},
        {coordination::RequestId(2), Multi{{Create{"/brokers/0", "me", CreateMode::ephemeral}}}}};
    const auto deliveries = store->handle(requests, start);
    ASSERT_TRUE(deliveries.has_value());
    EXPECT_EQ(status_of(deliveries->at(0)), Status::ok);
    EXPECT_EQ(status_of(deliveries->at(1)), Status::ok);
  }
  const auto restarted = disk->after_process_death();
  const auto store = open_on(*restarted);
  EXPECT_TRUE(store->tree().znodes().contains("/brokers"));
  EXPECT_FALSE(store->tree().znodes().contains("/brokers/0"));
  EXPECT_EQ(store->tree().sessions().size(), 1U);
}

TEST(CoordinationStore, WatchesComeBeforeTheReplyOfTheChangeThatFiredThem) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  const coordination::Request requests[] = {
      {coordination::RequestId(1), GetData{"/n", true}},
      {coordination::RequestId(2), Multi{{Create{"/n", "x"}}}},
      {coordination::RequestId(3), GetData{"/n", false}}};
  const auto deliveries = store->handle(requests, start);
  ASSERT_TRUE(deliveries.has_value());
  ASSERT_EQ(deliveries->size(), 4U);
  EXPECT_EQ(status_of(deliveries->at(0)), Status::no_node);
  EXPECT_EQ(std::get<WatchFired>(deliveries->at(1)).kind, WatchKind::created);
  EXPECT_EQ(std::get<coordination::Reply>(deliveries->at(2)).id, coordination::RequestId(2));
  EXPECT_EQ(std::get<DataReply>(std::get<coordination::Reply>(deliveries->at(3)).content).data,
            "x");
}

TEST(CoordinationStore, AFullDiskRefusesChangesWithoutMakingThemAndServiceReturns) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  disk->faults().capacity = disk->faults().used;
  const coordination::Request large{coordination::RequestId(1),
                                    Multi{{Create{"/large", std::string(200'000, 'x')}}}};
  auto deliveries = store->handle({&large, 1}, start);
  ASSERT_TRUE(deliveries.has_value());
  EXPECT_EQ(status_of(deliveries->front()), Status::connection_loss);
  EXPECT_FALSE(store->tree().znodes().contains("/large"));
  const coordination::Request read{coordination::RequestId(2), GetData{"/"}};
  deliveries = store->handle({&read, 1}, start);
  ASSERT_TRUE(deliveries.has_value());
  EXPECT_EQ(status_of(deliveries->front()), Status::ok) << "reads need no disk";

  disk->faults().capacity = ~std::uint64_t{0};
  deliveries = store->handle({&large, 1}, start);
  ASSERT_TRUE(deliveries.has_value());
  EXPECT_EQ(status_of(deliveries->front()), Status::ok);
  const auto restarted = disk->after_process_death();
  EXPECT_TRUE(open_on(*restarted)->tree().znodes().contains("/large"));
}

TEST(CoordinationStore, AFailedSyncIsTheEndOfTheStore) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  disk->fail_next(log::DiskOperation::sync);
  const coordination::Request request{coordination::RequestId(1), Multi{{Create{"/n", "x"}}}};
  EXPECT_FALSE(store->handle({&request, 1}, start).has_value());
}

// The end of the session, say, would come after an entry that is not there.
TEST(CoordinationStore, NothingIsWrittenAfterAnEntryThatFailed) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  disk->fail_next(log::DiskOperation::sync);
  const coordination::Request failing{coordination::RequestId(1), Multi{{Create{"/n", "x"}}}};
  const coordination::Request later{coordination::RequestId(2), Multi{{Create{"/m", "x"}}}};
  EXPECT_FALSE(store->handle({&failing, 1}, start).has_value());
  EXPECT_FALSE(store->handle({&later, 1}, start).has_value());
  EXPECT_FALSE(store->close(start).has_value());
  const auto restarted = disk->after_process_death();
  EXPECT_FALSE(open_on(*restarted)->tree().znodes().contains("/m"));
}

TEST(CoordinationStore, TheJournalStaysShortHoweverOftenAZnodeChanges) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  for (std::uint64_t id = 1; id < 600; ++id) {
    const coordination::Request request = set_or_create(
        id, store->tree(), "/n", std::string(10'000, static_cast<char>('a' + id % 26)));
    ASSERT_TRUE(store->handle({&request, 1}, start).has_value());
  }
  EXPECT_LT(disk->content(folder + "/coordination.journal").size(), 2U << 20);
  const auto restarted = disk->after_process_death();
  EXPECT_EQ(contents(open_on(*restarted)->tree()), contents(store->tree()));
}

TEST(CoordinationStore, AJournalThatCannotBeBegunAnewIsTheEndOfTheStore) {
  auto disk = fresh_disk();
  auto store = open_on(*disk);
  disk->fail_next(log::DiskOperation::truncate);
  std::string data;
  for (std::uint64_t id = 1; id < 600; ++id) {
    data = std::string(10'000, static_cast<char>('a' + id % 26));
    const coordination::Request request = set_or_create(id, store->tree(), "/n", data);
    if (!store->handle({&request, 1}, start)) break;
    ASSERT_LT(id, 599U) << "an entry was written over those of the old journal";
  }
  const auto restarted = disk->after_process_death();
  EXPECT_EQ(contents(open_on(*restarted)->tree()).at("/n"), data);
}

TEST(CoordinationStore, CorruptionIsRefusedWithTheNameOfTheFolder) {
  auto disk = fresh_disk();
  {
    auto store = open_on(*disk);
    for (std::uint64_t id = 1; id < 5; ++id) {
      const coordination::Request request{coordination::RequestId(id),
                                          Multi{{Create{"/n" + std::to_string(id), "x"}}}};
      ASSERT_TRUE(store->handle({&request, 1}, start).has_value());
    }
  }
  const auto restarted = disk->after_process_death();
  base::Bytes journal = restarted->content(folder + "/coordination.journal");
  journal[20] ^= std::byte{1};
  restarted->put(folder + "/coordination.journal", journal);
  const auto store = CoordinationStore::open(*restarted, folder, start);
  ASSERT_FALSE(store.has_value());
  EXPECT_NE(store.error().detail.find(folder), std::string::npos);
}

TEST(CoordinationStore, ACleanStopLeavesNoSession) {
  auto disk = fresh_disk();
  ASSERT_TRUE(open_on(*disk)->close(start));
  const base::Bytes journal = disk->content(folder + "/coordination.journal");
  EXPECT_TRUE(base::as_text(journal).ends_with("end\n"));
}

}  // namespace
}  // namespace gregor::broker
