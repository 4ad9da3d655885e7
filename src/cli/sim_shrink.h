// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor sim --shrink`: a smaller world that fails as a seed's does. Each is run in a process of
// its own, so that also a broken invariant, which aborts it, can be told from another.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/plan.h"

namespace gregor::cli {

// Which check fails first in the world of a plan: "exactly-once", "invariants (replica.cc:120)";
// empty if none does.
std::string failure_of(const simulation::WorldPlan& plan);

// Exit code 1 if the world fails, with the smallest of so many that were tried on stdout; else 0.
int shrink_world(const simulation::WorldPlan& plan, std::uint64_t worlds_max);

}  // namespace gregor::cli
