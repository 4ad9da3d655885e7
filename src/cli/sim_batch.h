// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Many simulated worlds, each in the process of a worker: what a broken invariant aborts is one
// worker, whose seed is known.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gregor::cli {

// What became of one seed.
struct SimOutcome {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;  // "check: what"; empty: none
  std::map<std::string, std::uint64_t> marks;
  std::uint64_t acknowledgements = 0;
  std::uint64_t operations = 0;
  std::int64_t simulated_us = 0;
  std::uint64_t hash = 0;
};

struct SimBatch {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 0;   // 0: until the time is over
  std::int64_t seconds = 0;  // 0: until the seeds are through
  unsigned jobs = 1;
  std::int32_t brokers = 1;  // of each world
  bool twice = false;        // each seed, and the effects compared
};

// From here on this process may compute for five minutes, a hundred times what any world takes;
// then SIGPROF ends it. (How long that is by the clock depends on what else the machine does.)
void begin_patience();
// Whether a process with this wait status was ended by that.
bool is_out_of_patience(int status);

// In this process.
SimOutcome simulate(std::uint64_t seed, std::int32_t brokers, bool twice);

// `done` is called for each seed as it ends.
void run_batch(const SimBatch& batch, const std::function<void(const SimOutcome&)>& done);

}  // namespace gregor::cli
