// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the operations of a history come to in numbers: by function and outcome, by second, and
// their latencies. A pure function of the entries; results.json and the report show it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

struct Point {
  double second = 0;      // of the invocation, since the beginning
  double latency_ms = 0;  // until the completion
  Outcome outcome = Outcome::ok;
};

// A fault as it stands in the history, from its first line to its last.
struct FaultSpan {
  double from = 0, to = 0;  // seconds
  std::string what;
};

struct Statistics {
  using Counts = std::array<std::uint64_t, 3>;  // by Outcome
  std::map<std::string, Counts> by_function;
  Counts total{};
  std::uint64_t records_sent = 0;  // and acknowledged
  std::uint64_t records_read = 0;
  double seconds = 0;  // from the first line to the last
  std::vector<Counts> by_second;
  std::vector<Point> points;
  std::vector<FaultSpan> faults;
};

Statistics count(const std::vector<Entry>& entries);

const char* name_of(Outcome outcome);

}  // namespace gregor::jepsen
