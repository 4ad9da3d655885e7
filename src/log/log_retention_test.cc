// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Retention: by time, by size, and what it must leave.
#include <gtest/gtest.h>

#include "log/test_log.h"

namespace gregor::log {
namespace {

struct RetentionTest : testing::Test, LogOnDisk {
  void SetUp() override {
    settings.segment_bytes = 250;
    settings.retention_ms = -1;
    open();
    for (int i = 0; i < 9; ++i) append_at(1'000 + i * 100);
    ASSERT_EQ(log->segment_count(), 3);  // 0-2, 3-5, 6-8
  }
  void append_at(std::int64_t timestamp) {
    ASSERT_TRUE(append(batch_of({"value"}, {}, timestamp)));
  }
  void with(std::int64_t retention_ms, std::int64_t retention_bytes) {
    settings.retention_ms = retention_ms;
    settings.retention_bytes = retention_bytes;
    log->set_settings(std::make_shared<model::TopicSettings>(settings));
  }
  // Where the log starts after a look at `time`.
  std::int64_t start_at(std::int64_t time) {
    EXPECT_TRUE(log->apply_retention(at_time(time)).has_value());
    return log->log_start().value();
  }
};

TEST_F(RetentionTest, SegmentsGoWhenTheirNewestRecordIsTooOld) {
  with(1'000, -1);
  EXPECT_EQ(start_at(2'200), 0) << "exactly retention.ms is not too old";
  EXPECT_EQ(start_at(2'201), 3);
  EXPECT_EQ(start_at(2'500), 3);
  EXPECT_EQ(start_at(2'501), 6);
  EXPECT_EQ(log->segment_count(), 3) << "the files stay until the checkpoint knows";
  log->drop_segments_below(log->log_start());
  EXPECT_EQ(log->segment_count(), 1);
  EXPECT_EQ(read(6).size(), 3);
}

TEST_F(RetentionTest, AnActiveSegmentThatIsTooOldIsClosedAndGoes) {
  with(1'000, -1);
  EXPECT_EQ(start_at(10'000), 9);
  EXPECT_EQ(log->log_end(), Offset{9});
  log->drop_segments_below(log->log_start());
  EXPECT_EQ(log->segment_count(), 1);
  EXPECT_EQ(log->size_bytes(), 0);
  EXPECT_EQ(start_at(20'000), 9) << "nothing is left that could go";
  append_at(20'000);
  restart();
  EXPECT_EQ(log->log_start(), Offset{9});
  EXPECT_EQ(log->log_end(), Offset{10});
}

TEST_F(RetentionTest, SegmentsGoWhileTheRestIsAsLargeAsAllowed) {
  const auto segment = static_cast<std::int64_t>(log->size_bytes()) / 3;
  with(-1, 3 * segment);
  EXPECT_EQ(start_at(5'000), 0);
  with(-1, 2 * segment + 1);
  EXPECT_EQ(start_at(5'000), 0) << "the rest would be smaller than retention.bytes";
  with(-1, 2 * segment);
  EXPECT_EQ(start_at(5'000), 3);
  EXPECT_EQ(start_at(5'000), 3) << "what is on its way out does not count";
  with(-1, 0);
  EXPECT_EQ(start_at(5'000), 9);
}

TEST_F(RetentionTest, NothingAtOrAboveTheHighWatermarkGoes) {
  log->drop_segments_below(Offset{0});
  sync();
  remember_checkpoints();
  crash();
  // As it is with replicas that are behind: the log has just been opened.
  log.reset();
  auto opened = Log::open({files.get(), std::string(test_folder), {"t", model::PartitionIndex{0}}},
                          std::make_shared<model::TopicSettings>(settings), options, now);
  ASSERT_TRUE(opened.has_value());
  log = std::move(opened->log);
  log->advance_high_watermark(Offset{4});
  with(1, -1);
  EXPECT_EQ(start_at(100'000), 3) << "the second segment has a record that is not committed";
  log->advance_high_watermark(Offset{6});
  EXPECT_EQ(start_at(100'000), 6);
}

TEST_F(RetentionTest, RecordsOfTheFutureKeepTheirSegment) {
  append_at(1'000'000);
  with(1'000, -1);
  EXPECT_EQ(start_at(10'000), 9) << "the last segment has the record of the future";
  EXPECT_EQ(start_at(1'001'001), 10);
}

TEST_F(RetentionTest, OnlyWherePolicyIsDelete) {
  settings.cleanup_policy_delete = false;
  settings.cleanup_policy_compact = true;
  with(1, 0);
  EXPECT_EQ(start_at(100'000), 0);
  settings.cleanup_policy_delete = true;
  with(1, 0);
  EXPECT_EQ(start_at(100'000), 9);
}

}  // namespace
}  // namespace gregor::log
