// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/compaction_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace gregor::simulation {
namespace {

constexpr std::int64_t anywhere = std::numeric_limits<std::int64_t>::max();

// Compaction goes on while everything is read: who reads for longer than delete.retention.ms may
// read a record before it goes, and miss the tombstone after it. Nobody reads for so long here.
constexpr std::int64_t reading_us_max = 5 * second;

class Check {
 public:
  Check(Environment& environment, const CompactedPartition& partition)
      : env_(environment), of_(partition) {
    look_at_found();
    look_for_gone_tombstones();
  }

  void run() {
    for (const auto& [offset, value] : of_.acknowledged)
      if (offset >= of_.log_start && !of_.found.contains(offset)) look_at_gone(offset, value);
  }

 private:
  // What is known of one key.
  struct Key {
    std::int64_t last_found = -1;  // offset
    std::int64_t overtakes = -1;   // the last offset of what others may make room for
  };

  [[nodiscard]] bool is_older_than(const Sent& sent, std::int64_t us) const {
    return !of_.clocks_are_right ||
           sent.at + us <= env_.now() + millisecond;  // timestamps are whole milliseconds
  }

  void look_at_found() {
    for (const auto& [offset, value] : of_.found) {
      values_found_.insert(value);
      const Sent& sent = of_.sent.at(value);
      Key& key = keys_[sent.key];
      key.last_found = std::max(key.last_found, offset);
      if (is_older_than(sent, of_.topic.compaction_lag_us()))
        key.overtakes = std::max(key.overtakes, offset);
    }
  }

  // One that nobody knows the fate of may have been anywhere.
  void look_for_gone_tombstones() {
    std::map<std::int64_t, std::int64_t> offsets;
    for (const auto& [offset, value] : of_.acknowledged) offsets[value] = offset;
    const std::int64_t least_us =
        std::max(of_.topic.tombstones_us(), of_.topic.compaction_lag_us());
    for (const auto& [value, sent] : of_.sent) {
      if (!sent.tombstone || values_found_.contains(value) || !is_older_than(sent, least_us))
        continue;
      const auto known = offsets.find(value);
      Key& key = keys_[sent.key];
      key.overtakes = std::max(key.overtakes, known == offsets.end() ? anywhere : known->second);
    }
  }

  void look_at_gone(std::int64_t offset, std::int64_t value) {
    const Sent& sent = of_.sent.at(value);
    const Key& key = keys_[sent.key];
    env_.mark(sent.tombstone ? "compaction removed a tombstone" : "compaction removed a record");
    if (key.overtakes < offset || !is_older_than(sent, of_.topic.compaction_lag_us()))
      env_.violate("only-overtaken-records-go",
                   fmt::format("{}: {} of key {} at offset {} is gone after {} ms", of_.name,
                               sent.tombstone ? "the tombstone" : "the record", sent.key, offset,
                               (env_.now() - sent.at) / millisecond));
    if (sent.tombstone && of_.clocks_are_right && !of_.topic.has_followers() &&
        key.last_found >= 0 && key.last_found < offset &&
        of_.topic.tombstones_us() > reading_us_max)
      env_.violate("deleted-keys-stay-deleted",
                   fmt::format("{}: key {} was deleted at offset {}, and is there at offset {}",
                               of_.name, sent.key, offset, key.last_found));
  }

  Environment& env_;
  const CompactedPartition& of_;
  std::map<std::int32_t, Key> keys_;
  std::set<std::int64_t> values_found_;
};

}  // namespace

void check_compaction(Environment& environment, const CompactedPartition& partition) {
  Check(environment, partition).run();
}

}  // namespace gregor::simulation
