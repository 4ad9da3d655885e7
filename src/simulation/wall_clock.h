// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The wall clock of a simulated host, which may be set anew, run too fast or too slow, or stand
// still. What measures durations (model::Instant) is never wrong, as CLOCK_MONOTONIC is not.
#pragma once

#include "model/ids.h"
#include "simulation/environment.h"

namespace gregor::simulation {

class WallClock {
 public:
  explicit WallClock(const Environment& environment) : env_(environment) {}

  [[nodiscard]] model::Now now() const;

  // Is ahead of the right time by so much, or behind it, however wrong it was.
  void set_ahead(std::int64_t by_ms);
  // From now on so many milliseconds pass in a right second: 1000 is right, at 0 it stands still.
  void run_at(std::int64_t ms_per_second);
  void heal();  // right again, at once

 private:
  [[nodiscard]] std::int64_t ahead_ms() const;

  const Environment& env_;
  // What it was wrong by, and since when it runs as it does.
  std::int64_t ahead_then_ms_ = 0;
  Time since_{0};
  std::int64_t ms_per_second_ = 1000;
};

}  // namespace gregor::simulation
