// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What one process may expect of the order in which it reads and writes a partition: within an
// operation (int-poll-skip, int-nonmonotonic-poll, int-send-skip, int-nonmonotonic-send) and from
// one operation to the next (poll-skip, nonmonotonic-poll, nonmonotonic-send). Offsets are compared
// by their rank among the records that are known to exist, so that the gaps which transaction
// markers leave are no skips. O(m log m).
#pragma once

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

void check_process_order(const History& history,
                         const std::vector<std::vector<std::uint32_t>>& by_key, Findings& findings);

}  // namespace gregor::jepsen
