// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Appending, rolling and reading.
#include "log/log.h"

#include "log/test_log.h"

namespace gregor::log {
namespace {

using model::ErrorCode;
using model::Timestamp;
using Records = std::vector<std::pair<std::int64_t, std::string>>;

struct LogTest : testing::Test, LogOnDisk {};

TEST_F(LogTest, AnEmptyLogHasNoFilesAndNothingToRead) {
  open();
  EXPECT_EQ(log->log_end(), Offset{0});
  EXPECT_EQ(disk->list("data/t-0")->size(), 0);
  const auto slice = log->read({.from = Offset{0}, .limit = Offset{0}, .bytes_max = 100});
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->bytes, 0);
  EXPECT_EQ(log->read({.from = Offset{1}, .limit = Offset{1}, .bytes_max = 100}).error().code,
            ErrorCode::offset_out_of_range);
}

TEST_F(LogTest, OffsetsAndEpochsAreAssignedAndTheBytesLieAsPatched) {
  open();
  const auto first = append(batch_of({"a", "b"}), {.leader_epoch = LeaderEpoch{3}});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->first_offset, Offset{0});
  EXPECT_EQ(first->last_offset, Offset{1});
  EXPECT_EQ(first->max_timestamp, Timestamp{1'001});
  ASSERT_TRUE(append(batch_of({"c"}), {.leader_epoch = LeaderEpoch{4}}));
  EXPECT_EQ(read(), (Records{{0, "a"}, {1, "b"}, {2, "c"}}));
  const base::Bytes file = disk->content(path(0, FileKind::log));
  const auto batch = record::ValidBatch::parse(file).value();
  EXPECT_EQ(batch.partition_leader_epoch(), LeaderEpoch{3});
  const auto second =
      record::ValidBatch::parse(base::BytesView(file).subspan(batch.size_bytes())).value();
  EXPECT_EQ(second.base_offset(), Offset{2});
  EXPECT_EQ(log->end_of_epoch(LeaderEpoch{3}), (EpochEnd{LeaderEpoch{3}, Offset{2}}));
  EXPECT_EQ(append(batch_of({"d"}), {.leader_epoch = LeaderEpoch{2}}).error().code,
            ErrorCode::fenced_leader_epoch);
}

TEST_F(LogTest, LogAppendTimeIsStampedWithARightChecksum) {
  open();
  const record::TimestampStamp stamp{record::TimestampType::log_append_time, Timestamp{77'000}};
  const auto appended = append(batch_of({"a"}), {.stamp = stamp});
  ASSERT_TRUE(appended.has_value());
  EXPECT_EQ(appended->max_timestamp, Timestamp{77'000});
  const base::Bytes file = disk->content(path(0, FileKind::log));
  const auto batch = record::ValidBatch::parse(file);
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->timestamp_type(), record::TimestampType::log_append_time);
  record::Decompressor decompressor;
  EXPECT_EQ((*log->offset_for_timestamp(Timestamp{77'000}, decompressor))->offset, Offset{0});
}

TEST_F(LogTest, ReadsFindEveryOffsetInEverySegment) {
  settings.segment_bytes = 300;
  settings.index_interval_bytes = 100;
  open();
  Records all;
  for (int i = 0; i < 40; i += 2) {
    ASSERT_TRUE(append_values({"value " + std::to_string(i), "value " + std::to_string(i + 1)}));
    all.emplace_back(i, "value " + std::to_string(i));
    all.emplace_back(i + 1, "value " + std::to_string(i + 1));
  }
  EXPECT_GT(log->segment_count(), 5);
  for (int from = 0; from < 40; ++from) {
    for (const std::size_t bytes_max : {1U, 90U, 100'000U}) {
      EXPECT_EQ(read(from, -1, bytes_max), Records(all.begin() + from, all.end()));
    }
  }
}

TEST_F(LogTest, ASliceEndsAtTheLimitAtTheSegmentOrAtTheBytes) {
  settings.segment_bytes = 300;
  open();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append_values({"0123456789"}));
  const std::size_t one = batch_of({"0123456789"}).size();
  ASSERT_EQ(300 / one, 3);
  const auto read_at = [&](std::int64_t from, std::int64_t limit, std::size_t bytes, bool whole) {
    return log->read({Offset{from}, Offset{limit}, bytes, whole}).value();
  };
  EXPECT_EQ(read_at(0, 6, 10'000, false).bytes, 3 * one);
  EXPECT_EQ(read_at(0, 2, 10'000, false).bytes, 2 * one);
  EXPECT_EQ(read_at(1, 2, 10'000, false).position, one);
  EXPECT_EQ(read_at(0, 6, one + 5, false).bytes, one + 5);
  EXPECT_EQ(read_at(0, 6, one - 1, false).bytes, 0);
  EXPECT_EQ(read_at(0, 6, one - 1, true).bytes, one);
  EXPECT_EQ(read_at(2, 2, 10'000, true).bytes, 0);
  EXPECT_EQ(read_at(6, 6, 10'000, true).bytes, 0);
  EXPECT_EQ(read_at(3, 100, 10'000, true).upper_bound, Offset{6});
}

TEST_F(LogTest, ABatchAcrossTheLimitIsNotReturned) {
  open();
  ASSERT_TRUE(append_values({"a", "b", "c"}));
  ASSERT_TRUE(append_values({"d", "e"}));
  EXPECT_EQ(values(0, 4), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(values(1, 2), (std::vector<std::string>{}));
}

TEST_F(LogTest, RollsBySize) {
  settings.segment_bytes = 200;
  open();
  EXPECT_FALSE(append_values({std::string(60, 'a')})->rolled);
  EXPECT_TRUE(append_values({std::string(60, 'b')})->rolled);
  EXPECT_TRUE(disk->exists(path(1, FileKind::log)));
  EXPECT_TRUE(disk->exists(path(0, FileKind::offset_index)));
  EXPECT_TRUE(disk->exists(path(1, FileKind::snapshot)));
  EXPECT_EQ(append_values({std::string(400, 'c')}).error().code, ErrorCode::record_list_too_large);
  EXPECT_EQ(log->log_end(), Offset{2});
}

TEST_F(LogTest, RollsByTimeOfTheRecordsNotByTheClock) {
  settings.segment_ms = 1'000;
  open();
  ASSERT_TRUE(append(batch_of({"a"}, {}, 10'000)));
  now = at_time(900'000'000);
  EXPECT_FALSE(append(batch_of({"b"}, {}, 11'000))->rolled);
  EXPECT_TRUE(append(batch_of({"c"}, {}, 11'001))->rolled);
  EXPECT_FALSE(append(batch_of({"older"}, {}, 5'000))->rolled);
}

TEST_F(LogTest, RollsByTheClockWhenRecordsHaveNoTime) {
  settings.segment_ms = 1'000;
  open();
  ASSERT_TRUE(append(batch_of({"a"}, {}, -1)));
  EXPECT_FALSE(append(batch_of({"b"}, {}, -1))->rolled);
  now = at_time(2'001);
  EXPECT_TRUE(append(batch_of({"c"}, {}, -1))->rolled);
}

TEST_F(LogTest, RollsWhenAnIndexIsFull) {
  settings.segment_index_bytes = 36;  // 4 offset entries, 3 - 1 time entries
  settings.index_interval_bytes = 1;
  open();
  int rolls = 0;
  for (int i = 0; i < 12; ++i) {
    rolls += append(batch_of({"a"}, {}, 1'000 + i))->rolled;
  }
  EXPECT_EQ(rolls, 3);
}

TEST_F(LogTest, TheJitterShortensASegmentByAFixedShareOfIts) {
  settings.segment_ms = 1'000;
  settings.segment_jitter_ms = 900;
  open();
  ASSERT_TRUE(append(batch_of({"a"}, {}, 10'000)));
  std::int64_t rolled_at = 0;
  for (std::int64_t t = 10'000; t <= 11'001 && rolled_at == 0; ++t) {
    if (append(batch_of({"b"}, {}, t))->rolled) rolled_at = t;
  }
  EXPECT_GT(rolled_at, 10'100);
  EXPECT_LT(rolled_at, 11'000);
}

TEST_F(LogTest, AFollowerKeepsOffsetsEpochsAndHoles) {
  open();
  base::Bytes bytes =
      batch_of({"a", "b"}, {.base_offset = Offset{5}, .leader_epoch = LeaderEpoch{2}});
  base::append(bytes, batch_of({"c"}, {.base_offset = Offset{9}, .leader_epoch = LeaderEpoch{2}}));
  const base::Bytes last =
      batch_of({"d"}, {.base_offset = Offset{10}, .leader_epoch = LeaderEpoch{2}});
  base::append(bytes, base::BytesView(last).first(30));  // cut off: ignored
  const auto appended = log->append_as_follower(bytes, now);
  ASSERT_TRUE(appended.has_value());
  EXPECT_EQ(appended->first_offset, Offset{5});
  EXPECT_EQ(appended->last_offset, Offset{9});
  EXPECT_EQ(log->log_end(), Offset{10});
  EXPECT_EQ(log->leader_epochs().entries(), (std::vector<EpochStart>{{LeaderEpoch{2}, Offset{5}}}));
  EXPECT_EQ(read(0), (Records{{5, "a"}, {6, "b"}, {9, "c"}}));
  EXPECT_EQ(read(7), (Records{{9, "c"}}));
}

TEST_F(LogTest, AFollowerRefusesWhatDoesNotContinueItsLog) {
  open();
  ASSERT_TRUE(log->append_as_follower(
      batch_of({"a"}, {.base_offset = Offset{5}, .leader_epoch = LeaderEpoch{2}}), now));
  const auto overlapping =
      batch_of({"b"}, {.base_offset = Offset{5}, .leader_epoch = LeaderEpoch{2}});
  EXPECT_EQ(log->append_as_follower(overlapping, now).error().code, ErrorCode::corrupt_message);
  const auto older = batch_of({"b"}, {.base_offset = Offset{6}, .leader_epoch = LeaderEpoch{1}});
  EXPECT_EQ(log->append_as_follower(older, now).error().code, ErrorCode::corrupt_message);
  auto damaged = batch_of({"b"}, {.base_offset = Offset{6}, .leader_epoch = LeaderEpoch{2}});
  damaged.back() ^= std::byte{1};
  EXPECT_EQ(log->append_as_follower(damaged, now).error().code, ErrorCode::corrupt_message);
  EXPECT_EQ(log->log_end(), Offset{6});
}

TEST_F(LogTest, AnOffsetTooFarFromTheSegmentsBaseRolls) {
  open();
  ASSERT_TRUE(
      log->append_as_follower(batch_of({"a"}, {.base_offset = Offset{5'000'000'000}}), now));
  EXPECT_EQ(log->segment_count(), 1);  // the empty first one was replaced
  ASSERT_TRUE(
      log->append_as_follower(batch_of({"b"}, {.base_offset = Offset{7'147'483'647}}), now));
  EXPECT_EQ(log->segment_count(), 1);
  ASSERT_TRUE(
      log->append_as_follower(batch_of({"c"}, {.base_offset = Offset{7'147'483'648}}), now));
  EXPECT_EQ(log->segment_count(), 2);
}

TEST_F(LogTest, LeadersThatWriteNothingAreRemembered) {
  open();
  log->begin_leader_epoch(LeaderEpoch{1});
  ASSERT_TRUE(append(batch_of({"a"}), {.leader_epoch = LeaderEpoch{1}}));
  log->begin_leader_epoch(LeaderEpoch{4});
  log->begin_leader_epoch(LeaderEpoch{6});
  EXPECT_EQ(log->end_of_epoch(LeaderEpoch{3}), (EpochEnd{LeaderEpoch{1}, Offset{1}}));
  EXPECT_EQ(log->end_of_epoch(LeaderEpoch{6}), (EpochEnd{LeaderEpoch{6}, Offset{1}}));
  EXPECT_EQ(log->end_of_epoch(LeaderEpoch{7}), std::nullopt);
  restart();
  EXPECT_EQ(log->leader_epochs().latest(), LeaderEpoch{6});
  crash();
  EXPECT_EQ(log->leader_epochs().latest(), LeaderEpoch{6});
}

}  // namespace
}  // namespace gregor::log
