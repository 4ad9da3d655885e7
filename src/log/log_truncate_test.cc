// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Cutting a log at its end, at its start, and wholly.
#include <gtest/gtest.h>

#include "log/test_log.h"

namespace gregor::log {
namespace {

using model::ErrorCode;

struct CutTest : testing::Test, LogOnDisk {
  void SetUp() override {
    settings.segment_bytes = 250;
    settings.index_interval_bytes = 1;
    open();
    for (int i = 0; i < 9; ++i) {
      const LeaderEpoch epoch{i / 3};
      ASSERT_TRUE(
          append(batch_of({"v" + std::to_string(i)}, {}, 1'000 + i), {.leader_epoch = epoch}));
    }
    ASSERT_EQ(log->segment_count(), 3);  // 0-2, 3-5, 6-8
  }
};

TEST_F(CutTest, TruncationAtEveryOffsetLeavesThePrefix) {
  const auto all = values();
  for (std::int64_t at = 9; at >= 0; --at) {
    ASSERT_TRUE(log->truncate_to(Offset{at}, now));
    EXPECT_EQ(log->log_end(), Offset{at});
    EXPECT_EQ(log->high_watermark(), Offset{at});
    EXPECT_EQ(values(), std::vector<std::string>(all.begin(), all.begin() + at));
    EXPECT_EQ(log->leader_epochs().latest(),
              at == 0 ? std::nullopt
                      : std::optional(LeaderEpoch{static_cast<std::int32_t>((at - 1) / 3)}));
    crash();
    EXPECT_EQ(values(), std::vector<std::string>(all.begin(), all.begin() + at));
    record::Decompressor decompressor;
    const auto last = log->offset_of_max_timestamp(decompressor).value();
    EXPECT_EQ(last.has_value(), at > 0);
    EXPECT_EQ(last.value_or(FoundOffset{}).offset, Offset{std::max<std::int64_t>(at - 1, 0)});
    log->advance_high_watermark(log->log_end());
  }
}

// Led, written nothing, and deposed: the next leader does not know of this epoch.
TEST_F(CutTest, AnEpochWithoutRecordsGoesWithACutAtTheEnd) {
  log->begin_leader_epoch(LeaderEpoch{7});
  ASSERT_TRUE(log->truncate_to(Offset{9}, now));
  EXPECT_EQ(log->leader_epochs().latest(), LeaderEpoch{2});
  EXPECT_EQ(log->log_end(), Offset{9});
  restart();
  EXPECT_EQ(log->leader_epochs().latest(), LeaderEpoch{2});
}

TEST_F(CutTest, WhatFollowsATruncationReplacesTheOldRecords) {
  ASSERT_TRUE(log->truncate_to(Offset{4}, now));
  ASSERT_TRUE(append(batch_of({"new"}), {.leader_epoch = LeaderEpoch{5}}));
  EXPECT_EQ(values(3), (std::vector<std::string>{"v3", "new"}));
  EXPECT_EQ(log->end_of_epoch(LeaderEpoch{1}), (EpochEnd{LeaderEpoch{1}, Offset{4}}));
  restart();
  EXPECT_EQ(values(3), (std::vector<std::string>{"v3", "new"}));
  EXPECT_EQ(log->segment_count(), 2);
}

TEST_F(CutTest, TruncationInsideOfABatchRemovesTheBatch) {
  ASSERT_TRUE(append(batch_of({"a", "b", "c"}), {.leader_epoch = LeaderEpoch{2}}));
  ASSERT_TRUE(log->truncate_to(Offset{10}, now));
  EXPECT_EQ(log->log_end(), Offset{9});
}

TEST_F(CutTest, TruncationInsideOfABatchThatBeganBelowTheStartLeavesNothing) {
  ASSERT_TRUE(append(batch_of({"a", "b", "c"}), {.leader_epoch = LeaderEpoch{2}}));
  ASSERT_TRUE(log->delete_records_before(Offset{10}));
  ASSERT_TRUE(log->truncate_to(Offset{11}, now));
  EXPECT_EQ(log->log_start(), Offset{11});
  EXPECT_EQ(log->log_end(), Offset{11});
}

TEST_F(CutTest, TruncationBelowTheStartIsRefusedAndBeyondTheEndIsNothing) {
  ASSERT_TRUE(log->delete_records_before(Offset{4}));
  EXPECT_EQ(log->truncate_to(Offset{3}, now).error().code, ErrorCode::offset_out_of_range);
  ASSERT_TRUE(log->truncate_to(Offset{99}, now));
  EXPECT_EQ(log->log_end(), Offset{9});
}

TEST_F(CutTest, TruncationTakesProducersAndTransactionsBack) {
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0)), {.leader_epoch = LeaderEpoch{3}}));
  const ProducerStates one = log->producers();
  ASSERT_TRUE(append(batch_of({"b"}, producer(1, 0, 1, true)), {.leader_epoch = LeaderEpoch{3}}));
  ASSERT_TRUE(append(batch_of({"c"}, producer(2, 0, 0, true)), {.leader_epoch = LeaderEpoch{3}}));
  EXPECT_EQ(log->last_stable(), Offset{10});
  ASSERT_TRUE(log->truncate_to(Offset{10}, now));
  EXPECT_EQ(log->producers(), one);
  EXPECT_EQ(log->last_stable(), Offset{10});
  ASSERT_TRUE(append(batch_of({"b"}, producer(1, 0, 1)), {.leader_epoch = LeaderEpoch{3}}));
}

TEST_F(CutTest, AFailedTruncationTakesTheLogOffline) {
  disk->fail_next(DiskOperation::truncate);
  EXPECT_EQ(log->truncate_to(Offset{4}, now).error().code, ErrorCode::kafka_storage_error);
  EXPECT_NE(log->offline_reason(), "");
  EXPECT_EQ(append_values({"x"}).error().code, ErrorCode::kafka_storage_error);
}

// Whatever of it was done, the checkpoint promises no more than the files hold.
TEST_F(CutTest, AfterATruncationThatFailedHalfwayTheNextStartFindsWhatIsLeft) {
  sync();
  ASSERT_EQ(log->recovery_point(), Offset{9});
  disk->fail_next(DiskOperation::list);
  ASSERT_FALSE(log->truncate_to(Offset{8}, now));
  remember_checkpoints();
  crash();
  EXPECT_EQ(log->log_end(), Offset{8});

  sync();
  remember_checkpoints();
  disk->fail_next(DiskOperation::list);
  ASSERT_FALSE(log->truncate_fully_and_start_at(Offset{20}, now));
  remember_checkpoints();
  disk = disk->after_process_death();
  EXPECT_EQ(try_open(), "");
}

TEST_F(CutTest, StartingAgainElsewhereForgetsEverything) {
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0)), {.leader_epoch = LeaderEpoch{3}}));
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset{500}, now));
  EXPECT_EQ(log->log_start(), Offset{500});
  EXPECT_EQ(log->log_end(), Offset{500});
  EXPECT_EQ(log->high_watermark(), Offset{500});
  EXPECT_EQ(log->recovery_point(), Offset{500});
  EXPECT_TRUE(log->producers().all().empty());
  EXPECT_TRUE(log->leader_epochs().entries().empty());
  EXPECT_EQ(append_values({"x"})->first_offset, Offset{500});
  crash();
  EXPECT_EQ(log->log_start(), Offset{500});
  EXPECT_EQ(log->log_end(), Offset{501});
}

