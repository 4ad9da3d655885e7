// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A network of its own for each run: every node in a network namespace with its own address, all
// on one bridge, whose own address is the clients'. What a node receives from another can be cut:
// a rule of its routing that drops the other's packets, in silence, those of open connections
// included. Needs root and iproute2, and no packet filter. Where links are to be bad, they pass
// through a relay (relay.h).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "jepsen/runner/process.h"
#include "jepsen/runner/relay.h"

namespace gregor::jepsen {

class Network {
 public:
  // An error says what is missing here. What `ip` says goes to the log.
  // `relayed`: links can be worsened; the draws descend from the seed.
  static model::Result<std::unique_ptr<Network>> make(std::size_t nodes,
                                                      const std::filesystem::path& log,
                                                      bool relayed = false, std::uint64_t seed = 0);
  // Nothing is left of it.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] std::string address(std::size_t node) const;
  // What stands before a command that is to run at the node.
  [[nodiscard]] std::vector<std::string> prefix(std::size_t node) const;

  // From now on `to` receives nothing from `from`.
  model::Result<> cut(std::size_t from, std::size_t to);
  // What goes to and from the node, clients' included; the network is relayed.
  void worsen(std::size_t node, const Quality& quality) { relay_->set(node, quality); }
  [[nodiscard]] bool relayed() const { return relay_ != nullptr; }
  // Frames that a bad link delayed, lost or doubled.
  [[nodiscard]] std::uint64_t hurt_frames() const { return relay_ ? relay_->hurt() : 0; }
  // Everybody receives everything at once.
  model::Result<> heal();

 private:
  Network(std::size_t nodes, std::filesystem::path log);
  model::Result<> set_up(bool relayed, std::uint64_t seed);
  model::Result<> set_up_node(std::size_t node);
  [[nodiscard]] model::Result<> ip(const std::string& arguments) const;
  [[nodiscard]] std::string space(std::size_t node) const;
  // The far end of a relayed link until it has its place.
  [[nodiscard]] std::string far_end(std::size_t node) const;

  std::size_t nodes_;
  std::filesystem::path log_;
  std::string name_;    // of the bridge; of namespaces and interfaces the beginning
  std::string subnet_;  // "10.1.2."
  struct Cut {
    std::size_t from, to;
  };
  std::vector<Cut> cuts_;
  std::unique_ptr<Relay> relay_;
};

}  // namespace gregor::jepsen
