// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A history's verdict: every checker, in order, and what of the findings breaks a promise.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jepsen/checkers/anomaly.h"

namespace gregor::jepsen {

enum class Level : std::uint8_t {
  kafka,   // what Kafka promises to idempotent producers, acks=all, read_committed
  strict,  // every anomaly counts
};

struct CheckOptions {
  Level level = Level::kafka;
  bool idempotence = true;     // else duplicates are allowed
  bool read_committed = true;  // else G1a, precommitted-read, torn-txn are allowed
  bool acks_all = true;        // else logs need not be linearizable: others see a record later
  bool fresh_ends = true;      // else a deposed leader may tell an old end of the log (stale-tail)
  bool final_polls = true;     // the history ends with reads of everything; else unseen is allowed
};

enum class Verdict : std::uint8_t { valid, invalid, unknown };

struct Report {
  Verdict verdict = Verdict::valid;
  Findings findings;
  std::set<std::string> allowed;  // names that were found and that the level allows
  std::size_t operations = 0;
};

[[nodiscard]] Report check(const History& history, const CheckOptions& options);

const char* name_of(Verdict verdict);
// Exit code: 0 valid, 1 invalid, 2 unknown.
int exit_code(Verdict verdict);

// For people: the verdict in the first line, then each kind of anomaly with its operations by line.
std::string to_text(const Report& report, const History& history);
// One document: {"valid": true | false | "unknown", "anomalies": {name: {…}}, …}.
std::string to_json(const Report& report, const History& history);

}  // namespace gregor::jepsen
