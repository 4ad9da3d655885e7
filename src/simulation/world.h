// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One simulated cluster with its clients, from the first start to the last judgement:
//
//   start     brokers start, topics are created: nothing goes wrong
//   work      clients work, faults happen
//   heal      faults end; every client must make progress
//   converge  where there are several brokers, all come to say the same
//   read      perhaps after a clean restart, everything is read from the beginning
//   stop      all brokers stop in good order; their files are verified, the history is judged
//
// The first violation ends the run. What is checked is listed in docs/simulation.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/verify.h"
#include "simulation/administrator.h"
#include "simulation/disk_checks.h"
#include "simulation/environment.h"
#include "simulation/group_client.h"
#include "simulation/group_ledger.h"
#include "simulation/ledger.h"
#include "simulation/nemesis.h"
#include "simulation/plan.h"
#include "simulation/script.h"

namespace gregor::simulation {

// Who reads along; nobody if empty.
struct Readers {
  std::function<void(Time, std::string_view who, std::string_view what)> transcript;  // each line
  std::function<void(std::string_view line)> trace = {};  // as `gregor server --trace` writes it
  Onlooker* onlooker = nullptr;
};

struct RunResult {
  std::uint64_t seed = 0;
  std::vector<Violation> violations;
  std::map<std::string, std::uint64_t, std::less<>> marks;
  std::uint64_t hash = 0;            // of all effects
  std::vector<std::uint64_t> trail;  // after each step
  std::uint64_t acknowledgements = 0;
  std::uint64_t operations = 0;  // of clients
  std::int64_t simulated_us = 0;
};

RunResult run_world(std::uint64_t seed, std::int32_t brokers = 1);
RunResult run_plan(const WorldPlan& plan, const Readers& readers = {});

class World {
 public:
  explicit World(WorldPlan plan);
  void run();

  Environment& environment() { return env_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

 private:
  using Phase = bool (World::*)();
  // False when it was violated or did not end in time.
  bool run_until(const char* check, std::int64_t limit_us, const std::function<bool()>& done);
  void show_hosts();
  bool start();
  bool work();
  void add_member(const MemberPlan& plan);
  bool heal();
  bool converge();
  bool read();
  bool stop();
  template <class Kind, class... Plan>
  Kind& add_client(const char* kind, const ClientPlan& client, Plan&&... plan);
  [[nodiscard]] std::optional<model::LeaderEpoch> epoch_led_by(
      const broker::PeerAddress& address, const model::TopicPartition& partition) const;
  [[nodiscard]] bool leads(const model::TopicPartition& partition,
                           const ClusterClient::Leader& leader) const;
  [[nodiscard]] GroupClient::Coordinates coordinates() const;

  const WorldPlan plan_;
  Environment env_;
  Network network_;
  ZooKeeper zookeeper_;
  Ledger ledger_;
  std::vector<broker::PeerAddress> addresses_;
  std::vector<std::unique_ptr<BrokerProcess>> brokers_;
  DiskChecks disk_checks_;
  Nemesis nemesis_;
  Script script_;
  std::vector<model::TopicPartition> partitions_;
  std::map<std::string, GroupLedger> groups_;
  std::vector<std::unique_ptr<Workload>> clients_;
  Administrator* administrator_ = nullptr;  // among them
};

}  // namespace gregor::simulation
