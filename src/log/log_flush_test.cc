// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is synced when, and a disk that is full or fails.
#include <gtest/gtest.h>

#include "log/producer_snapshot.h"
#include "log/test_log.h"

namespace gregor::log {
namespace {

using model::ErrorCode;

struct FlushTest : testing::Test, LogOnDisk {
  // What a power cut that loses everything unsynced would leave, given what the owner knows.
  std::vector<std::string> left_by_power_cut() {
    LogOnDisk after;
    base::Prng prng(1);
    after.disk = disk->after_power_loss(prng, Unsynced::all_lost);
    after.settings = settings;
    after.options.recovery_point = log->recovery_point();
    after.options.log_start = log->log_start();
    const std::string problem = after.try_open();
    if (!problem.empty()) return {problem};
    return after.values();
  }
};

TEST_F(FlushTest, NothingIsSyncedByAppending) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  EXPECT_EQ(disk->faults().syncs, 1);  // of the test's own set-up
  EXPECT_EQ(log->unflushed_records(), 1);
  EXPECT_EQ(left_by_power_cut(), std::vector<std::string>{});
}

TEST_F(FlushTest, ASyncJobMakesTheRecordsDurableAndMovesTheRecoveryPoint) {
  open();
  ASSERT_TRUE(append_values({"a", "b"}));
  const auto job = log->take_sync_job(now);
  ASSERT_TRUE(job.has_value());
  ASSERT_TRUE(run(*disk, *job));
  ASSERT_TRUE(append_values({"c"}));
  EXPECT_EQ(log->recovery_point(), Offset{0});
  log->synced_to(*job);
  EXPECT_EQ(log->recovery_point(), Offset{2});
  EXPECT_EQ(log->unflushed_records(), 1);
  EXPECT_EQ(left_by_power_cut(), (std::vector<std::string>{"a", "b"}));
  sync();
  EXPECT_EQ(left_by_power_cut(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(log->take_sync_job(now).has_value());
}

TEST_F(FlushTest, AJobCoversEverySegmentSinceTheRecoveryPointAndTheFolder) {
  settings.segment_bytes = 200;
  open();
  for (const char* value : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(append_values({value}));
  ASSERT_GT(log->segment_count(), 2);
  sync();
  EXPECT_EQ(left_by_power_cut(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  // Recovery from here reads the last segment only: the indexes of the others are durable, too.
  LogOnDisk after;
  base::Prng prng(1);
  after.disk = disk->after_power_loss(prng, Unsynced::all_lost);
  after.options.recovery_point = log->recovery_point();
  after.settings = settings;
  after.open();
  EXPECT_EQ(after.report.segments_scanned, 1);
  EXPECT_EQ(after.report.lines, std::vector<std::string>{});
}

TEST_F(FlushTest, FlushMessagesAndFlushMsAskForASync) {
  settings.flush_messages = 3;
  settings.flush_ms = 500;
  open();
  EXPECT_FALSE(log->wants_sync(at_time(9'999)));
  ASSERT_TRUE(append_values({"a", "b"}));
  EXPECT_FALSE(log->wants_sync(at_time(1'000)));
  EXPECT_TRUE(log->wants_sync(at_time(1'500)));
  ASSERT_TRUE(append_values({"c"}));
  EXPECT_TRUE(log->wants_sync(at_time(1'000)));
  const auto job = log->take_sync_job(at_time(1'000));
  EXPECT_FALSE(log->wants_sync(at_time(9'999)));  // under way
  ASSERT_TRUE(append_values({"d"}));
  EXPECT_FALSE(log->wants_sync(at_time(1'499)));
  EXPECT_TRUE(log->wants_sync(at_time(1'500)));
}

TEST_F(FlushTest, AFailedSyncTakesTheLogOffline) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  const auto job = log->take_sync_job(now);
  disk->fail_next(DiskOperation::sync);
  const auto done = run(*disk, *job);
  ASSERT_FALSE(done);
  log->sync_failed(*job, done.error());
  EXPECT_EQ(append_values({"b"}).error().code, ErrorCode::kafka_storage_error);
  EXPECT_FALSE(log->take_sync_job(now).has_value());
  EXPECT_FALSE(log->close().has_value());
  EXPECT_EQ(log->recovery_point(), Offset{0});
}

TEST_F(FlushTest, AJobFromBeforeATruncationProvesNothing) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  ASSERT_TRUE(append_values({"b"}));
  const auto job = log->take_sync_job(now);
  ASSERT_TRUE(run(*disk, *job));
  ASSERT_TRUE(log->truncate_to(Offset{1}, now));
  ASSERT_TRUE(append_values({"c"}));
  log->synced_to(*job);
  EXPECT_EQ(log->recovery_point(), Offset{0});
}

TEST_F(FlushTest, AFullDiskRefusesAppendsServesReadsAndRecovers) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  const std::uint64_t used = disk->faults().used;
  disk->faults().capacity = used + 30;
  for (int i = 0; i < 3; ++i) {
    const auto refused = append_values({"b"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(disk->faults().used, used);
  }
  EXPECT_EQ(values(), (std::vector<std::string>{"a"}));
  disk->faults().capacity = 1'000'000;
  EXPECT_EQ(append_values({"c"})->first_offset, Offset{1});
  EXPECT_EQ(values(), (std::vector<std::string>{"a", "c"}));
  crash();
  EXPECT_EQ(values(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(report.bytes_truncated, 0);
}

TEST_F(FlushTest, BytesOfAFailedWriteThatCannotBeCutAreCutBeforeTheNextAppend) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  disk->fail_next(DiskOperation::write);
  disk->fail_next(DiskOperation::truncate, 2);
  EXPECT_FALSE(append_values({"b"}));
  EXPECT_FALSE(append_values({"c"}));
  EXPECT_EQ(append_values({"d"})->first_offset, Offset{1});
  EXPECT_EQ(values(), (std::vector<std::string>{"a", "d"}));
  crash();
  EXPECT_EQ(report.bytes_truncated, 0);
  EXPECT_EQ(values(), (std::vector<std::string>{"a", "d"}));
}

TEST_F(FlushTest, BytesOfAFailedWriteDoNotOutliveACleanStop) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  disk->fail_next(DiskOperation::write);
  disk->fail_next(DiskOperation::truncate);
  EXPECT_FALSE(append_values({"b"}));
  restart();
  EXPECT_EQ(values(), (std::vector<std::string>{"a"}));
}

TEST_F(FlushTest, IndexesThatDoNotFitOnTheDiskHoldTheRecoveryPointBack) {
  settings.segment_bytes = 200;
  settings.index_interval_bytes = 1;
  open();
  ASSERT_TRUE(append_values({"a"}));
  ASSERT_TRUE(append_values({"b"}));
  // Room for the next batch, but not for the indexes of the segment that ends with it.
  disk->fail_next(DiskOperation::open, 3);
  ASSERT_FALSE(append_values({"c"}));  // index, snapshot, and the file of the new segment
  ASSERT_TRUE(append_values({"c"}));
  EXPECT_EQ(log->segment_count(), 2);
  disk->fail_next(DiskOperation::open, 1);
  const auto held = log->take_sync_job(now);
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->up_to, Offset{0});
  ASSERT_TRUE(run(*disk, *held));
  log->synced_to(*held);
  sync();
  EXPECT_EQ(log->recovery_point(), Offset{3});
  EXPECT_EQ(left_by_power_cut(), (std::vector<std::string>{"a", "b", "c"}));
}

// Recovery does not look at what lies below the recovery point.
TEST_F(FlushTest, TheRecoveryPointLeavesNoSnapshotBehindThatCouldNotBeOpened) {
  for (std::uint32_t failures = 1; failures <= 8; ++failures) {
    LogOnDisk one;
    one.settings.segment_bytes = 200;
    one.open();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(one.append(batch_of({"a"}, producer(1, 0, i))));
    ASSERT_EQ(one.log->segment_count(), 2);
    const std::string snapshot = one.path(2, FileKind::snapshot);
    ASSERT_TRUE(one.disk->exists(snapshot));
    one.disk->fail_next(DiskOperation::open, failures);
    if (const auto job = one.log->take_sync_job(now)) {
      ASSERT_TRUE(run(*one.disk, *job));
      one.log->synced_to(*job);
    }
    one.disk->faults().failing.clear();
    one.sync();
    ASSERT_EQ(one.log->recovery_point(), Offset{4});
    base::Prng prng(1);
    const auto left = one.disk->after_power_loss(prng, Unsynced::all_lost);
    EXPECT_TRUE(decode_producer_snapshot(left->content(snapshot))) << failures;
  }
}

TEST_F(FlushTest, ACloseThatCannotOpenWhatItIsToSyncSaysSo) {
  open();
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0))));
  disk->fail_next(DiskOperation::open, 99);
  EXPECT_EQ(log->close().error().code, ErrorCode::kafka_storage_error);
}

TEST_F(FlushTest, ACloseThatFailsSaysSo) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  disk->fail_next(DiskOperation::sync);
  EXPECT_EQ(log->close().error().code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->recovery_point(), Offset{0});
}

TEST_F(FlushTest, ClosingAnUntouchedLogWritesNothing) {
  open();
  ASSERT_TRUE(append_values({"a"}));
  restart();
  const std::uint64_t changes = disk->faults().changes;
  ASSERT_TRUE(log->close());
  EXPECT_EQ(disk->faults().changes, changes);
}

TEST_F(FlushTest, TheClosedSegmentsOfManyLogsNeedFewOpenFiles) {
  settings.segment_bytes = 200;
  settings.index_interval_bytes = 1;
  open();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(append_values({"v" + std::to_string(i)}));
  sync();
  EXPECT_EQ(values().size(), 60);
  EXPECT_LE(disk->faults().open_files, 4 + 1);  // the ring of OpenFiles, and the active segment
}

}  // namespace
}  // namespace gregor::log
