// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The structured trace of one shard: one JSON object a line for each named transition of its
// replicas and its controller, with the variables that spec/Replication.tla and
// spec/ControllerElection.tla have, as they are right after it. docs/cluster.md has the fields.
//
//   line := node, incarnation, shard, step, wall_ms, monotonic_ms, spec, transition, variables
//
// A shard that is not traced has none (ShardState::trace is null), and its machines then note
// nothing but the names.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/identity.h"
#include "controller/transition.h"
#include "model/ids.h"
#include "model/uuid.h"
#include "replication/effects.h"

namespace gregor::broker {

// What the lines of one partition have in common, as text: most of a line changes seldom, and a
// busy leader writes two for each request. Of the partition, for Trace::note() alone.
struct TracedPartition {
  std::string name;             // topic, id and number; empty: not written yet
  replication::Variables of{};  // what `state` was made from
  std::string state;            // the variables up to start_offset
};

// Of what move_to() gave: each line without its end.
template <class Take>
void for_each_line(std::string_view lines, const Take& take) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    take(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
}

class Trace {
 public:
  // `incarnation` is greater in each life of the node.
  Trace(ShardId shard, std::uint64_t incarnation) : shard_(shard), incarnation_(incarnation) {}

  void begin_step(model::Now now) {
    now_ = now;
    ++step_;
    head_.clear();
  }
  void note(model::BrokerId node, const model::TopicPartition& partition,
            const model::TopicId& topic_id, const std::vector<replication::Transition>& made,
            TracedPartition& text);
  void note(model::BrokerId node, const std::vector<controller::Transition>& made);

  // Adds the lines, in the order in which things came about.
  void move_to(std::string& out) {
    out.append(lines_.data(), lines_.size());
    lines_.clear();
  }

 private:
  void begin_line(model::BrokerId node, std::string_view spec, std::string_view transition);
  void end_line();

  ShardId shard_;
  std::uint64_t incarnation_;
  std::uint64_t step_ = 0;  // logical time: how many events this shard has handled
  model::Now now_{};
  fmt::memory_buffer head_;  // how the lines of this step begin; empty: there is none yet
  fmt::memory_buffer lines_;
};

}  // namespace gregor::broker
