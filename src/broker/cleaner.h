// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Retention and compaction of a shard's logs, in small steps between other work: at each step so
// many logs are looked at for retention, or so many bytes of one log are compacted
// (log/cleaning.h). Of the logs that are due, the one with the largest dirty share is compacted
// first, as in Kafka.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "broker/identity.h"
#include "model/result.h"

namespace gregor::log {
class Cleaning;
}

namespace gregor::broker {

class Partition;
struct ShardState;

class Cleaner {
 public:
  Cleaner();
  ~Cleaner();
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

  // The logs are open: compaction begins at once, retention after log.initial.task.delay.ms.
  void start(ShardState& shard);

  // Chore::retention
  void apply_retention(ShardState& shard);
  // Chore::compaction
  void compact(ShardState& shard);
  // The job of a pass has run.
  void synced(ShardState& shard, const model::Result<>& result);
  // Before the logs are closed.
  void stop();

 private:
  struct Pass {
    PartitionNumber partition;
    std::unique_ptr<log::Cleaning> cleaning;
  };

  void retain(ShardState& shard, Partition& partition);
  void choose(ShardState& shard);
  // The partition of the pass; null if it is gone.
  [[nodiscard]] Partition* partition_of_pass(const ShardState& shard) const;
  void step(ShardState& shard, Partition& partition);
  void end_pass(ShardState& shard, const Partition& partition);
  void give_up(ShardState& shard, const Partition& partition, const model::Error& error);
  void again_after(ShardState& shard, std::int64_t ms);

  std::optional<PartitionNumber> retained_up_to_;  // in the round that is under way
  std::optional<Pass> pass_;
  std::uint64_t requests_ = 0;                   // ever begun, when the last step was done
  bool syncing_ = false;                         // a job of the pass, or of one that is gone
  std::set<PartitionNumber> cannot_be_cleaned_;  // until the next start
};

}  // namespace gregor::broker
