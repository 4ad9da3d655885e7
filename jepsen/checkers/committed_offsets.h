// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Is the committed offset of each group and partition a linearizable register? Exact, in
// O(n log n), because every value is written at most once (Gibbons and Korach, 1997): then each
// value has one zone of time, from the first moment at which it must have been there to the last
// at which it must still have been there, and only these zones have to be looked at. A history that
// commits a value twice under one key is unknown.
#pragma once

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

// Anomalies: phantom-offset (a value that nobody committed, or not yet), offset-lost (nothing was
// there although something had been committed), offset-regress (an older value came back).
void check_committed_offsets(const History& history,
                             const std::vector<std::vector<std::uint32_t>>& by_key,
                             Findings& findings);

}  // namespace gregor::jepsen
