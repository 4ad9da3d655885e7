// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/wall_clock.h"

namespace gregor::simulation {

model::Now WallClock::now() const {
  model::Now now = env_.clock();
  now.wall = model::Timestamp(now.wall.value() + ahead_ms());
  return now;
}

std::int64_t WallClock::ahead_ms() const {
  return ahead_then_ms_ + (env_.now() - since_) / millisecond * (ms_per_second_ - 1000) / 1000;
}

void WallClock::set_ahead(std::int64_t by_ms) {
  ahead_then_ms_ = by_ms;
  since_ = env_.now();
}

void WallClock::run_at(std::int64_t ms_per_second) {
  set_ahead(ahead_ms());
  ms_per_second_ = ms_per_second;
}

void WallClock::heal() {
  set_ahead(0);
  ms_per_second_ = 1000;
}

}  // namespace gregor::simulation
