// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Exactly once and in order: what producers may append, and what transactions hide.
#include "log/producer_state.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "log/producer_snapshot.h"
#include "log/test_log.h"

namespace gregor::log {
namespace {

using model::ErrorCode;

constexpr std::int32_t last_sequence = std::numeric_limits<std::int32_t>::max();

struct Producing : testing::Test, LogOnDisk {
  void SetUp() override { open(); }

  // Appends `count` records; the first offset, or minus the error code.
  std::int64_t send(std::int64_t id, std::int16_t epoch, std::int32_t sequence, int count = 1,
                    bool transactional = false) {
    const auto appended =
        append(batch_of(std::vector<std::string>(static_cast<std::size_t>(count), "x"),
                        producer(id, epoch, sequence, transactional)));
    if (!appended) return -static_cast<std::int64_t>(appended.error().code);
    was_duplicate = appended->duplicate;
    return appended->first_offset.value();
  }
  bool was_duplicate = false;
};

constexpr std::int64_t out_of_order = -45, old_epoch = -47, bad_state = -48, fenced = -52;

TEST_F(Producing, SequencesFollowEachOther) {
  EXPECT_EQ(send(1, 0, 0, 3), 0);
  EXPECT_EQ(send(1, 0, 3), 3);
  EXPECT_EQ(send(1, 0, 5), out_of_order);
  EXPECT_EQ(send(1, 0, 4), 4);
  EXPECT_EQ(send(2, 0, 0), 5);
}

TEST_F(Producing, AnUnknownProducerMayStartAnywhere) { EXPECT_EQ(send(1, 3, 77), 0); }

TEST_F(Producing, TheLastFiveBatchesAreRecognisedWithTheirOffsets) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(send(1, 0, 2 * i, 2), 2 * i);
  for (int i = 2; i < 7; ++i) {
    EXPECT_EQ(send(1, 0, 2 * i, 2), 2 * i);
    EXPECT_TRUE(was_duplicate);
  }
  EXPECT_EQ(send(1, 0, 2, 2), out_of_order);   // older than five
  EXPECT_EQ(send(1, 0, 12, 1), out_of_order);  // a part of a batch is not that batch
  EXPECT_EQ(log->log_end(), Offset{14});
}

TEST_F(Producing, SequencesWrapAround) {
  EXPECT_EQ(send(1, 0, last_sequence - 1, 2), 0);
  EXPECT_EQ(send(1, 0, 0), 2);
  EXPECT_EQ(send(2, 0, last_sequence, 3), 3);  // 2^31-1, 0, 1
  EXPECT_EQ(send(2, 0, last_sequence, 3), 3);
  EXPECT_TRUE(was_duplicate);
  EXPECT_EQ(send(2, 0, 2), 6);
}

TEST_F(Producing, ANewEpochBeginsAtZeroAndFencesTheOldOne) {
  EXPECT_EQ(send(1, 0, 0), 0);
  EXPECT_EQ(send(1, 1, 1), out_of_order);
  EXPECT_EQ(send(1, 1, 0), 1);
  EXPECT_EQ(send(1, 0, 1), old_epoch);
  EXPECT_EQ(send(1, 0, 0), old_epoch);
}

TEST_F(Producing, CoordinatorsAreNotAskedForSequences) {
  const LeaderAppend coordinator{.origin = AppendOrigin::coordinator};
  EXPECT_TRUE(append(batch_of({"a"}, producer(1, 0, 5)), coordinator));
  EXPECT_TRUE(append(batch_of({"a"}, producer(1, 0, 9)), coordinator));
  EXPECT_FALSE(append(batch_of({"a"}, producer(1, -1, 9)), coordinator));
}

TEST_F(Producing, TheLastStableOffsetStopsAtTheOldestOpenTransaction) {
  EXPECT_EQ(send(1, 0, 0, 2), 0);
  EXPECT_EQ(log->last_stable(), Offset{2});
  EXPECT_EQ(send(2, 0, 0, 1, true), 2);
  EXPECT_EQ(send(3, 0, 0, 1, true), 3);
  EXPECT_EQ(send(2, 0, 1, 1, true), 4);
  EXPECT_EQ(log->last_stable(), Offset{2});
  EXPECT_TRUE(append_marker(true, 2, 0));
  EXPECT_EQ(log->last_stable(), Offset{3});
  EXPECT_TRUE(append_marker(false, 3, 0));
  EXPECT_EQ(log->last_stable(), Offset{7});
  EXPECT_EQ(
      log->aborted_transactions(Offset{0}, Offset{7}).value(),
      (std::vector<AbortedTransaction>{{model::ProducerId{3}, Offset{3}, Offset{6}, Offset{7}}}));
}

TEST_F(Producing, ATransactionIsUndecidedUntilItsMarkerIsBelowTheHighWatermark) {
  const auto begun = batch_of({"a"}, producer(1, 0, 0, true));
  ASSERT_TRUE(log->append_as_leader(record::ValidBatch::parse(begun).value(), {}, now));
  log->advance_high_watermark(Offset{1});
  const auto marker = record::build_end_transaction_marker({true, 0}, model::ProducerId{1},
                                                           model::ProducerEpoch{0}, now.wall);
  ASSERT_TRUE(log->append_as_leader(record::ValidBatch::parse(marker).value(),
                                    {.origin = AppendOrigin::coordinator}, now));
  EXPECT_EQ(log->last_stable(), Offset{0});
  log->advance_high_watermark(Offset{1});
  EXPECT_EQ(log->last_stable(), Offset{0});
  log->advance_high_watermark(Offset{2});
  EXPECT_EQ(log->last_stable(), Offset{2});
}

TEST_F(Producing, MarkersCarryTheEpochsOfProducerAndCoordinator) {
  EXPECT_EQ(send(1, 0, 0, 1, true), 0);
  EXPECT_TRUE(append_marker(true, 1, 1, 5));  // a coordinator that raises the epoch with the marker
  EXPECT_EQ(send(1, 0, 1, 1, true), old_epoch);
  EXPECT_EQ(send(1, 1, 1, 1, true), out_of_order);
  EXPECT_EQ(send(1, 1, 0, 1, true), 2);
  EXPECT_EQ(-static_cast<std::int64_t>(append_marker(true, 1, 1, 4).error().code), fenced);
  EXPECT_EQ(-static_cast<std::int64_t>(append_marker(true, 1, 0, 5).error().code), old_epoch);
  EXPECT_EQ(send(1, 1, 1, 1, false), bad_state);
  EXPECT_TRUE(append_marker(true, 1, 1, 5));
  EXPECT_EQ(log->last_stable(), Offset{4});
}

TEST_F(Producing, AMarkerWithoutTransactionChangesNothingForReaders) {
  EXPECT_TRUE(append_marker(false, 1, 0));
  EXPECT_EQ(log->last_stable(), Offset{1});
  EXPECT_TRUE(log->aborted_transactions(Offset{0}, Offset{1}).value().empty());
}

TEST_F(Producing, ARefusedBatchLeavesNoTrace) {
  EXPECT_EQ(send(1, 0, 0), 0);
  const ProducerStates before = log->producers();
  EXPECT_EQ(send(1, 1, 7), out_of_order);
  EXPECT_EQ(log->producers(), before);
  disk->fail_next(DiskOperation::write);
  EXPECT_EQ(send(1, 1, 0, 1, true), -56);
  EXPECT_EQ(log->producers(), before);
  EXPECT_EQ(log->last_stable(), Offset{1});
  EXPECT_EQ(send(1, 1, 0, 1, true), 1);
}

TEST_F(Producing, SilentProducersAreForgottenButNotWithAnOpenTransaction) {
  EXPECT_EQ(send(1, 0, 0), 0);
  EXPECT_EQ(send(2, 0, 0, 1, true), 1);
  log->expire_producers(at_time(1'999), 1'000);
  EXPECT_EQ(log->producers().all().size(), 2);
  log->expire_producers(at_time(2'000), 1'000);
  EXPECT_EQ(log->producers().all().size(), 1);
  EXPECT_EQ(send(1, 0, 41), 2);  // unknown again: starts anywhere
}

TEST_F(Producing, ARestartRemembersBatchesAndTheOpenTransaction) {
  EXPECT_EQ(send(1, 0, 0), 0);
  EXPECT_EQ(send(1, 0, 1), 1);
  EXPECT_EQ(send(2, 0, 0, 1, true), 2);
  restart();
  EXPECT_EQ(send(1, 0, 1), 1);
  EXPECT_TRUE(was_duplicate);
  EXPECT_EQ(send(1, 0, 2), 3);
  EXPECT_EQ(log->last_stable(), Offset{2});
  EXPECT_TRUE(append_marker(false, 2, 0));
  EXPECT_EQ(log->last_stable(), Offset{5});
}

TEST_F(Producing, ACrashRemembersAllFiveBatches) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(1, 0, i), i);
  crash();
  EXPECT_EQ(send(1, 0, 0), 0);
  EXPECT_TRUE(was_duplicate);
}

TEST_F(Producing, ARestartRemembersAllFiveBatches) {
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(send(1, 0, i), 2 * i);
    EXPECT_EQ(send(2 + i % 2, 0, i / 2), 2 * i + 1);
  }
  restart();
  for (int i = 2; i < 7; ++i) {
    EXPECT_EQ(send(1, 0, i), 2 * i);
    EXPECT_TRUE(was_duplicate);
  }
  EXPECT_EQ(send(2, 0, 0), 1);
  EXPECT_TRUE(was_duplicate);
  EXPECT_EQ(send(1, 0, 1), out_of_order);
  EXPECT_EQ(send(1, 0, 7), 14);
}

