// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What one pass of compaction keeps, and what it leaves alone.
#include "log/cleaning.h"

#include <gtest/gtest.h>

#include "log/test_cleaning.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

struct CleaningTest : testing::Test, CompactedLog {
  void SetUp() override { open(); }
  std::string last_of(const std::string& key) {
    std::string found = "(gone)";
    for (const auto& [offset, record] : records())
      if (record.key == key) found = record.value.value_or("(tombstone)");
    return found;
  }
  std::size_t count_of(const std::string& key) {
    return static_cast<std::size_t>(std::ranges::count_if(
        records(), [&](const auto& entry) { return entry.second.key == key; }));
  }
  void expect_sound() {
    const auto verified = verify_folder(*disk, std::string(test_folder)).value();
    for (const Finding& finding : verified.findings) {
      EXPECT_EQ(finding.severity, Finding::Severity::note)
          << finding.file << ": " << finding.detail;
      EXPECT_EQ(finding.detail.find("the segment before ends"), std::string::npos)
          << "segments meet";
    }
  }
};

TEST_F(CleaningTest, TheLastRecordOfEachKeyStaysWithItsOffset) {
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(i % 3), "v" + std::to_string(i));
  roll_and_sync();
  const Records before = records();
  const Offset end = log->log_end();
  const std::uint64_t bytes = log->size_bytes();
  clean();
  const Records after = records();
  for (const auto& [offset, record] : after) EXPECT_EQ(record, before.at(offset));
  EXPECT_EQ(count_of("k0"), 1);
  EXPECT_EQ(last_of("k0"), "v39");
  EXPECT_EQ(last_of("k1"), "v37");
  EXPECT_EQ(last_of("k2"), "v38");
  EXPECT_EQ(log->log_end(), end);
  EXPECT_LT(log->size_bytes(), bytes / 2);
  expect_sound();
  restart();
  EXPECT_EQ(records(), after);
  expect_sound();
}

TEST_F(CleaningTest, SmallNeighboursBecomeOneSegment) {
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(i % 3), "v" + std::to_string(i));
  roll_and_sync();
  clean();
  const std::size_t before = log->segment_count();
  EXPECT_GT(before, 4);
  roll_and_sync();
  clean();
  EXPECT_LE(log->segment_count(), 4);
  EXPECT_EQ(count_of("k0"), 1);
  for (const std::string& path : log->take_removals()) {
    EXPECT_TRUE(path.ends_with(".deleted")) << path;
    EXPECT_TRUE(disk->exists(path));
  }
  expect_sound();
  restart();
  EXPECT_EQ(count_of("k0"), 1);
  expect_sound();
}

TEST_F(CleaningTest, NothingFromTheActiveSegmentOnIsTouched) {
  for (int i = 0; i < 20; ++i) put("k", "v" + std::to_string(i));
  roll_and_sync();
  const std::int64_t clean_end = log->plan_cleaning(now)->end.value();
  for (int i = 0; i < 3; ++i) put("k", "active " + std::to_string(i));
  sync();
  const Records before = records(clean_end);
  clean();
  EXPECT_EQ(records(clean_end), before);
  EXPECT_EQ(log->cleaned_to(), Offset{clean_end});
  EXPECT_EQ(last_of("k"), "active 2");
}

TEST_F(CleaningTest, NothingIsCleanedThatIsNotSyncedOrNotCommitted) {
  for (int i = 0; i < 30; ++i) put("k", "v" + std::to_string(i));
  EXPECT_EQ(log->plan_cleaning(now)->end, Offset{0}) << "nothing is synced";
  sync();
  const auto plan = log->plan_cleaning(now).value();
  EXPECT_GT(plan.end, Offset{0});
  EXPECT_TRUE(plan.due);
  restart();
  log.reset();
  auto opened = Log::open({files.get(), std::string(test_folder), {"t", model::PartitionIndex{0}}},
                          std::make_shared<model::TopicSettings>(settings), options, now);
  ASSERT_TRUE(opened.has_value());
  log = std::move(opened->log);
  log->advance_high_watermark(Offset{1});
  EXPECT_EQ(log->plan_cleaning(now)->end, Offset{0}) << "nothing is committed (KAFKA-13194)";
}

