// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What lies beside the records (indexes, snapshots, epochs) leads to every record, lives as long as
// they do, and no longer.
#include <gtest/gtest.h>

#include "log/test_log.h"
#include "log/verify.h"

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

TEST_F(BesideTheRecords, ACleanEndKeepsAlsoWhatAJobWasToKeepThatHasNotEnded) {
  open();
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0)), {.leader_epoch = LeaderEpoch{3}}));
  ASSERT_TRUE(log->take_sync_job(now).has_value());
  ASSERT_TRUE(log->close());
  base::Prng prng(1);
  const auto left = disk->after_power_loss(prng, Unsynced::all_lost);
  const std::string checkpoint = std::string(test_folder) + "/leader-epoch-checkpoint";
  EXPECT_GT(disk->content(checkpoint).size(), 0);
  for (const std::string& file : {checkpoint, path(0, FileKind::log), path(1, FileKind::snapshot)})
    EXPECT_EQ(left->content(file), disk->content(file)) << file;
}

TEST_F(BesideTheRecords, ACleanEndKeepsTheSnapshotsOfAllSegments) {
  settings.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, i))));
  ASSERT_EQ(log->segment_count(), 2);
  ASSERT_TRUE(log->take_sync_job(now).has_value());
  ASSERT_TRUE(log->close());
  base::Prng prng(1);
  const auto left = disk->after_power_loss(prng, Unsynced::all_lost);
  for (const std::string& file : {path(2, FileKind::snapshot), path(4, FileKind::snapshot)}) {
    EXPECT_GT(disk->content(file).size(), 0) << file;
    EXPECT_EQ(left->content(file), disk->content(file)) << file;
  }
}

TEST_F(BesideTheRecords, AReadErrorWhileIndexesAreMadeAnewLeavesThemAsTheyWere) {
  settings.index_interval_bytes = 1;
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(append(batch_of({std::to_string(i)}, {}, 1'000 + 100 * i)));
  }
  restart();
  ASSERT_GT(log->segment_count(), 2);
  disk->fail_next(DiskOperation::read, 2);  // of the index, and then of the records
  EXPECT_FALSE(log->read({.from = Offset{2}, .limit = log->log_end(), .bytes_max = 100}));
  EXPECT_EQ(disk->faults().failing.at(DiskOperation::read), 0);
  record::Decompressor decompressor;
  const auto found = log->offset_for_timestamp(model::Timestamp{1'200}, decompressor);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->offset, Offset{2});
  restart();
  const auto verified = verify_folder(*disk, std::string(test_folder)).value();
  for (const Finding& finding : verified.findings)
    EXPECT_NE(finding.severity, Finding::Severity::error) << finding.file << finding.detail;
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
