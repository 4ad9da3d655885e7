// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Faults: what is done to which process, when. Quiet and trouble take turns; every fault and its
// end stand in the history; whatever happens, all is healed at the end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/prng.h"
#include "jepsen/runner/client.h"
#include "jepsen/runner/deployment.h"
#include "jepsen/runner/partition_plan.h"
#include "jepsen/runner/recorder.h"

namespace gregor::jepsen {

enum class FaultKind : std::uint8_t {
  kill,    // SIGKILL, and after a while a start
  term,    // SIGTERM, waited for, and after a while a start
  pause,   // SIGSTOP, and after a while SIGCONT: longer than a session, or shorter
  bounce,  // SIGKILL and a start at once, before anybody else notices
  storm,   // some bounces, one after the other
  // Partitions, where the deployment has a network: see partition_plan.h.
  isolate,
  oneway,
  unzoo,
  halves,
  bridge,
  ring,
};

enum class Aim : std::uint8_t { leader, controller, random, all, zookeeper };

// "kill,pause", "leader,all"; invalid_request names what is not known.
model::Result<std::vector<FaultKind>> parse_faults(const std::string& text);
bool is_partition(FaultKind kind);
model::Result<std::vector<Aim>> parse_aims(const std::string& text);

struct NemesisOptions {
  std::vector<FaultKind> faults;  // none: no nemesis
  std::vector<Aim> aims = {Aim::leader, Aim::controller, Aim::random, Aim::all};
  std::chrono::milliseconds interval{5'000};  // the mean of quiet times, and of troubled ones
  std::chrono::milliseconds duration{30'000};
  std::uint64_t seed = 0;
  std::vector<std::string> topics{};  // whose leaders are aimed at
};

struct NemesisReport {
  std::uint64_t faults = 0;
  std::uint64_t pauses = 0;
  std::uint64_t partitions = 0;
  std::vector<std::string> unexpected_ends;  // of processes that nobody had told to end
  std::vector<std::string> troubles;         // what the nemesis could not do
};

class Nemesis {
 public:
  Nemesis(NemesisOptions options, Deployment& deployment, Client client, Recorder& recorder);

  // Returns when the duration is over and everything is healed.
  NemesisReport run();

 private:
  void one_fault();
  Nodes victims(Aim aim, std::string& why);
  void strike(FaultKind kind, const Nodes& nodes);
  void undo(FaultKind kind, const Nodes& nodes);
  void bounce(const Nodes& nodes);
  void part(FaultKind kind, const Nodes& nodes);
  std::string names(const Nodes& nodes) const;
  void heal_all();
  // Sleeps, no longer than the run lasts.
  void stay(std::chrono::milliseconds time);
  std::chrono::milliseconds about(std::chrono::milliseconds mean);

  NemesisOptions options_;
  Deployment& deployment_;
  Client client_;
  Recorder& recorder_;
  base::Prng prng_;
  std::chrono::steady_clock::time_point until_;
  NemesisReport report_;
};

}  // namespace gregor::jepsen
