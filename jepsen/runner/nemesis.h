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
  // Bad links, where they are relayed: relay.h.
  slow_network,   // what goes to and from the victims is delayed, and throttled
  lossy_network,  // frames are lost, doubled, out of order
  // Of brokers' disks, never of more than a minority, where the deployment has node_faults.h.
  disk_error,  // writes and syncs fail, and the broker is started again
  disk_full,   // writes fail, and the broker is started again
  disk_slow,   // syncs take long
  power_loss,  // SIGKILL, and what was not synced is gone; then a start and full recovery
  bit_flip,    // SIGKILL, and bits of segments are others; then a start and full recovery
  truncate,    // SIGKILL, and segments are cut off; then a start and full recovery
  clock,       // the wall clock jumps, goes at another speed, or jumps to and fro
};

// Longer than the sessions of recipe.cc: a broker that was silent for so long has lost its offices.
inline constexpr std::chrono::milliseconds beyond_a_session{8'000};

enum class Aim : std::uint8_t { leader, controller, random, all, zookeeper };

// "kill,pause", "leader,all"; invalid_request names what is not known.
model::Result<std::vector<FaultKind>> parse_faults(const std::string& text);
bool is_partition(FaultKind kind);
bool is_bad_link(FaultKind kind);
// Of disks and clocks.
bool needs_library(FaultKind kind);
// Takes something that a broker had on its disk.
bool is_at_rest(FaultKind kind);
model::Result<std::vector<Aim>> parse_aims(const std::string& text);

struct NemesisOptions {
  std::vector<FaultKind> faults;  // none: no nemesis
  std::vector<Aim> aims = {Aim::leader, Aim::controller, Aim::random, Aim::all};
  std::chrono::milliseconds interval{5'000};  // the mean of quiet times, and of troubled ones
  std::chrono::milliseconds duration{30'000};
  std::uint64_t seed = 0;
  std::vector<std::string> topics{};  // whose leaders are aimed at
};

// How often faults of disks and clocks hit.
struct Hits {
  std::uint64_t failed_writes = 0, failed_syncs = 0, slow_syncs = 0;
  std::uint64_t lost_writes = 0;    // by power cuts
  std::uint64_t damaged_files = 0;  // at rest
  std::uint64_t wrong_times = 0;    // looks at a clock that is wrong
  std::uint64_t hurt_frames = 0;    // on bad links
  [[nodiscard]] std::uint64_t sum() const {
    return failed_writes + failed_syncs + slow_syncs + lost_writes + damaged_files + wrong_times +
           hurt_frames;
  }
};

struct NemesisReport {
  std::uint64_t faults = 0;
  std::uint64_t pauses = 0;
  std::uint64_t partitions = 0;
  Hits hits;
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
  // Starts again who would not start, and notes who else has ended.
  void look_after_nodes();
  Nodes victims(Aim aim, std::string& why);
  void strike(FaultKind kind, const Nodes& nodes);
  void undo(FaultKind kind, const Nodes& nodes);
  void bounce(const Nodes& nodes);
  void part(FaultKind kind, const Nodes& nodes);
  // Disks and clocks: nemesis_disk.cc.
  Nodes minority(Nodes nodes);
  void hurt(FaultKind kind, std::size_t at);
  void hurt_at_rest(FaultKind kind, std::size_t at);
  void turn_clock(std::size_t at);
  void worsen(FaultKind kind, const Nodes& nodes);
  void wait_for_recovery();
  bool wait_until_in_sync();  // false: the time is over
  bool all_in_sync();
  void count_hits();
  [[nodiscard]] std::string names(const Nodes& nodes) const;
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
