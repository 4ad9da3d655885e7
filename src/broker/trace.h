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

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "broker/identity.h"
#include "controller/transition.h"
#include "model/ids.h"
#include "model/uuid.h"
#include "replication/effects.h"

namespace gregor::broker {

class Trace {
 public:
  // `incarnation` is greater in each life of the node.
  Trace(ShardId shard, std::uint64_t incarnation) : shard_(shard), incarnation_(incarnation) {}

  void begin_step(model::Now now) {
    now_ = now;
    ++step_;
  }
  void note(model::BrokerId node, const model::TopicPartition& partition,
            const model::TopicId& topic_id, const std::vector<replication::Transition>& made);
  void note(model::BrokerId node, const std::vector<controller::Transition>& made);

  // Without line ends, in the order in which things came about.
  void move_to(std::vector<std::string>& out) {
    std::ranges::move(lines_, std::back_inserter(out));
    lines_.clear();
  }

 private:
  void begin_line(model::BrokerId node, std::string_view spec, std::string_view transition);
  void end_line();

  ShardId shard_;
  std::uint64_t incarnation_;
  std::uint64_t step_ = 0;  // logical time: how many events this shard has handled
  model::Now now_{};
  fmt::memory_buffer line_;  // the one that is being written
  std::vector<std::string> lines_;
};

}  // namespace gregor::broker
