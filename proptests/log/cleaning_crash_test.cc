// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The power goes at every single change of the disk while a log is compacted, twice, so that
// segments are replaced one by one and several by one; and again at every change of the recovery
// that follows.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "cut_everywhere.h"
#include "log/test_cleaning.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

// A life of a compacted log that stops wherever the disk does.
struct Life : CompactedLog {
  std::map<std::int64_t, KeyValue> written;
  std::set<std::int64_t> aborted;
  int next_value = 0;
  bool merged = false;  // several segments became one

  Life() = default;
  // What goes on where another one was cut short, with what is left of its disk.
  Life(const Life& before, std::unique_ptr<SimulatedDisk> left) {
    written = before.written;
    aborted = before.aborted;
    options = before.options;
    next_value = 1'000;
    disk = std::move(left);
  }

  void write(const std::string& key, const record::BatchOptions& of = {}) {
    const KeyValue one{key, "value " + std::to_string(next_value++)};
    const auto end = log->log_end().value();
    if (!append(keyed_batch({one}, of))) return;
    written[end] = one;
    if (of.transactional) aborted.insert(end);
  }
  void fill(int records, int keys) {
    // Each segment has records that nothing overtakes, so that none can be missed unnoticed.
    for (int i = 0; i < records; ++i) {
      write(i % 4 == 2 ? "once " + std::to_string(next_value) : "key " + std::to_string(i % keys));
    }
  }
  void sync_and_checkpoint() {
    const auto job = log->take_sync_job(now);
    if (!job) return;
    if (const auto done = run(*disk, *job); !done) return log->sync_failed(*job, done.error());
    log->synced_to(*job);
    remember_checkpoints();
    options.cleaned_to = log->cleaned_to();
  }
  void live() {
    if (try_open() != "") return;
    fill(9, 7);
    write("key 1", producer(5, 0, 0, true));
    (void)append_marker(false, 5, 0);
    fill(16, 5);
    sync_and_checkpoint();
    if (try_clean() != "") return;
    settings.segment_bytes = 900;
    log->set_settings(std::make_shared<model::TopicSettings>(settings));
    fill(14, 6);
    sync_and_checkpoint();
    if (try_clean() != "") return;
    for (const auto& path : log->take_removals()) {
      merged = true;
      (void)disk->remove(path);
    }
    fill(3, 3);
    sync_and_checkpoint();
    if (log->close()) remember_checkpoints();
  }

  // After a power cut; the disk works again.
  void expect_all_is_well(const std::string& when) {
    SCOPED_TRACE(when);
    ASSERT_EQ(try_open(), "");
    expect_records();
    sync();
    ASSERT_EQ(try_clean(), "");
    expect_records();
    ASSERT_TRUE(log->close());
    const auto verified = verify_folder(*disk, std::string(test_folder)).value();
    for (const Finding& finding : verified.findings) {
      EXPECT_EQ(finding.severity, Finding::Severity::note)
          << finding.file << ": " << finding.detail;
      EXPECT_EQ(finding.detail.find("the segment before ends"), std::string::npos)
          << finding.file << ": " << finding.detail;
      EXPECT_EQ(finding.detail.find("not a file of a log"), std::string::npos) << finding.file;
    }
  }
  void expect_records() {
    std::map<std::string, std::int64_t> last;  // of each key, that is synced
    for (const auto& [offset, one] : written)
      if (Offset{offset} < options.recovery_point && !aborted.contains(offset))
        last[one.key] = offset;
    std::map<std::string, std::int64_t> found;
    for (const auto& [offset, one] : records()) {
      if (one.key.starts_with("(")) continue;
      EXPECT_EQ(written.at(offset), one) << offset;
      if (!aborted.contains(offset)) found[one.key] = offset;
    }
    for (const auto& [key, offset] : last) EXPECT_GE(found[key], offset) << key;
    EXPECT_GE(log->log_end(), options.recovery_point);
    // A reader of committed records sees no aborted one.
    const auto index = log->aborted_transactions(log->log_start(), log->log_end()).value();
    for (const auto& [offset, one] : records()) {
      if (!aborted.contains(offset) || Offset{offset} >= log->last_stable()) continue;
      EXPECT_EQ(index.size(), 1) << offset;
    }
  }
};

TEST(CleaningCrashes, EveryChangeMayBeTheLast) {
  Life whole;
  const std::uint64_t changes = changes_of(&Life::live, whole);
  ASSERT_EQ(whole.log->recovery_point(), whole.log->log_end());
  ASSERT_GT(whole.log->cleaned_to(), Offset{25});
  ASSERT_TRUE(whole.merged);
  ASSERT_GT(changes, 150);
  cut_everywhere(&Life::live, changes);
  if (testing::Test::HasFailure()) return;
  for (std::uint64_t last = 0; last <= changes; ++last) {
    Life life;
    life.disk->power_off_after(last);
    life.live();
    Life next(life, life.disk->after_process_death());
    next.disk->power_off_after(~std::uint64_t{0});
    next.expect_all_is_well("death after " + std::to_string(last) + " changes");
    if (testing::Test::HasFailure()) return;
  }
}

TEST(CleaningCrashes, RecoveryMayBeInterruptedAnywhereToo) {
  for (std::uint64_t last = 40; last < 300; last += 7) {
    Life life;
    life.disk->power_off_after(last);
    life.live();
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      cut_recovery(life, last, seed, 1 + seed);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace gregor::log
