// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Plots of a run as SVG inside the report: time from left to right, faults shaded behind.
#pragma once

#include <string>

#include "jepsen/runner/statistics.h"

namespace gregor::jepsen {

// Text inside HTML.
std::string escape_html(std::string_view text);

// One dot for an operation, the height its latency on a logarithmic scale. Of many operations a
// part is drawn, evenly chosen, and every one that is not ok as long as there is room.
std::string latency_plot(const Statistics& statistics);
// Completions a second, one line for each outcome.
std::string rate_plot(const Statistics& statistics);

inline constexpr std::size_t dots_max = 4000;

}  // namespace gregor::jepsen
