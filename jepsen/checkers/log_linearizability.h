// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Is each partition a linearizable log? Exact, in O(n log n), because offsets fix the order of the
// appends; the proof is in docs/jepsen.md. Three things are said of the moment x(i) at which offset
// i was filled: it lies within its append; before the end of every read that saw an offset ≥ i or a
// log end > i; after the begin of every read that was told a log end ≤ i. A history is linearizable
// iff no offset that must have been filled late lies at or below one that must have been filled
// early: one sort, one scan, and the two operations that contradict each other are the witness.
#pragma once

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

// Anomalies: log-linearizability (all operations; without `fresh_ends` the log's end may be further
// than a client was told), stale-tail (appends and log ends only).
void check_log_linearizability(const History& history,
                               const std::vector<std::vector<std::uint32_t>>& by_key,
                               bool fresh_ends, Findings& findings);

}  // namespace gregor::jepsen
