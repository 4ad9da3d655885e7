// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One test from its beginning to its verdict: a cluster is made, clients work while faults strike,
// all is healed, everything is read once more, the history is judged, the results are kept.
#pragma once

#include <string>
#include <vector>

#include "jepsen/checkers/check.h"
#include "jepsen/runner/clients.h"
#include "jepsen/runner/nemesis.h"
#include "jepsen/runner/observer.h"
#include "jepsen/runner/statistics.h"

namespace gregor::jepsen {

enum class NetworkChoice : std::uint8_t {
  automatic,   // namespaces for more than one node where that is possible
  namespaces,  // or no run
  loopback,
};

struct TestOptions {
  std::filesystem::path store = "store";
  ClusterOptions cluster;
  WorkloadOptions workload;
  ClientsOptions clients;
  NemesisOptions nemesis;
  Level level = Level::kafka;
  std::string nemesis_text = "none";  // as it was asked for
  std::string command;                // that repeats the run
  std::string version;                // of the target, if it is known
  NetworkChoice network = NetworkChoice::automatic;
  bool keep_data = false;  // of the nodes, also if the verdict is valid
};

// What came of it.
struct TestResult {
  std::string test;
  std::filesystem::path folder{};
  Verdict verdict = Verdict::unknown;
  std::vector<std::string> reasons{};  // for a verdict that the checkers alone do not explain
  Report report{};
  Statistics statistics{};
  NemesisReport nemesis{};
  Changes changes{};
  std::uint64_t restarts = 0;
  std::uint64_t refused_starts = 0;  // restarts that had to be made again
  std::vector<std::string> notes{};
};

// An error if the cluster could not be brought up or the results could not be written: there is no
// verdict then.
model::Result<TestResult> run_test(const TestOptions& options);

// The verdict of a run whose history the checkers have judged. A crash of a process is a violation;
// a run in which no fault hit, or not all was read in the end, proves nothing.
struct Circumstances {
  bool faults_wanted = false;
  bool faults_hit = false;
  bool all_read = false;
  bool whole_again = false;
  std::vector<std::string> unexpected_ends{};
};
Verdict judge(Verdict history, const Circumstances& circumstances,
              std::vector<std::string>& reasons);

}  // namespace gregor::jepsen
