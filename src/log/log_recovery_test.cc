// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening after a crash: what is cut, what is refused, what is made anew.
#include <gtest/gtest.h>

#include "log/test_log.h"

namespace gregor::log {
namespace {

struct RecoveryTest : testing::Test, LogOnDisk {
  std::vector<std::uint64_t> starts;  // of the batches in the first segment

  void SetUp() override {
    open();
    for (const char* value : {"zero", "one", "two", "three", "four"}) {
      starts.push_back(log->size_bytes());
      ASSERT_TRUE(append_values({value}));
    }
    starts.push_back(log->size_bytes());
  }
  // Changes the first segment's file behind the log's back.
  template <class Change>
  void damage(Change change) {
    base::Bytes bytes = disk->content(path(0, FileKind::log));
    change(bytes);
    log.reset();
    disk->put(path(0, FileKind::log), bytes);
  }
  const std::string segment = std::string(test_folder) + "/00000000000000000000.log";
};

TEST_F(RecoveryTest, ATornTailIsCutAndTheLineSaysWhichBytes) {
  damage([&](base::Bytes& bytes) { bytes.resize(starts[4] + 20); });
  open();
  EXPECT_EQ(values(), (std::vector<std::string>{"zero", "one", "two", "three"}));
  EXPECT_EQ(report.bytes_truncated, 20);
  EXPECT_EQ(report.batches_scanned, 4);
  ASSERT_EQ(report.lines.size(), 1);
  EXPECT_EQ(report.lines[0],
            segment +
                ": at byte 287: a batch of 72 bytes, but only 20 left; cut 20 bytes from byte "
                "287 on (offset 4)");
  EXPECT_EQ(disk->content(segment).size(), starts[4]);
  EXPECT_EQ(append_values({"new"})->first_offset, Offset{4});
}

TEST_F(RecoveryTest, WhatIsFoundIsSyncedBeforeAnybodySeesItWhereThatIsPromised) {
  base::Prng prng(1);
  crash();
  EXPECT_FALSE(disk->after_power_loss(prng, Unsynced::all_lost)->exists(segment));
  settings.flush_messages = 1;
  crash();
  ASSERT_EQ(values().size(), 5);
  lose_power(prng, Unsynced::all_lost);
  EXPECT_EQ(values().size(), 5);
}

TEST_F(RecoveryTest, ATailOfZerosIsCut) {
  damage([&](base::Bytes& bytes) { bytes.resize(starts[5] + 10'000); });
  open();
  EXPECT_EQ(values().size(), 5);
  EXPECT_EQ(report.bytes_truncated, 10'000);
}

TEST_F(RecoveryTest, TheFirstBadBatchEndsTheLogWhateverFollows) {
  damage([&](base::Bytes& bytes) { bytes[starts[3] - 1] ^= std::byte{1}; });
  open();
  EXPECT_EQ(values(), (std::vector<std::string>{"zero", "one"}));
  ASSERT_EQ(report.lines.size(), 1);
  EXPECT_NE(report.lines[0].find("wrong checksum"), std::string::npos);
}

TEST_F(RecoveryTest, DamageBelowTheRecoveryPointIsRefusedAndNothingTouched) {
  options.recovery_point = Offset{3};
  for (const std::size_t batch : {0U, 1U, 2U}) {
    base::Bytes before;
    damage([&](base::Bytes& bytes) {
      bytes[starts[batch] + 70] ^= std::byte{1};
      before = bytes;
    });
    const std::string problem = try_open();
    EXPECT_TRUE(problem.starts_with("CORRUPT_MESSAGE")) << problem;
    EXPECT_NE(problem.find("records up to offset 3 were synced"), std::string::npos) << problem;
    EXPECT_EQ(disk->content(segment), before);
    damage([&](base::Bytes& bytes) { bytes[starts[batch] + 70] ^= std::byte{1}; });
  }
  damage([&](base::Bytes& bytes) { bytes[starts[3] + 70] ^= std::byte{1}; });
  open();
  EXPECT_EQ(log->log_end(), Offset{3});
}

TEST_F(RecoveryTest, AnEndBelowTheRecoveryPointIsRefused) {
  options.recovery_point = Offset{4};
  damage([&](base::Bytes& bytes) { bytes.resize(starts[3]); });
  EXPECT_NE(try_open().find("ends at offset 3, but was synced up to 4"), std::string::npos);
  options.clean_stop = true;
  EXPECT_NE(try_open().find("ends at offset 3, but was synced up to 4"), std::string::npos);
}

TEST_F(RecoveryTest, AnEpochThatGoesBackIsNoContinuation) {
  base::Bytes more = batch_of({"new"}, {.base_offset = Offset{5}, .leader_epoch = LeaderEpoch{3}});
  base::append(more,
               batch_of({"stale"}, {.base_offset = Offset{6}, .leader_epoch = LeaderEpoch{2}}));
  damage([&](base::Bytes& bytes) { base::append(bytes, more); });
  open();
  EXPECT_EQ(log->log_end(), Offset{6});
  EXPECT_EQ(log->leader_epochs().latest(), LeaderEpoch{3});
}

TEST_F(RecoveryTest, AnOffsetThatGoesBackIsNoContinuation) {
  const base::Bytes more = batch_of({"again"}, {.base_offset = Offset{4}});
  damage([&](base::Bytes& bytes) { base::append(bytes, more); });
  open();
  EXPECT_EQ(log->log_end(), Offset{5});
}

TEST_F(RecoveryTest, AnOldFormatIsRefusedAndWhatOnlyLooksLikeOneIsCut) {
  // One message of format 1: time 0, neither key nor value.
  base::Bytes old;
  base::append_big_endian(old, std::int64_t{5});
  base::append_big_endian(old, std::int32_t{22});
  base::append_big_endian(old, std::uint32_t{0xcc2f79d9});
  for (const int byte : {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}) old.push_back(static_cast<std::byte>(byte));
  old.resize(old.size() + 8, std::byte{0xff});
  damage([&](base::Bytes& bytes) { base::append(bytes, old); });
  const base::Bytes before = disk->content(segment);
  const std::string problem = try_open();
  EXPECT_TRUE(problem.starts_with("UNSUPPORTED_FOR_MESSAGE_FORMAT")) << problem;
  EXPECT_EQ(disk->content(segment), before);
  damage([&](base::Bytes& bytes) { bytes.back() = std::byte{0}; });
  open();
  EXPECT_EQ(report.bytes_truncated, old.size());
  EXPECT_EQ(values().size(), 5);
}

TEST_F(RecoveryTest, ALostMiddleSegmentEndsTheLogBeforeIt) {
  settings.segment_bytes = 150;
  open();
  for (int i = 5; i < 12; ++i) ASSERT_TRUE(append_values({std::to_string(i)}));
  ASSERT_EQ(log->segment_count(), 5);
  log.reset();
  ASSERT_TRUE(disk->remove(path(7, FileKind::log)));
  open();
  EXPECT_EQ(log->log_end(), Offset{7});
  ASSERT_EQ(report.lines.size(), 2);  // orphaned indexes, and the cut
  EXPECT_NE(report.lines[1].find("begins at offset 9, but the one before ends at 7"),
            std::string::npos)
      << report.lines[1];
  EXPECT_EQ(append_values({"x"})->first_offset, Offset{7});
}

TEST_F(RecoveryTest, SegmentsBelowTheRecoveryPointAreNotRead) {
  settings.segment_bytes = 150;
  open();
  for (int i = 5; i < 12; ++i) ASSERT_TRUE(append_values({std::to_string(i)}));
  sync();
  remember_checkpoints();
  crash();
  EXPECT_EQ(report.segments_scanned, 1);
  EXPECT_EQ(values().size(), 12);
  // … but their indexes are made anew where they are missing.
  const base::Bytes index = disk->content(path(5, FileKind::time_index));
  ASSERT_GT(index.size(), 0);
  log.reset();
  ASSERT_TRUE(disk->remove(path(5, FileKind::time_index)));
  open();
  EXPECT_EQ(report.lines.size(), 1);
  EXPECT_EQ(disk->content(path(5, FileKind::time_index)), index);
}

TEST_F(RecoveryTest, StaleSnapshotsAndEpochsOfACutPastAreNotBelieved) {
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0)), {.leader_epoch = LeaderEpoch{1}}));
  restart();  // snapshot at 6
  const base::Bytes snapshot = disk->content(path(6, FileKind::snapshot));
  const std::string checkpoint = std::string(test_folder) + "/leader-epoch-checkpoint";
  const base::Bytes epochs = disk->content(checkpoint);
  options.recovery_point = Offset{0};
  ASSERT_TRUE(log->truncate_to(Offset{5}, now));
  ASSERT_TRUE(append(batch_of({"b", "c"}, producer(1, 0, 0)), {.leader_epoch = LeaderEpoch{2}}));
  const ProducerStates producers = log->producers();
  log.reset();
  // A power cut brings back what was removed or replaced and not synced.
  disk->put(path(6, FileKind::snapshot), snapshot);
  disk->put(checkpoint, epochs);
  open();
  EXPECT_EQ(log->producers().all(), producers.all());
  EXPECT_EQ(log->leader_epochs().entries(),
            (std::vector<EpochStart>{{LeaderEpoch{0}, Offset{0}}, {LeaderEpoch{2}, Offset{5}}}));
}

TEST_F(RecoveryTest, ADamagedSnapshotIsReplacedByAnOlderOneAndTheLog) {
  ASSERT_TRUE(append(batch_of({"a"}, producer(1, 0, 0))));
  const auto before = log->producers().all();
  ASSERT_TRUE(log->close());
  remember_checkpoints();
  options.clean_stop = true;
  disk->put(path(6, FileKind::snapshot), base::as_bytes("garbage"));
  open();
  EXPECT_EQ(log->producers().all(), before);
  ASSERT_EQ(report.lines.size(), 1);
  EXPECT_NE(report.lines[0].find("too few for a producer snapshot"), std::string::npos);
}

TEST_F(RecoveryTest, ADamagedEpochCheckpointIsMadeAnew) {
  ASSERT_TRUE(append(batch_of({"a"}), {.leader_epoch = LeaderEpoch{7}}));
  ASSERT_TRUE(log->close());
  remember_checkpoints();
  options.clean_stop = true;
  const std::string checkpoint = std::string(test_folder) + "/leader-epoch-checkpoint";
  const base::Bytes good = disk->content(checkpoint);
  for (const std::string_view bad :
       {std::string_view("\0\0\0\0\0\0", 6), std::string_view("0\n9\n")}) {
    disk->put(checkpoint, base::as_bytes(bad));
    open();
    EXPECT_EQ(disk->content(checkpoint), good);
    EXPECT_EQ(report.lines.size(), 1);
  }
}

TEST_F(RecoveryTest, ALogStartAboveTheEndStartsOver) {
  options.log_start = Offset{50};
  crash();
  EXPECT_EQ(log->log_start(), Offset{50});
  EXPECT_EQ(append_values({"x"})->first_offset, Offset{50});
  EXPECT_EQ(report.lines.size(), 1);
}

TEST_F(RecoveryTest, AHoleBelowTheRecoveryPointIsWhatCompactionLeft) {
  settings.segment_bytes = 400;
  log->set_settings(std::make_shared<model::TopicSettings>(settings));
  ASSERT_TRUE(append_values({"five"}));
  ASSERT_EQ(log->segment_count(), 2);
  // Kafka drops the last batches of a segment when their keys are overtaken.
  damage([&](base::Bytes& bytes) { bytes.resize(starts[1]); });
  options.recovery_point = Offset{5};
  open();
  EXPECT_EQ(values(), (std::vector<std::string>{"zero", "five"}));
  EXPECT_EQ(log->log_end(), Offset{6});
  EXPECT_EQ(report.bytes_truncated, 0);
  // Above the recovery point the same is a loss, and what follows it goes.
  options.recovery_point = Offset{1};
  open();
  EXPECT_EQ(values(), std::vector<std::string>{"zero"});
  EXPECT_EQ(log->log_end(), Offset{1});
}

}  // namespace
}  // namespace gregor::log
