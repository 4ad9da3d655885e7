// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Looks whether a cluster that nothing disturbs any more comes to rest: every replica is in sync,
// topics are as the administrator was told, and every broker tells what the coordination service
// has.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "coordination/znode_tree.h"
#include "protocol/messages/metadata.h"
#include "simulation/confirmed.h"
#include "simulation/workload.h"

namespace gregor::simulation {

class Convergence final : public Workload {
 public:
  // The tree must outlive this.
  template <class... Arguments>
  Convergence(const coordination::ZnodeTree& tree, Confirmed confirmed,
              std::deque<broker::PeerAddress> brokers, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        tree_(tree),
        confirmed_(std::move(confirmed)),
        to_ask_(std::move(brokers)) {}

  [[nodiscard]] std::string waits_for() const override { return waits_for_; }

 private:
  void operate() override;
  void ask_next();
  void ask_for_configs();
  void wait_for(std::string what);

  const coordination::ZnodeTree& tree_;
  const Confirmed confirmed_;
  std::deque<broker::PeerAddress> to_ask_;  // the others have told the truth once
  std::string waits_for_;
};

}  // namespace gregor::simulation
