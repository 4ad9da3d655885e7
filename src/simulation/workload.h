// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A simulated client at work: one operation after the other, with pauses in between, until it is
// told to come to an end.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/ids.h"
#include "simulation/cluster_client.h"
#include "simulation/environment.h"
#include "simulation/ledger.h"

namespace gregor::simulation {

// What the plan of every client has.
struct ClientPlan {
  static constexpr std::int64_t unlimited = std::int64_t{1} << 32;
  std::int32_t number = 0;              // in its name and its host
  std::int64_t operations = unlimited;  // while faults happen; then it rests until they end
};

class Workload {
 public:
  Workload(Environment& environment, Ledger& ledger, Network& network, HostId host,
           std::string name, std::vector<broker::PeerAddress> bootstrap)
      : env_(environment),
        ledger_(ledger),
        dice_(environment.dice_of(name)),
        client_(environment, network, host, std::move(name), std::move(bootstrap)),
        think_us_(dice_.between(1, 200) * millisecond) {}
  virtual ~Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  void begin() { think(); }
  // So many from now on, until it is told to finish.
  void limit_operations(std::int64_t to) { operations_left_ = to; }
  // Faults are over: ends what is under way, proves that it makes progress, and rests.
  void finish() {
    finishing_ = true;
    think_us_ = 2 * millisecond;
    if (std::exchange(resting_, false)) think();
  }
  [[nodiscard]] bool is_finished() const { return finished_; }
  [[nodiscard]] const std::string& name() const { return client_.name(); }
  // Of one that is not finished, if it can tell.
  [[nodiscard]] virtual std::string waits_for() const { return {}; }

 protected:
  // Begins an operation, which ends with operation_done().
  virtual void operate() = 0;
  // Whether the operation that ends now was what was to be proved.
  void operation_done(bool progress) {
    if (finishing_ && progress)
      finished_ = true;
    else
      think();
  }
  void think() {
    env_.scheduler.after(dice_.between(think_us_ / 8, 2 * think_us_), [this] {
      resting_ = !finishing_ && operations_left_-- <= 0;
      if (!resting_) operate();
    });
  }
  // After something that is worth trying again.
  template <class Action>
  void try_again(Action action) {
    env_.scheduler.after(dice_.between(20, 300) * millisecond, std::move(action));
  }
  // An error that the cluster has no reason for.
  void refuse(const char* api, model::ErrorCode code) {
    env_.violate("unexpected-error",
                 name() + ": " + api + " answered " + std::string(model::name_of(code)));
  }

  [[nodiscard]] bool is_finishing() const { return finishing_; }

  Environment& env_;
  Ledger& ledger_;
  Dice dice_;
  ClusterClient client_;

 private:
  std::int64_t think_us_;
  std::int64_t operations_left_ = ClientPlan::unlimited;
  bool resting_ = false;
  bool finishing_ = false;
  bool finished_ = false;
};

}  // namespace gregor::simulation
