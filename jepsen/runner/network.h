// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A network of its own for each run: every node in a network namespace with its own address, all
// on one bridge, whose own address is the clients'. What a node receives from another can be cut:
// a rule of its routing that drops the other's packets, in silence, those of open connections
// included. Needs root and iproute2, and no packet filter.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "jepsen/runner/process.h"

namespace gregor::jepsen {

class Network {
 public:
  // An error says what is missing here. What `ip` says goes to the log.
  static model::Result<std::unique_ptr<Network>> make(std::size_t nodes,
                                                      const std::filesystem::path& log);
  // Nothing is left of it.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] std::string address(std::size_t node) const;
  // What stands before a command that is to run at the node.
  [[nodiscard]] std::vector<std::string> prefix(std::size_t node) const;

  // From now on `to` receives nothing from `from`.
  model::Result<> cut(std::size_t from, std::size_t to);
  // Everybody receives everything.
  model::Result<> heal();

 private:
  Network(std::size_t nodes, std::filesystem::path log);
  model::Result<> set_up();
  model::Result<> set_up_node(std::size_t node);
  model::Result<> ip(const std::string& arguments) const;
  [[nodiscard]] std::string space(std::size_t node) const;

  std::size_t nodes_;
  std::filesystem::path log_;
  std::string name_;    // of the bridge; of namespaces and interfaces the beginning
  std::string subnet_;  // "10.1.2."
  struct Cut {
    std::size_t from, to;
  };
  std::vector<Cut> cuts_;
};

}  // namespace gregor::jepsen
