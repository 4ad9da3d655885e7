// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests in progress that wait for something: for partitions on other shards, for a disk, for
// records. Each has slots, one per thing asked; results come in any order and are put into their
// slot; when none is outstanding the request is completed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "broker/identity.h"
#include "broker/request.h"
#include "broker/tasks.h"
#include "broker/timers.h"

namespace gregor::broker {

struct ShardState;

class Gather {
 public:
  explicit Gather(const RequestHead& head) : head_(head) {}
  virtual ~Gather() = default;
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;

  [[nodiscard]] const RequestHead& head() const { return head_; }

  virtual void fill(std::uint32_t slot, TaskResult result) = 0;
  // Something came, and nothing is outstanding. Answers the request and returns true, or goes on
  // waiting.
  virtual bool complete(ShardState& shard, RequestId self) = 0;
  // The deadline has passed: answers with what there is.
  virtual void expire(ShardState& shard, RequestId self) = 0;
  // The deadline has passed before everyone was heard. True to hear them first, because they answer
  // at once and without them there would be nothing to say; then nothing else is waited for.
  virtual bool hears_all_first() { return false; }
  // Whether it waits for nothing but its deadline and news, so that it need not outlast a stop.
  [[nodiscard]] virtual bool may_be_cut_short() const { return false; }

  // It is being removed: answered, or its client has gone.
  virtual void forget(ShardState&, RequestId) {}

  // Results that must come before it makes sense to look at them. (Those of watches need not.)
  void expect_one() { ++outstanding_; }
  void took_one() {
    if (outstanding_ > 0) --outstanding_;
  }
  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }

 private:
  RequestHead head_;
  std::size_t outstanding_ = 0;
};

class Gathers {
 public:
  RequestId next_id() { return RequestId(next_id_++); }
  void park(RequestId id, std::unique_ptr<Gather> gather, Timers::Handle deadline);

  // Ignores a request that is gone. It is completed at the end of the step, so that all results of
  // a step count together.
  void deliver(RequestId id, std::uint32_t slot, TaskResult result);
  // Completes what can be completed.
  void settle(ShardState& shard);

  void reach_deadline(ShardState& shard, RequestId id);
  // The node stops.
  void cut_short(ShardState& shard);
  // The client has gone: nobody needs an answer.
  void abandon(ShardState& shard, ConnectionId connection);

  [[nodiscard]] std::size_t size() const { return parked_.size(); }
  [[nodiscard]] bool has_touched() const { return !touched_.empty(); }

 private:
  struct Parked {
    std::unique_ptr<Gather> gather;
    Timers::Handle deadline;
  };
  void expire(ShardState& shard, RequestId id);
  void remove(ShardState& shard, RequestId id);

  std::map<RequestId, Parked> parked_;
  std::map<ConnectionId, RequestId> by_connection_;
  std::set<RequestId> touched_;
  std::uint64_t next_id_ = 1;
};

}  // namespace gregor::broker
