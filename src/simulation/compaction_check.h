// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What compaction may have removed from a partition until everything is read at the end:
//
//   only-overtaken-records-go   of what was acknowledged only that goes which has a later record of
//                               its key, or is a tombstone whose delete.retention.ms is over, or
//                               comes before such a one; and nothing before min.compaction.lag.ms
//   deleted-keys-stay-deleted   when a tombstone has gone, the last of its key is none from before
//                               it. (Where there are replicas, one that was away for longer than
//                               delete.retention.ms may have missed it, in Kafka too.)
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "simulation/environment.h"
#include "simulation/topic_plan.h"

namespace gregor::simulation {

// A record, as its producer knows it.
struct Sent {
  static constexpr std::int32_t no_key = -1;
  Time at{0};
  std::int32_t key = no_key;  // of a topic that is compacted
  bool tombstone = false;
  std::int64_t producer_id = -1;  // -1: of one that is not idempotent
};

struct CompactedPartition {
  std::string name;
  const TopicPlan& topic;
  const std::map<std::int64_t, Sent>& sent;                  // by value
  const std::map<std::int64_t, std::int64_t>& acknowledged;  // value by offset
  const std::map<std::int64_t, std::int64_t>& found;         // the same; all of them were sent
  std::int64_t log_start = 0;
  bool clocks_are_right = true;  // else nothing is said of how soon something may go
};

void check_compaction(Environment& environment, const CompactedPartition& partition);

}  // namespace gregor::simulation
