// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The operations of a run as bars, a row for each process, faults shaded behind: wheel and drag
// zoom and move, a click on an anomaly shows its operations. Part of the report, and
// self-contained.
#pragma once

#include <string>
#include <vector>

#include "jepsen/checkers/check.h"
#include "jepsen/runner/statistics.h"

namespace gregor::jepsen {

// Of more operations those of anomalies are drawn, then those that are not ok, then every n-th.
inline constexpr std::size_t bars_max = 8'000;

// The numbers of the operations that are drawn, in the order of the history.
std::vector<std::uint32_t> bars_of(const History& history, const Findings& findings);

// A row for each process; one that is heard of no more leaves its row to the next. By operation.
std::vector<std::uint32_t> rows_of(const History& history);

std::string timeline_html(const History& history, const Findings& findings,
                          const std::vector<FaultSpan>& faults);

// A link in the report that shows these operations in the timeline.
std::string timeline_link(const std::vector<std::uint32_t>& operations);

// One operation for people: "process 3, line 10–12, 0.5 s, send ok: log-0@5=7 …".
std::string describe(const History& history, std::uint32_t number);

}  // namespace gregor::jepsen