// Of a follower whose leader's log starts within a batch (KAFKA-6975).
TEST_F(CutTest, AnEmptyLogTakesTheWholeBatchThatItsStartLiesWithin) {
  const base::Bytes batch = batch_of({"a", "b", "c"}, {.base_offset = Offset{499}});
  const auto refused = [&] {
    return log->append_as_follower(batch, now).error().code == ErrorCode::corrupt_message;
  };
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset{502}, now));
  EXPECT_TRUE(refused()) << "it ends before the start";
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset{500}, now));
  remember_checkpoints();
  const auto appended = log->append_as_follower(batch, now);
  ASSERT_TRUE(appended) << appended.error().detail;
  EXPECT_EQ(appended->last_offset, Offset{501});
  EXPECT_EQ(log->high_watermark(), Offset{500}) << "as before";
  EXPECT_TRUE(refused()) << "it holds something";
  const auto expect_the_batch = [&] {
    EXPECT_EQ(log->log_start(), Offset{500});
    EXPECT_EQ(log->log_end(), Offset{502});
    EXPECT_EQ(values(500), (std::vector<std::string>{"b", "c"}));
  };
  log->advance_high_watermark(log->log_end());
  expect_the_batch();
  crash();
  expect_the_batch();
  restart();
  expect_the_batch();
}

TEST_F(CutTest, ABatchAroundTheStartThatTheDiskRefusesLeavesAnEmptyLogThere) {
  const base::Bytes batch = batch_of({"a", "b", "c"}, {.base_offset = Offset{499}});
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset{500}, now));
  disk->faults().capacity = disk->faults().used;
  EXPECT_EQ(log->append_as_follower(batch, now).error().code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->offline_reason(), "");
  EXPECT_EQ(log->log_start(), Offset{500});
  EXPECT_EQ(log->log_end(), Offset{500});
  EXPECT_EQ(log->high_watermark(), Offset{500});
  disk->faults().capacity = ~std::uint64_t{0};
  ASSERT_TRUE(log->append_as_follower(batch, now));
  EXPECT_EQ(log->log_end(), Offset{502});
}

