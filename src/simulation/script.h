// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells a story in a world: performs its steps (step.h) one after the other. What does not come as
// the story says is a violation, "as-the-story-says": so a story that does not reach what it is
// about cannot pass.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/broker_process.h"
#include "simulation/environment.h"
#include "simulation/nemesis.h"
#include "simulation/network.h"
#include "simulation/step.h"
#include "simulation/zookeeper.h"

namespace gregor::simulation {

class Script {
 public:
  // All outlive it.
  Script(Environment& environment, Network& network, ZooKeeper& zookeeper, Nemesis& nemesis,
         const std::vector<Step>& steps, std::vector<std::unique_ptr<BrokerProcess>>& brokers)
      : env_(environment),
        network_(network),
        zookeeper_(zookeeper),
        nemesis_(nemesis),
        steps_(steps),
        brokers_(brokers) {}

  void begin();
  [[nodiscard]] bool is_over() const { return next_ == steps_.size(); }

 private:
  void wait_for_turn();
  void look(Time give_up);
  void perform(const Step& step);
  void perform_on_broker(const Step& step, BrokerProcess& broker, Time until);
  void disturb_paths(const Step& step, Time until);
  void cut(HostId one, HostId two, Time until);

  [[nodiscard]] bool holds(const std::vector<Condition>& conditions) const;
  [[nodiscard]] bool holds(const Condition& condition) const;
  [[nodiscard]] std::vector<HostId> hosts_of(const Group& group) const;
  [[nodiscard]] std::vector<HostId> hosts_of(const Whom& whom) const;
  [[nodiscard]] std::vector<HostId> subject_of(const Condition& condition) const;
  [[nodiscard]] BrokerProcess* broker_at(HostId host) const;
  void fail(const Step& step, const std::string& why);

  Environment& env_;
  Network& network_;
  ZooKeeper& zookeeper_;
  Nemesis& nemesis_;
  const std::vector<Step>& steps_;
  std::vector<std::unique_ptr<BrokerProcess>>& brokers_;
  Time begun_{0};
  std::size_t next_ = 0;
  std::map<std::string, std::vector<HostId>> called_;
};

}  // namespace gregor::simulation
