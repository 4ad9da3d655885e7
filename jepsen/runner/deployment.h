// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The processes of a recipe, running: started, killed, stopped, paused, one by one. Used by one
// thread, which must outlive it (see Process).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jepsen/runner/node_faults.h"
#include "jepsen/runner/recipe.h"

namespace gregor::jepsen {

class Deployment {
 public:
  // The network, if there is one, was given to the recipe, too.
  explicit Deployment(Recipe recipe, std::unique_ptr<Network> network = nullptr);

  // Every node, in order; then waits until all brokers know each other and a controller.
  model::Result<> start_all();

  [[nodiscard]] const Recipe& recipe() const { return recipe_; }
  // The brokers' places in the recipe's list of nodes.
  [[nodiscard]] const std::vector<std::size_t>& brokers() const { return brokers_; }
  // Of the broker with this id; nothing if there is none.
  [[nodiscard]] std::optional<std::size_t> broker(std::int32_t id) const;
  [[nodiscard]] const NodeSpec& node(std::size_t at) const { return recipe_.nodes[at]; }
  [[nodiscard]] bool running(std::size_t at) { return processes_[at].alive(); }

  model::Result<> start(std::size_t at);
  void kill(std::size_t at);
  // SIGTERM, and SIGKILL if that takes longer than the deadline: then false.
  bool terminate(std::size_t at, std::chrono::milliseconds deadline);
  void pause(std::size_t at);
  void resume(std::size_t at);
  // From now until it is started the node may end by itself, as brokers do whose disk fails.
  void may_end(std::size_t at) { wanted_[at] = false; }
  // Nothing on the loopback interface.
  [[nodiscard]] Network* network() { return network_.get(); }
  // Nothing where the recipe has none.
  [[nodiscard]] const NodeFaults* faults(std::size_t at) const {
    return faults_.empty() ? nullptr : &faults_[at];
  }
  // Nobody is cut off, disks and clocks are sound, everything that was paused goes on, everything
  // that is down starts.
  model::Result<> heal();
  // Waits for what start_all waits for.
  model::Result<> wait_until_whole(std::chrono::milliseconds deadline);

  // Those that ended because they would not start yet (NodeSpec::refusal) are started again, as
  // whoever looks after them does. Their names.
  std::vector<std::string> start_refused_again();
  [[nodiscard]] std::uint64_t refused_starts() const { return refused_starts_; }
  // Nodes that ended though nobody had asked them to, since the last call: "broker 2 ended with
  // 134".
  [[nodiscard]] std::vector<std::string> unexpected_ends();
  // Processes started beyond the first time: what kills and stops came to.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }

 private:
  [[nodiscard]] bool whole() const;
  [[nodiscard]] bool refused(std::size_t at);
  model::Result<> make_faults();

  Recipe recipe_;
  std::unique_ptr<Network> network_;  // outlives the processes
  std::vector<NodeFaults> faults_;    // outlive them, too; one for each node, or none
  std::vector<std::size_t> brokers_;
  std::vector<Process> processes_;
  std::vector<bool> paused_;
  std::vector<bool> wanted_;  // started and not yet told to end
  std::vector<bool> started_once_;
  std::vector<std::uintmax_t> log_begins_;  // where what this life has said begins in the log
  std::uint64_t restarts_ = 0;
  std::uint64_t refused_starts_ = 0;
};

}  // namespace gregor::jepsen
