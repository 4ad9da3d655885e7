// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the checkpoint files say after a power cut at any moment of their replacement.
#include "broker/checkpoint_files.h"

#include <gtest/gtest.h>

#include "log/data_files.h"
#include "log/simulated_disk.h"

namespace gregor::broker {
namespace {

using model::Offset;
using model::PartitionIndex;

struct Checkpoints : testing::Test {
  log::SimulatedDisk disk;
  StorageState state;
  CheckpointFiles files;

  void SetUp() override {
    ASSERT_TRUE(disk.create_folder("/data"));
    ASSERT_TRUE(disk.sync_folder("/"));
    state.folders.push_back({.path = "/data",
                             .recovery_points = {},
                             .log_starts = {},
                             .high_watermarks = {},
                             .cleaned_to = {},
                             .partitions = {},
                             .copies = {}});
  }
  // All offsets of so many logs are `offset`.
  static std::vector<LogCheckpoint> logs(std::int64_t offset, int count = 40) {
    std::vector<LogCheckpoint> logs;
    for (int i = 0; i < count; ++i)
      logs.push_back({.name = {"topic-with-a-name", PartitionIndex(i)},
                      .data_folder = 0,
                      .recovery_point = Offset(offset),
                      .log_start = Offset(offset),
                      .high_watermark = Offset(offset),
                      .cleaned_to = Offset(offset)});
    return logs;
  }
  static std::optional<log::PartitionOffsets> said(const log::SimulatedDisk& disk,
                                                   std::string_view name) {
    auto offsets = log::decode_partition_offsets(disk.content("/data/" + std::string(name)));
    if (!offsets) return std::nullopt;
    return *offsets;
  }
  // Every file says that all offsets are one of these, whatever a power cut takes.
  void expect_whole(std::int64_t before, std::int64_t after) const {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      base::Prng prng(seed);
      const auto left = disk.after_power_loss(prng, log::Unsynced::by_chance);
      for (const auto name : {log::recovery_points_name, log::log_starts_name,
                              log::high_watermarks_name, log::cleaned_name}) {
        const auto offsets = said(*left, name);
        ASSERT_TRUE(offsets.has_value()) << name;
        ASSERT_EQ(offsets->size(), 40U) << name;
        const Offset first = offsets->begin()->second;
        EXPECT_TRUE(first == Offset(before) || first == Offset(after)) << name;
        for (const auto& [log, offset] : *offsets) EXPECT_EQ(offset, first) << name;
      }
    }
  }
};

TEST_F(Checkpoints, APowerCutLeavesEachAsItWasOrAsItWasToBecome) {
  ASSERT_TRUE(files.write_now(disk, state, logs(7)));
  expect_whole(7, 7);
  auto content = files.prepare(disk, state, logs(123456));
  ASSERT_TRUE(content && *content);
  expect_whole(7, 7);
  ASSERT_TRUE(log::run(disk, **content));
  expect_whole(7, 7);
  const auto names = files.replace(disk);
  ASSERT_TRUE(names);
  expect_whole(7, 123456);
  ASSERT_TRUE(log::run(disk, *names));
  files.kept();
  expect_whole(123456, 123456);
}

TEST_F(Checkpoints, WhatHasNotChangedIsNotWritten) {
  ASSERT_TRUE(files.write_now(disk, state, logs(7)));
  const auto content = files.prepare(disk, state, logs(7));
  ASSERT_TRUE(content);
  EXPECT_FALSE(content->has_value());
  files.forget();
  EXPECT_TRUE(files.prepare(disk, state, logs(7))->has_value());
}

TEST_F(Checkpoints, WhatIsWrittenAtOnceIsNotUndoneByWhatWasPreparedBefore) {
  auto content = files.prepare(disk, state, logs(7));
  ASSERT_TRUE(content && *content);
  ASSERT_TRUE(files.write_now(disk, state, logs(8)));
  ASSERT_TRUE(log::run(disk, **content));
  ASSERT_TRUE(files.replace(disk));
  EXPECT_EQ(said(disk, log::log_starts_name)->begin()->second, Offset(8));
}

TEST_F(Checkpoints, WhatIsWrittenAtOnceIsCertainAlsoIfTheFilesSaidSoBefore) {
  ASSERT_TRUE(files.write_now(disk, state, logs(7)));
  auto content = files.prepare(disk, state, logs(8));
  ASSERT_TRUE(content && *content);
  ASSERT_TRUE(log::run(disk, **content));
  ASSERT_TRUE(files.replace(disk));  // whose job has not run
  ASSERT_TRUE(files.write_now(disk, state, logs(8)));
  expect_whole(8, 8);
}

TEST_F(Checkpoints, AFullDiskLeavesThemAsTheyWere) {
  ASSERT_TRUE(files.write_now(disk, state, logs(7)));
  disk.faults().capacity = disk.faults().used + 1500;
  EXPECT_FALSE(files.prepare(disk, state, logs(8)));
  expect_whole(7, 7);
  disk.faults().capacity = log::SimulatedFaults{}.capacity;
  auto content = files.prepare(disk, state, logs(8));
  ASSERT_TRUE(content && *content);
  ASSERT_TRUE(log::run(disk, **content));
  const auto names = files.replace(disk);
  ASSERT_TRUE(names && log::run(disk, *names));
  expect_whole(8, 8);
}

}  // namespace
}  // namespace gregor::broker
