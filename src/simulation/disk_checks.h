// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Looks from outside at what brokers have on their disks: now and then while they work, and when
// they have stopped in good order.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "coordination/znode_tree.h"
#include "log/verify.h"
#include "model/ids.h"
#include "simulation/broker_process.h"
#include "simulation/environment.h"
#include "simulation/ledger.h"
#include "simulation/stored_log.h"

namespace gregor::simulation {

class DiskChecks {
 public:
  using Brokers = std::vector<std::unique_ptr<BrokerProcess>>;
  // All that is named must outlive this. `tree`: of the coordination service; null: there is none,
  // and one broker.
  DiskChecks(Environment& environment, const Ledger& ledger, const coordination::ZnodeTree* tree,
             const Brokers& brokers)
      : env_(environment), ledger_(ledger), tree_(tree), brokers_(brokers) {}

  // From now on, as often as this world's dice say.
  void look_again_and_again();
  void look();
  void look_at_the_end();

 private:
  struct Replica {
    const BrokerProcess* broker;
    StoredLog log;
  };
  [[nodiscard]] bool holds(const TopicPlan& topic) const;
  template <class Predicate>
  [[nodiscard]] std::vector<Replica> replicas_at(const model::TopicPartition& partition,
                                                 Predicate is_wanted) const;
  void look_at_those_in_sync(const model::TopicPartition& partition);
  void check_matching(const model::TopicPartition& partition, const std::vector<Replica>& replicas);
  void compare(const model::TopicPartition& partition, std::span<const model::BrokerId> assigned);
  void verify_folders(BrokerProcess& broker);
  [[nodiscard]] bool is_opened(const BrokerProcess& broker, const std::string& folder) const;
  [[nodiscard]] bool may_be_torn(const BrokerProcess& broker, const std::string& data,
                                 const std::string& folder, const log::Finding& finding) const;

  Environment& env_;
  const Ledger& ledger_;
  const coordination::ZnodeTree* tree_;
  const Brokers& brokers_;
  Dice dice_ = env_.dice_of("looks at disks");
  std::int64_t interval_us_ =
      dice_.pick(std::vector<std::int64_t>{second / 2, 2 * second, 8 * second});
};

}  // namespace gregor::simulation
