// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The power goes at every single change of the disk, in a life that has everything in it, and again
// at every change of the recovery that follows: what was synced is there, what is there was
// written, and the log goes on.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "cut_everywhere.h"
#include "log/test_log.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

// A life of a log that stops wherever the disk does.
struct Life : LogOnDisk {
  std::map<std::int64_t, std::set<std::string>> written;
  std::map<std::int64_t, std::string> current;
  std::map<std::int64_t, std::string> durable;  // value by offset, below the recovery point
  Offset deleted{0};                            // records below it may be gone
  std::int32_t epoch = 0;
  int next_value = 0;
  int next_sequence = 0;

  Life() {
    settings.segment_bytes = 420;
    settings.index_interval_bytes = 100;
  }
  // What goes on where another one was cut short, with what is left of its disk.
  Life(const Life& before, std::unique_ptr<SimulatedDisk> left) : Life() {
    written = before.written;
    durable = before.durable;
    options = before.options;
    deleted = before.deleted;
    epoch = before.epoch;
    next_value = 1'000;
    disk = std::move(left);
  }

  void append_one(bool idempotent) {
    const std::string value = "value " + std::to_string(next_value++);
    const auto kind = idempotent ? producer(5, 0, next_sequence) : record::BatchOptions{};
    const auto end = log->log_end().value();
    written[end].insert(value);  // even if the append fails, a part may reach the disk
    const auto appended = append(batch_of({value}, kind), {.leader_epoch = LeaderEpoch{epoch}});
    if (!appended) return;
    current[end] = value;
    if (idempotent) ++next_sequence;
  }

  void sync_and_checkpoint() {
    const auto job = log->take_sync_job(now);
    if (!job) return;
    if (const auto done = run(*disk, *job); !done) return log->sync_failed(*job, done.error());
    log->synced_to(*job);
    for (const auto& [offset, value] : current) {
      if (Offset{offset} >= log->log_start() && Offset{offset} < job->up_to)
        durable[offset] = value;
    }
    remember_checkpoints();
  }

  void live() {
    if (try_open() != "") return;
    for (int i = 0; i < 5; ++i) append_one(i % 2 == 0);
    sync_and_checkpoint();
    for (int i = 0; i < 9; ++i) append_one(i % 3 == 0);
    sync_and_checkpoint();
    append_one(true);
    deleted = Offset{7};
    if (!log->delete_records_before(deleted)) return;
    remember_checkpoints();
    std::erase_if(durable, [](const auto& entry) { return entry.first < 7; });
    log->drop_segments_below(Offset{7});
    for (const auto& path : log->take_removals()) (void)disk->remove(path);
    options.recovery_point = std::min(options.recovery_point, Offset{10});
    std::erase_if(durable, [](const auto& entry) { return entry.first >= 10; });
    (void)log->truncate_to(Offset{10}, now);
    current.erase(current.lower_bound(10), current.end());
    if (!log->offline_reason().empty()) return;
    ++epoch;
    for (int i = 0; i < 6; ++i) append_one(false);
    sync_and_checkpoint();
    append_one(false);
    if (log->close()) remember_checkpoints();
  }

  // Three segments, and nothing is synced by anyone but the log itself.
  void live_unsynced() {
    if (try_open() != "") return;
    for (int i = 0; i < 14; ++i) append_one(false);
  }

  // A follower of a leader whose log starts beyond the end of its own.
  void live_and_start_anew() {
    if (try_open() != "") return;
    for (int i = 0; i < 14; ++i) append_one(false);
    sync_and_checkpoint();
    deleted = options.log_start = Offset{50};
    options.recovery_point = log->recovery_point_before_restart(deleted);
    durable.clear();
    current.clear();
    if (!log->truncate_fully_and_start_at(deleted, now)) return;
    append_one(false);
    sync_and_checkpoint();
    append_one(false);
  }

  // A follower of a leader whose log starts within a batch.
  void live_and_begin_below_start() {
    if (try_open() != "") return;
    sync_and_checkpoint();
    deleted = options.log_start = Offset{50};
    options.recovery_point = log->recovery_point_before_restart(deleted);
    if (!log->truncate_fully_and_start_at(deleted, now)) return;
    sync_and_checkpoint();
    remember_checkpoints();
    for (std::int64_t offset = 49; offset < 52; ++offset) {
      current[offset] = "value of the batch";
      written[offset].insert(current[offset]);
    }
    const base::Bytes batch =
        batch_of(std::vector<std::string>(3, "value of the batch"), {.base_offset = Offset{49}});
    if (!log->append_as_follower(batch, now)) return;
    append_one(false);
    sync_and_checkpoint();
    append_one(false);
  }

  // After a power cut; the disk works again.
  void expect_all_is_well(const std::string& when) {
    SCOPED_TRACE(when);
    ASSERT_EQ(try_open(), "");
    const auto records = read(log->log_start().value());
    std::map<std::int64_t, std::string> found(records.begin(), records.end());
    for (const auto& [offset, value] : durable) {
      EXPECT_TRUE(Offset{offset} < log->log_start() || found[offset] == value) << offset;
    }
    EXPECT_LE(log->log_start(), deleted);
    std::int64_t expected = log->log_start().value();
    for (const auto& [offset, value] : records) {
      EXPECT_EQ(offset, expected++);
      EXPECT_TRUE(written[offset].contains(value)) << offset << " " << value;
    }
    EXPECT_EQ(Offset{expected}, log->log_end());
    epoch += 10;
    append_one(false);
    ASSERT_TRUE(log->close());
    const auto verified = verify_folder(*disk, std::string(test_folder)).value();
    for (const Finding& finding : verified.findings) {
      EXPECT_EQ(finding.severity, Finding::Severity::note)
          << finding.file << ": " << finding.detail;
    }
  }
};

TEST(CrashPoints, EveryChangeMayBeTheLast) {
  Life whole;
  const std::uint64_t changes = changes_of(&Life::live, whole);
  ASSERT_EQ(whole.log->recovery_point(), whole.log->log_end());
  ASSERT_GT(changes, 80);
  cut_everywhere(&Life::live, changes);
}

// Without its first segment a log would begin later, and readers would not know what they miss.
TEST(CrashPoints, ALogKeepsItsBeginningThoughNobodySyncs) {
  Life whole;
  const std::uint64_t changes = changes_of(&Life::live_unsynced, whole);
  ASSERT_EQ(whole.log->segment_count(), 3);
  cut_everywhere(&Life::live_unsynced, changes);
}

TEST(CrashPoints, ALogThatStartsAnewMayBeInterruptedAnywhere) {
  Life whole;
  const std::uint64_t changes = changes_of(&Life::live_and_start_anew, whole);
  ASSERT_EQ(whole.log->log_start(), Offset{50});
  ASSERT_EQ(whole.log->log_end(), Offset{52});
  cut_everywhere(&Life::live_and_start_anew, changes);
}

TEST(CrashPoints, ALogThatBeginsBelowItsStartMayBeInterruptedAnywhere) {
  Life whole;
  const std::uint64_t changes = changes_of(&Life::live_and_begin_below_start, whole);
  ASSERT_EQ(whole.log->log_start(), Offset{50});
  ASSERT_EQ(whole.log->log_end(), Offset{54});
  cut_everywhere(&Life::live_and_begin_below_start, changes);
}

TEST(CrashPoints, RecoveryMayBeInterruptedAnywhereToo) {
  for (std::uint64_t last = 5; last < 80; last += 7) {
    Life life;
    life.disk->power_off_after(last);
    life.live();
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      cut_recovery(life, last, seed, 1);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace gregor::log
