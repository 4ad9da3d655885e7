// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Offsets by time, aborted transactions by range: indexes against scans of everything.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/ranges.h"
#include "log/test_log.h"

namespace gregor::log {
namespace {

using model::Timestamp;

// A log of small segments with records at random times; what was written, by offset.
struct TimedLog : LogOnDisk {
  std::map<std::int64_t, std::int64_t> times;

  explicit TimedLog(base::Prng& prng) {
    settings.segment_bytes = static_cast<std::int32_t>(prng.between(300, 2'000));
    settings.index_interval_bytes = static_cast<std::int32_t>(prng.between(1, 400));
    open();
    for (std::uint64_t i = prng.below(60); i > 0; --i) {
      const std::int64_t first = prng.between(0, 500);
      const auto count = 1 + prng.below(4);
      const bool stamped = prng.chance(1, 5);
      const std::int64_t stamp = prng.between(0, 500);
      LeaderAppend how{.leader_epoch = LeaderEpoch{static_cast<std::int32_t>(60 - i) / 10}};
      if (stamped) {
        how.stamp = {record::TimestampType::log_append_time, Timestamp{stamp}};
      }
      const auto batch = batch_of(std::vector<std::string>(count, "v"), {}, first);
      const std::int64_t offset = append(batch, how)->first_offset.value();
      for (std::uint64_t r = 0; r < count; ++r) {
        const auto delta = static_cast<std::int64_t>(r);
        times[offset + delta] = stamped ? stamp : first + delta;
      }
      if (prng.chance(1, 20)) restart();
    }
  }

  [[nodiscard]] std::optional<LeaderEpoch> epoch_of(Offset offset) const {
    std::optional<LeaderEpoch> epoch;
    for (const EpochStart& entry : log->leader_epochs().entries())
      if (entry.start <= offset) epoch = entry.epoch;
    return epoch;
  }
};

RC_GTEST_PROP(LogLookup, TimestampsAreFoundAsByAScan, (std::uint64_t seed)) {
  base::Prng prng(seed);
  TimedLog it(prng);
  if (prng.chance(1, 3) && !it.times.empty()) {
    const Offset start{prng.between(0, it.log->log_end().value())};
    RC_ASSERT(it.log->delete_records_before(start).has_value());
    std::erase_if(it.times, [&](const auto& entry) { return entry.first < start.value(); });
  }
  record::Decompressor decompressor;
  for (std::int64_t target = 0; target < 506; target += prng.between(1, 7)) {
    const auto found = it.log->offset_for_timestamp(Timestamp{target}, decompressor).value();
    const auto expected =
        std::ranges::find_if(it.times, [&](const auto& entry) { return entry.second >= target; });
    RC_ASSERT(found.has_value() == (expected != it.times.end()));
    if (found) {
      RC_ASSERT(found->offset.value() == expected->first);
      RC_ASSERT(found->timestamp.value() == expected->second);
      RC_ASSERT(found->leader_epoch == it.epoch_of(found->offset));
    }
  }
}

RC_GTEST_PROP(LogLookup, TheLargestTimestampIsFoundAsByAScan, (std::uint64_t seed)) {
  base::Prng prng(seed);
  TimedLog it(prng);
  record::Decompressor decompressor;
  const auto found = it.log->offset_of_max_timestamp(decompressor).value();
  RC_ASSERT(found.has_value() == !it.times.empty());
  if (!found) return;
  auto expected = it.times.begin();
  for (auto at = it.times.begin(); at != it.times.end(); ++at) {
    if (at->second > expected->second) expected = at;
  }
  RC_ASSERT(found->offset.value() == expected->first);
  RC_ASSERT(found->timestamp.value() == expected->second);
}

RC_GTEST_PROP(LogLookup, AbortedTransactionsAreFoundAsInAList, (std::uint64_t seed)) {
  base::Prng prng(seed);
  LogOnDisk it;
  it.settings.segment_bytes = static_cast<std::int32_t>(prng.between(300, 2'000));
  it.open();
  std::vector<AbortedTransaction> all;
  std::map<std::int64_t, std::int64_t> open;  // producer -> first offset
  std::map<std::int64_t, std::int32_t> sequences;
  for (int step = 0; step < 80; ++step) {
    const std::int64_t id = prng.between(1, 4);
    if (open.contains(id) && prng.chance(1, 3)) {
      const bool commit = prng.chance(1, 2);
      const Offset marker = it.append_marker(commit, id, 0)->last_offset;
      const Offset first{open[id]};
      open.erase(id);
      Offset stable = marker + 1;
      for (const auto& [other, start] : open) stable = std::min(stable, Offset{start});
      if (!commit) all.push_back({model::ProducerId{id}, first, marker, stable});
    } else {
      const auto batch = batch_of({"v"}, producer(id, 0, sequences[id]++, true));
      open.try_emplace(id, it.append(batch)->first_offset.value());
    }
    if (prng.chance(1, 20)) it.restart();
    if (prng.chance(1, 20)) it.crash();
  }
  const std::int64_t end = it.log->log_end().value();
  for (int i = 0; i < 30; ++i) {
    const Offset from{prng.between(0, end)};
    const Offset to{prng.between(from.value(), end)};
    const auto found = it.log->aborted_transactions(from, to).value();
    // Sorted by marker; more than needed may be found, but never less.
    RC_ASSERT(std::ranges::is_sorted(found, {}, &AbortedTransaction::last_offset));
    for (const AbortedTransaction& aborted : all) {
      const bool touches = aborted.last_offset >= from && aborted.first_offset < to;
      const bool listed = base::contains(found, aborted);
      // Kafka stops at the first entry that was stable beyond the range; what began later is
      // beyond it, too.
      RC_ASSERT(listed == touches);
    }
  }
}

struct LookupTest : testing::Test, LogOnDisk {};

TEST_F(LookupTest, RecordsWithoutTimeAreNotFoundByTime) {
  open();
  ASSERT_TRUE(append(batch_of({"a"}, {}, -1)));
  record::Decompressor decompressor;
  EXPECT_EQ(log->offset_for_timestamp(Timestamp{0}, decompressor).value(), std::nullopt);
  EXPECT_EQ(log->offset_of_max_timestamp(decompressor).value(), std::nullopt);
}

TEST_F(LookupTest, AnIndexThatLeadsAstrayIsMadeAnew) {
  settings.segment_bytes = 2'000;
  settings.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(append_values({"value " + std::to_string(i)}));
  restart();
  const auto all = values();
  // Every entry of the first index names a batch that lies elsewhere.
  const std::string index = path(0, FileKind::offset_index);
  base::Bytes bytes = disk->content(index);
  ASSERT_GT(bytes.size(), 16);
  for (std::size_t at = 7; at < bytes.size(); at += 8) bytes[at] ^= std::byte{1};
  const base::Bytes good = disk->content(index);
  disk->put(index, bytes);
  crash();
  options.clean_stop = true;
  disk->put(index, bytes);
  crash();
  for (std::int64_t from = 0; from < 20; ++from) {
    EXPECT_EQ(values(from), std::vector<std::string>(all.begin() + from, all.end()));
  }
  EXPECT_EQ(log->take_notes().size(), 1);
  EXPECT_EQ(disk->content(index), good);
}

}  // namespace
}  // namespace gregor::log