TEST_F(Producing, ARestartRemembersNoBatchesOfAnEarlierEpoch) {
  EXPECT_EQ(send(1, 0, 0), 0);
  EXPECT_EQ(send(1, 1, 0), 1);
  EXPECT_EQ(send(1, 1, 1), 2);
  restart();
  EXPECT_EQ(send(1, 1, 0), 1);
  EXPECT_TRUE(was_duplicate);
  EXPECT_EQ(send(1, 0, 0), old_epoch);
  EXPECT_EQ(log->producers().all().begin()->second.batch_count, 2);
}

TEST(ProducerState, TakesAnOlderBatchOnlyIfNoneIsMissingInBetween) {
  const auto batch_at = [](std::int32_t at) {
    return ProducerBatch{.last_sequence = model::SequenceNumber{at}, .last_offset = Offset{at}};
  };
  ProducerState state;
  state.add_older(batch_at(8));
  EXPECT_EQ(state.batch_count, 0);
  state.add(batch_at(9));
  for (const std::int32_t at : {7, 8, 6, 7, 9}) state.add_older(batch_at(at));
  ASSERT_EQ(state.batch_count, 3);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(state.batches[i], batch_at(static_cast<std::int32_t>(7 + i)));
}

ProducerStates::Producers any_producers(base::Prng& prng) {
  ProducerStates::Producers producers;
  for (std::uint64_t i = prng.below(40); i > 0; --i) {
    ProducerState state;
    state.epoch = model::ProducerEpoch{static_cast<std::int16_t>(prng.below(9))};
    state.coordinator_epoch = static_cast<std::int32_t>(prng.below(3)) - 1;
    state.last_timestamp = model::Timestamp{static_cast<std::int64_t>(prng.below(1'000))};
    if (prng.chance(1, 3)) state.transaction_start = Offset{static_cast<std::int64_t>(i)};
    if (prng.chance(1, 2)) {
      state.add({.last_sequence = model::SequenceNumber{static_cast<std::int32_t>(prng.below(99))},
                 .last_offset = Offset{static_cast<std::int64_t>(100 + prng.below(99))},
                 .offset_delta = static_cast<std::int32_t>(prng.below(99)),
                 .timestamp = state.last_timestamp});
    }
    producers[model::ProducerId{static_cast<std::int64_t>(prng.below(10'000))}] = state;
  }
  return producers;
}

RC_GTEST_PROP(ProducerSnapshot, RoundTripsAndRefusesEveryChangedByte, (std::uint64_t seed)) {
  base::Prng prng(seed);
  const auto producers = any_producers(prng);
  base::Bytes bytes = encode_producer_snapshot(producers);
  RC_ASSERT(decode_producer_snapshot(bytes).value() == producers);
  bytes[prng.below(bytes.size())] ^= static_cast<std::byte>(1 + prng.below(255));
  RC_ASSERT(!decode_producer_snapshot(bytes).has_value());
  bytes.resize(prng.below(bytes.size()));
  RC_ASSERT(!decode_producer_snapshot(bytes).has_value());
}

TEST(ProducerSnapshot, EntriesLieInTheOrderOfAJavaHashMap) {
  ProducerStates::Producers producers;
  for (const std::int64_t id : {2084, 3042, 3043}) producers[model::ProducerId{id}] = {};
  const base::Bytes bytes = encode_producer_snapshot(producers);
  const auto id_at = [&](std::size_t i) {
    return base::load_big_endian<std::int64_t>(bytes.data() + snapshot_header_bytes +
                                               i * snapshot_entry_bytes);
  };
  EXPECT_EQ(id_at(0), 3042);
  EXPECT_EQ(id_at(1), 3043);
  EXPECT_EQ(id_at(2), 2084);
}

}  // namespace
}  // namespace gregor::log