TEST_F(CleaningTest, AnOpenTransactionHoldsCompactionBack) {
  for (int i = 0; i < 20; ++i) put("k", "v" + std::to_string(i));
  const Offset open_at = log->log_end();
  ASSERT_TRUE(append(keyed_batch({{"k", "undecided"}}, producer(7, 0, 0, true))));
  for (int i = 0; i < 20; ++i) put("k", "w" + std::to_string(i));
  roll_and_sync();
  EXPECT_LE(log->plan_cleaning(now)->end, open_at);
  clean();
  EXPECT_TRUE(records().contains(open_at.value()));
  ASSERT_TRUE(append_marker(true, 7, 0));
  roll_and_sync();
  EXPECT_GT(log->plan_cleaning(now)->end, open_at);
}

TEST_F(CleaningTest, TombstonesStayUntilTheirHorizonHasPassed) {
  put("gone", "value");
  put("kept", "value");
  put("gone", std::nullopt);
  roll_and_sync();
  now = at_time(50'000);
  clean();
  EXPECT_EQ(last_of("gone"), "(tombstone)");
  EXPECT_EQ(count_of("gone"), 1);
  visit(-1, [&](const record::BatchView& batch, const record::RecordView& one) {
    if (one.value) return;
    EXPECT_EQ(batch.delete_horizon(), model::Timestamp{51'000});
    EXPECT_EQ(one.timestamp, model::Timestamp{1'000}) << "the records' own times do not change";
  });
  now = at_time(50'999);
  roll_and_sync();
  clean();
  EXPECT_EQ(last_of("gone"), "(tombstone)") << "one millisecond early";
  now = at_time(51'000);
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("gone"), 0);
  EXPECT_EQ(last_of("kept"), "value");
  expect_sound();
}

TEST_F(CleaningTest, RecordsWithoutKeyGo) {
  ASSERT_TRUE(append(batch_of({"no key"})));
  put("k", "v");
  roll_and_sync();
  clean();
  EXPECT_FALSE(records().contains(0));
  EXPECT_EQ(last_of("k"), "v");
}

TEST_F(CleaningTest, BatchesKeepCodecTimesHeadersAndProducer) {
  for (const record::Codec codec :
       {record::Codec::none, record::Codec::gzip, record::Codec::zstd}) {
    record::BatchOptions of = producer(5, 0, static_cast<int>(codec) == 0 ? 0 : -1);
    if (codec != record::Codec::none) of = {};
    of.codec = codec;
    record::BatchBuilder builder(of);
    const std::string name = "key of " + std::string(record::name_of(codec));
    const record::Header header{"h", base::as_bytes("x")};
    builder.add({.timestamp = model::Timestamp{5'000},
                 .key = base::as_bytes("overtaken"),
                 .value = base::as_bytes("1")});
    builder.add({.timestamp = model::Timestamp{4'000},
                 .key = base::as_bytes(name),
                 .value = base::as_bytes("2"),
                 .headers = {&header, 1}});
    ASSERT_TRUE(append(builder.finish(), {.leader_epoch = LeaderEpoch{3}}));
  }
  ASSERT_TRUE(append(keyed_batch({{"overtaken", "last"}}), {.leader_epoch = LeaderEpoch{3}}));
  while (log->segment_count() < 2) {
    ASSERT_TRUE(append(keyed_batch({{"filler", "x"}}), {.leader_epoch = LeaderEpoch{3}}));
  }
  sync();
  clean();
  EXPECT_EQ(count_of("overtaken"), 1);
  std::size_t seen = 0;
  visit(-1, [&](const record::BatchView& batch, const record::RecordView& one) {
    if (base::as_text(*one.value) != "2") return;
    ++seen;
    EXPECT_EQ("key of " + std::string(record::name_of(batch.codec())), base::as_text(*one.key));
    EXPECT_EQ(one.timestamp, model::Timestamp{4'000});
    EXPECT_EQ(batch.max_timestamp(), model::Timestamp{4'000});
    EXPECT_EQ(one.headers.count(), 1);
    EXPECT_EQ(one.offset, batch.base_offset() + 1);
    EXPECT_EQ(batch.partition_leader_epoch(), LeaderEpoch{3});
    EXPECT_EQ(batch.has_producer_id(), batch.codec() == record::Codec::none);
  });
  EXPECT_EQ(seen, 3);
}

TEST_F(CleaningTest, TheLastFiveBatchesOfAProducerStaySoThatTheyAreStillRecognised) {
  const auto batch = [](int n) { return keyed_batch({{"k", "of 5"}}, producer(5, 0, n)); };
  for (int n = 0; n < 6; ++n) ASSERT_TRUE(append(batch(n)));
  for (int i = 0; i < 5; ++i) put("k", "v" + std::to_string(i));
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("k"), 1);
  EXPECT_EQ(batches().find("(0-0)"), std::string::npos) << batches();
  const auto expect_recognised = [&](const char* after) {
    for (int n = 1; n < 6; ++n) {
      const auto again = append(batch(n));
      ASSERT_TRUE(again.has_value()) << after << ", " << n << ": " << again.error().detail;
      EXPECT_TRUE(again->duplicate) << after << ", " << n;
      EXPECT_EQ(again->first_offset, Offset{n}) << after;
    }
  };
  restart();
  expect_recognised("a restart");
  // Without any snapshot the log alone must tell.
  const auto entries = disk->list(std::string(test_folder)).value();
  for (const FolderEntry& entry : entries) {
    if (!entry.name.ends_with(".snapshot")) continue;
    ASSERT_TRUE(disk->remove(std::string(test_folder) + "/" + entry.name));
  }
  options.recovery_point = log->recovery_point();
  crash();
  expect_recognised("a power cut");
}

TEST_F(CleaningTest, AbortedRecordsGoAndTheirMarkerGoesLater) {
  put("k", "before");
  ASSERT_TRUE(append(keyed_batch({{"k", "aborted"}, {"a", "aborted"}}, producer(7, 0, 0, true))));
  ASSERT_TRUE(append_marker(false, 7, 0));
  ASSERT_TRUE(append(keyed_batch({{"c", "committed"}}, producer(7, 0, 2, true))));
  ASSERT_TRUE(append_marker(true, 7, 0));
  // As many as are remembered, so that nothing of what was aborted stays for the sake of that.
  for (int n = 3; n < 7; ++n)
    ASSERT_TRUE(append(keyed_batch({{"z", "of 7"}}, producer(7, 0, n))));
  roll_and_sync();
  clean();
  EXPECT_EQ(last_of("k"), "before") << "an aborted record overtakes nobody";
  EXPECT_EQ(count_of("a"), 0);
  EXPECT_EQ(last_of("c"), "committed");
  EXPECT_EQ(count_of("(abort)"), 1) << "a reader may still have the records before it";
  EXPECT_EQ(log->aborted_transactions(Offset{0}, log->log_end())->size(), 1);
  expect_sound();
  now = at_time(50'000);
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("(abort)"), 1) << "its horizon begins";
  EXPECT_EQ(log->aborted_transactions(Offset{0}, log->log_end())->size(), 0);
  now = at_time(51'000);
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("(abort)"), 0);
  EXPECT_EQ(count_of("(commit)"), 1) << "a record of its transaction is there";
  EXPECT_EQ(last_of("c"), "committed");
  expect_sound();
}

TEST_F(CleaningTest, KeysLikeThoseOfMarkersAreNoMarkers) {
  // What a marker has for a key: version 0, type 1 (KAFKA-14055).
  const std::string like_commit("\0\0\0\1", 4);
  ASSERT_TRUE(append(keyed_batch({{"c", "committed"}}, producer(7, 0, 0, true))));
  ASSERT_TRUE(append_marker(true, 7, 0));
  put(like_commit, "a record");
  roll_and_sync();
  clean();
  now = at_time(100'000);
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("(commit)"), 1);
  EXPECT_EQ(last_of(like_commit), "a record");
}

TEST_F(CleaningTest, AMapThatIsTooSmallCleansInSeveralPasses) {
  for (int i = 0; i < 60; ++i) put("k" + std::to_string(i % 20), "v" + std::to_string(i));
  roll_and_sync();
  const Records before = records();
  const Offset all = log->plan_cleaning(now)->end;
  budget.map_bytes_max = 16 * 24;  // some fourteen keys
  int passes = 0;
  while (log->cleaned_to() < all) {
    const Offset from = log->cleaned_to();
    clean();
    ASSERT_GT(log->cleaned_to(), from) << "each pass gets on";
    ++passes;
    for (const auto& [offset, record] : records()) ASSERT_EQ(record, before.at(offset));
  }
  EXPECT_GT(passes, 2);
  for (int i = 40; i < 60; ++i) {
    const std::string key = "k" + std::to_string(i % 20);
    EXPECT_EQ(count_of(key), 1) << key;
    EXPECT_EQ(last_of(key), "v" + std::to_string(i));
  }
}

TEST_F(CleaningTest, DamageIsNotSpread) {
  for (int i = 0; i < 20; ++i) put("k", "v" + std::to_string(i));
  roll_and_sync();
  base::Bytes bytes = disk->content(path(0, FileKind::log));
  bytes[bytes.size() - 3] ^= std::byte{1};
  disk->put(path(0, FileKind::log), bytes);
  const auto failed = try_clean();
  EXPECT_NE(failed.find("wrong checksum"), std::string::npos) << failed;
  EXPECT_EQ(disk->content(path(0, FileKind::log)), bytes);
  EXPECT_FALSE(disk->exists(path(0, FileKind::log) + ".cleaned"));
  EXPECT_TRUE(log->offline_reason().empty());
}

TEST_F(CleaningTest, AFullDiskLeavesTheLogAsItWas) {
  for (int i = 0; i < 30; ++i) put("k" + std::to_string(i % 5), "v" + std::to_string(i));
  roll_and_sync();
  const Records before = records();
  disk->faults().capacity = disk->faults().used + 50;  // less than a batch
  EXPECT_NE(try_clean(), "");
  EXPECT_EQ(records(), before);
  EXPECT_EQ(log->cleaned_to(), Offset{0});
  disk->faults().capacity = std::uint64_t{1} << 50;
  clean();
  EXPECT_EQ(count_of("k0"), 1);
}

TEST_F(CleaningTest, ACutBetweenTwoStepsEndsThePass) {
  for (int i = 0; i < 30; ++i) put("k" + std::to_string(i % 5), "v" + std::to_string(i));
  roll_and_sync();
  Cleaning cleaning(*log, log->plan_cleaning(now).value(), budget);
  ASSERT_EQ(cleaning.step(1, now, decompressor).value(), Cleaning::Next::step);
  ASSERT_TRUE(log->truncate_to(Offset{12}, now));
  EXPECT_EQ(cleaning.step(1, now, decompressor).value(), Cleaning::Next::overtaken);
  cleaning.abandon();
  EXPECT_EQ(records().size(), 12);
  roll_and_sync();
  clean();
  EXPECT_EQ(count_of("k0"), 1);
}

TEST_F(CleaningTest, SettingsSayWhenItIsTime) {
  settings.min_cleanable_dirty_ratio = 0.5;
  const auto set = [&] { log->set_settings(std::make_shared<model::TopicSettings>(settings)); };
  set();
  for (int i = 0; i < 30; ++i) put("k" + std::to_string(i), "v");
  roll_and_sync();
  EXPECT_EQ(log->plan_cleaning(now)->dirty_ratio, 1.0);
  EXPECT_TRUE(log->plan_cleaning(now)->due);
  clean();
  EXPECT_FALSE(log->plan_cleaning(now)->due);
  roll_and_sync();
  EXPECT_FALSE(log->plan_cleaning(now)->due) << "less than half is dirty";
  settings.max_compaction_lag_ms = 100;
  set();
  EXPECT_TRUE(log->plan_cleaning(at_time(1'101))->due) << "max.compaction.lag.ms has passed";
  EXPECT_FALSE(log->plan_cleaning(at_time(1'100))->due);
  settings.max_compaction_lag_ms = model::unlimited;
  settings.min_cleanable_dirty_ratio = 0;
  settings.min_compaction_lag_ms = 100;
  set();
  const auto early = log->plan_cleaning(at_time(1'099)).value();
  EXPECT_EQ(early.first_dirty, early.end) << "within min.compaction.lag.ms";
  EXPECT_TRUE(log->plan_cleaning(at_time(1'100))->due);
}

TEST_F(CleaningTest, WhatIsCleanStaysSoOverARestart) {
  for (int i = 0; i < 20; ++i) put("k", "v" + std::to_string(i));
  roll_and_sync();
  clean();
  const Offset cleaned = log->cleaned_to();
  ASSERT_GT(cleaned, Offset{0});
  options.cleaned_to = cleaned;
  restart();
  EXPECT_EQ(log->cleaned_to(), cleaned);
  options.cleaned_to = Offset{100'000};
  restart();
  EXPECT_EQ(log->cleaned_to(), log->recovery_point()) << "a checkpoint of another log";
}

}  // namespace
}  // namespace gregor::log