TEST_F(CutTest, DeletedRecordsAreGoneAtOnceAndSegmentsAfterTheCheckpoint) {
  ASSERT_TRUE(log->delete_records_before(Offset{5}));
  EXPECT_EQ(log->log_start(), Offset{5});
  EXPECT_EQ(log->segment_count(), 3);
  log->drop_segments_below(Offset{2});
  EXPECT_EQ(log->segment_count(), 3);
  log->drop_segments_below(Offset{5});
  EXPECT_EQ(log->segment_count(), 2);
  EXPECT_EQ(log->read({Offset{4}, Offset{9}, 1'000, true}).error().code,
            ErrorCode::offset_out_of_range);
  EXPECT_EQ(values(5).size(), 4);
  EXPECT_EQ(log->leader_epochs().entries().front(), (EpochStart{LeaderEpoch{1}, Offset{5}}));
  const auto removals = log->take_removals();
  EXPECT_EQ(removals.size(), 3);  // log, index, time index
  for (const auto& removal : removals) {
    EXPECT_TRUE(removal.ends_with(".deleted"));
    EXPECT_TRUE(disk->exists(removal));
  }
  EXPECT_TRUE(log->take_removals().empty());
  ASSERT_TRUE(log->delete_records_before(Offset{3}));
  EXPECT_EQ(log->log_start(), Offset{5});
  EXPECT_EQ(log->delete_records_before(Offset{10}).error().code, ErrorCode::offset_out_of_range);
  restart();
  EXPECT_EQ(log->log_start(), Offset{5});
  for (const auto& removal : removals) EXPECT_FALSE(disk->exists(removal));
}

TEST_F(CutTest, AllRecordsCanBeDeletedAndTheEndIsStillKnown) {
  ASSERT_TRUE(log->delete_records_before(Offset{9}));
  log->drop_segments_below(Offset{9});
  EXPECT_EQ(log->segment_count(), 1);
  crash();  // the checkpoint of the log start was not written
  EXPECT_EQ(log->log_end(), Offset{9});
  EXPECT_EQ(log->log_start(), Offset{6});
}

TEST_F(CutTest, ASliceOutlivesItsSegment) {
  const auto slice = log->read({Offset{0}, Offset{9}, 1'000, true}).value();
  ASSERT_TRUE(log->delete_records_before(Offset{9}));
  log->drop_segments_below(Offset{9});
  for (const auto& removal : log->take_removals()) ASSERT_TRUE(disk->remove(removal));
  EXPECT_EQ(records_of(slice).size(), 3);
}

TEST_F(CutTest, ARetiredLogIsRenamedAndRefusesAppends) {
  model::Uuid unique;
  unique.bytes.fill(0x1f);
  const auto slice = log->read({Offset{8}, Offset{9}, 1'000, true}).value();
  const auto path = log->retire(unique);
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(*path, "data/t-0.1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f-delete");
  EXPECT_FALSE(disk->exists("data/t-0"));
  EXPECT_EQ(append_values({"x"}).error().code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(records_of(slice).size(), 1);
  EXPECT_EQ(values(0).size(), 9);  // closed segments are found under the new name
}

TEST_F(CutTest, AHoleAtTheFrontOfASegmentDoesNotConfuseTruncation) {
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset{100}, now));
  ASSERT_TRUE(log->append_as_follower(batch_of({"a"}, {.base_offset = Offset{105}}), now));
  ASSERT_TRUE(log->truncate_to(Offset{103}, now));
  EXPECT_EQ(log->log_end(), Offset{100});
  crash();
  EXPECT_EQ(log->log_end(), Offset{100});
}

TEST_F(CutTest, ACutInsideAHoleEndsTheLogWhereItsLastBatchDoes) {
  ASSERT_TRUE(log->append_as_follower(batch_of({"far"}, {.base_offset = Offset{514}}), now));
  sync();
  remember_checkpoints();
  EXPECT_EQ(options.recovery_point, Offset{515});
  const Offset safe = log->recovery_point_before_cut(Offset{26});
  EXPECT_LE(safe, Offset{9});
  options.recovery_point = safe;
  ASSERT_TRUE(log->truncate_to(Offset{26}, now));
  EXPECT_EQ(log->log_end(), Offset{9}) << "no file says that the log went on to 26";
  restart();
  EXPECT_EQ(log->log_end(), Offset{9});
  const auto next = append(batch_of({"next"}), {.leader_epoch = LeaderEpoch{2}});
  EXPECT_EQ(next->first_offset, Offset{9});
}

}  // namespace
}  // namespace gregor::log
