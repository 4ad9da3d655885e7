// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What lies beside the records (indexes, snapshots, epochs) leads to every record, lives as long as
// they do, and no longer.
#include <gtest/gtest.h>

#include "log/test_log.h"

namespace gregor::log {
namespace {

struct BesideTheRecords : testing::Test, LogOnDisk {};

TEST_F(BesideTheRecords, EveryOffsetIsFoundAmongBatchesOfOneRecord) {
  settings.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append_values({std::to_string(i)}));
  restart();
  for (std::int64_t from = 0; from < 20; ++from) {
    EXPECT_EQ(values(from).front(), std::to_string(from));
  }
}

TEST_F(BesideTheRecords, EpochsAreSyncedWithTheRecords) {
  open();
  ASSERT_TRUE(append(batch_of({"a"}), {.leader_epoch = LeaderEpoch{3}}));
  sync();
  const std::string checkpoint = std::string(test_folder) + "/leader-epoch-checkpoint";
  base::Prng prng(1);
  const auto left = disk->after_power_loss(prng, Unsynced::all_lost);
  EXPECT_EQ(left->content(checkpoint), disk->content(checkpoint));
}

TEST_F(BesideTheRecords, ASnapshotThatAPowerCutBringsBackIsNotBelievedByALaterTruncation) {
  open();
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0))));
  ASSERT_TRUE(append(batch_of({"lost"}, producer(1, 0, 1))));
  restart();
  const std::string snapshot = path(2, FileKind::snapshot);
  const base::Bytes stale = disk->content(snapshot);
  ASSERT_TRUE(log->truncate_to(Offset{1}, now));
  for (const char* value : {"b", "c", "d"}) ASSERT_TRUE(append_values({value}));
  log.reset();
  disk->put(snapshot, stale);
  options.recovery_point = Offset{0};
  open();
  ASSERT_TRUE(log->truncate_to(Offset{3}, now));
  const auto appended = append(batch_of({"lost"}, producer(1, 0, 1)));
  ASSERT_TRUE(appended);
  EXPECT_FALSE(appended->duplicate);
  EXPECT_EQ(values(), (std::vector<std::string>{"a", "b", "c", "lost"}));
}

}  // namespace
}  // namespace gregor::log
