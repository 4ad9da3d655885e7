// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// All deadlines of a shard in one queue: those of requests in progress and those of chores.
// Equal deadlines come due in the order in which they were set, so that a run repeats.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>

#include "broker/identity.h"
#include "model/ids.h"

namespace gregor::broker {

// What a shard does again and again, whatever clients do.
enum class Chore : std::uint8_t {
  groups,            // what coordinators of groups wait for
  checkpoint,        // recovery points and log start offsets go to the checkpoint files
  remove_files,      // files of removed segments and topics, after file.delete.delay.ms
  expire_producers,  // producer states that nobody has used for long
  open_again,        // logs of new partitions that could not be made
  sync_again,        // syncs for which the disk was too full
  controller,        // what the controller waits for
  overdue_commands,  // those for which the coordination service is away too long
  tell_brokers,      // of what the controller decided, those who could not be reached
  shut_down,         // the controller is asked again to let others lead
  retention,         // segments that are too old or too many
  compaction,        // one step of it
  move_logs,         // one step of a copy to another data folder
  fetch_replicas,    // fetches that failed
  check_in_sync,     // followers that may have fallen behind
  propose_isr,       // proposals for the controller that failed
};

class Timers {
 public:
  // A request whose deadline it is, a chore, or a partition whose flush.ms has passed.
  using Target = std::variant<RequestId, Chore, PartitionNumber>;
  class Handle;

  Handle set(model::Instant at, Target target);
  // A handle that has come due, was cancelled, or was never set is ignored.
  void cancel(Handle& handle);

  [[nodiscard]] std::optional<model::Instant> next() const;
  // Takes out the first target whose deadline is not after `now`.
  std::optional<Target> pop_due(model::Instant now);

  [[nodiscard]] std::size_t size() const { return queue_.size(); }

 private:
  struct Key {
    model::Instant at;
    std::uint64_t sequence = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, Target> queue_;
  std::uint64_t next_sequence_ = 1;
};

class Timers::Handle {
 public:
  Handle() = default;

 private:
  friend class Timers;
  explicit Handle(Key key) : key_(key) {}
  Key key_;  // sequence 0: none
};

}  // namespace gregor::broker
