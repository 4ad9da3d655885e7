// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Registers that are read, written and compared-and-set (topics: nothing there, or a value of their
// configuration): a search for an order of the operations that explains what was seen, by Wing and
// Gong with Lowe's memory of what was tried. Exact within its budget; beyond it unknown.
#pragma once

#include <vector>

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

struct RegisterBudget {
  std::size_t steps_max = 200'000;  // of one register
  std::size_t operations_max = 4'000;
};

// register-linearizability: no order explains what was written and read. stale-read: one does, but
// only if reads may see the past (never the future).
void check_registers(const History& history, const std::vector<std::vector<std::uint32_t>>& by_key,
                     Findings& findings, const RegisterBudget& budget = {});

}  // namespace gregor::jepsen
