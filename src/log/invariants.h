// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of a log after every change. The list is the shortest description of a log; the
// order of its four marks is the business of LogOffsets.
#pragma once

#include <span>
#include <string_view>

namespace gregor::log {

class Log;

struct Invariant {
  std::string_view name;
  bool (*holds)(const Log& log);
};

std::span<const Invariant> invariants();

// Stops the process at the first one that does not hold. Costs some comparisons, not a walk.
void check_invariants(const Log& log);

}  // namespace gregor::log
