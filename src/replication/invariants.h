// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of a replica after every step, in every build. What is true of all replicas of a
// partition together is checked by the tests (replication_world.h).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "replication/effects.h"
#include "replication/events.h"
#include "replication/log_view.h"
#include "replication/state.h"

namespace gregor::replication {

// What is remembered of the state before a step.
struct Before {
  Role role;
  LeaderEpoch epoch;
  PartitionEpoch partition_epoch;
  Offset high_watermark;
  bool proposed;

  static Before of(const State& state);
};

struct Step {
  const Before& before;
  const State& state;  // after it
  std::size_t min_in_sync;
  BrokerId self;
  const LogView& log;  // as it is before the effects are done
  const Event& event;
  const Effects& effects;
};

struct Invariant {
  std::string_view name;
  bool (*holds)(const Step& step);
};
std::span<const Invariant> invariants();

// Asserts them all.
void check_invariants(const Step& step);

}  // namespace gregor::replication
