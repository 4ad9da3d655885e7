// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Anomalies of one partition's log that need no order in time: inconsistent-offsets, duplicate,
// G1a, phantom, precommitted-read, lost-write, unseen, torn-txn, eos-dup. O(m log m) for m pairs of
// offset and value.
#pragma once

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

// `by_key` is micros_by_key(history).
void check_logs(const History& history, const std::vector<std::vector<std::uint32_t>>& by_key,
                Findings& findings);

}  // namespace gregor::jepsen
