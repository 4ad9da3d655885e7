// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whoever makes things go wrong, and the operator who starts again what has died. Faults come one
// after the other at random times, and may overlap; heal() ends them all.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "simulation/broker_process.h"
#include "simulation/environment.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/plan.h"

namespace gregor::simulation {

class Nemesis {
 public:
  Nemesis(Environment& environment, Network& network, ZooKeeper& zookeeper, Ledger& ledger,
          const WorldPlan& plan, std::vector<std::unique_ptr<BrokerProcess>>& brokers)
      : env_(environment),
        network_(network),
        zookeeper_(zookeeper),
        ledger_(ledger),
        plan_(plan),
        operator_dice_(environment.dice_of("operator")),
        brokers_(brokers) {}

  void supervise();  // starts brokers that are down, from now on
  void begin();
  void heal();
  // Of brokers that die now, or are dead: nobody starts it before then, or until all heals.
  void hold_down(const BrokerProcess& broker, Time until);
  // Stops all brokers in good order and does not start them again.
  void stop_all();
  // nullptr: there is none.
  [[nodiscard]] BrokerProcess* find(model::BrokerId id);
  [[nodiscard]] bool all_serve() const;
  [[nodiscard]] bool all_down() const;

 private:
  [[nodiscard]] bool is_held_down(const BrokerProcess& broker) const;
  void strike(const Strike& strike, BrokerProcess& broker);
  void cut_power_in_next_life(BrokerProcess& broker, std::uint64_t life, std::int64_t after);
  void fail_disk(BrokerProcess& broker, Dice& dice);
  void lose_disk(BrokerProcess& broker, Time tried_until, std::int64_t down_us);
  [[nodiscard]] bool can_lose_disk(model::BrokerId id) const;
  void break_links(Dice& dice);
  void disturb_path(bool blocked, BrokerProcess& broker, Dice& dice);
  void mislead_clock(BrokerProcess& broker, Dice& dice);
  void bounce(BrokerProcess& broker, std::int64_t times, Dice dice);
  void slow_api(Dice& dice);

  Environment& env_;
  Network& network_;
  ZooKeeper& zookeeper_;
  Ledger& ledger_;
  const WorldPlan& plan_;
  Dice operator_dice_;
  std::vector<std::unique_ptr<BrokerProcess>>& brokers_;
  std::set<model::BrokerId> starting_;
  std::map<HostId, Time> held_down_until_;
  std::set<BrokerProcess*> troubled_;  // their disk has failed: to be started again
  bool active_ = false;
  bool stays_down_ = false;
};

}  // namespace gregor::simulation
