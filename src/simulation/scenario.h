// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A story of the field, told in a file (TOML; docs/simulation.md has the words): a cluster, topics,
// clients, and what befalls whom when. src/simulation/scenarios/ has those that the project keeps.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "simulation/plan.h"

namespace gregor::simulation {

struct Scenario {
  std::string story;
  WorldPlan plan;
};

// Errors name the line: "line 12: a step has no \"whem\"".
std::expected<Scenario, std::string> parse_scenario(std::string_view text);

}  // namespace gregor::simulation
