// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// From a world that fails to a small one that fails alike: a part is left out, or an amount
// lowered, and stays so if the world still fails. Whoever is left draws what it drew before
// (Environment::dice_of), so that most of what happened happens again.
//
// Many parts at once first, then fewer (Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002), until there is none whose absence would be enough.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulation/plan.h"

namespace gregor::simulation {

struct Shrunk {
  WorldPlan plan;
  std::vector<std::string> left_out;  // of the first plan, in this order (reduction.h)
  std::uint64_t worlds = 0;           // that were tried
};

// Whether the world of a plan fails as the first one did. Called at most `worlds_max` times.
using Fails = std::function<bool(const WorldPlan&)>;
Shrunk shrink(const WorldPlan& plan, const Fails& fails, std::uint64_t worlds_max);

}  // namespace gregor::simulation
