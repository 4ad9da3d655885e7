// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The operator who reads what a broker says whose disk was lost. Where its replica alone is counted
// as in sync, since the other one went before anybody had seen the loss, nobody leads. The broker
// is stopped; the other one, which has all that was acknowledged, is elected (ElectLeaders,
// unclean); and the broker is started again.
#pragma once

#include <utility>
#include <vector>

#include "coordination/znode_tree.h"
#include "simulation/broker_process.h"
#include "simulation/nemesis.h"
#include "simulation/workload.h"

namespace gregor::simulation {

class Rescuer final : public Workload {
 public:
  // Of topics with two replicas. All that is named must outlive this.
  template <class... Arguments>
  Rescuer(const coordination::ZnodeTree& tree, Nemesis& nemesis, BrokerProcess& lost_its_disk,
          Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        tree_(tree),
        nemesis_(nemesis),
        broker_(lost_its_disk) {}

 private:
  void operate() override;
  void look_again();
  void elect_others(const std::vector<model::TopicPartition>& stuck);
  [[nodiscard]] bool is_incomplete(const model::TopicPartition& partition) const;

  const coordination::ZnodeTree& tree_;
  Nemesis& nemesis_;
  BrokerProcess& broker_;
};

}  // namespace gregor::simulation
