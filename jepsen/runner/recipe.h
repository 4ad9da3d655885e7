// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What processes make up a cluster that is tested: programs, settings, data folders, ports. One
// function for each kind of target; everything below this line of the runner is the same for all.
//
//   gregor      this project's brokers; several of them need ZooKeeper servers
//   kafka-3.9   Apache Kafka with ZooKeeper
//   kafka-4.1   Apache Kafka with KRaft; every node is broker and controller
//   external    a cluster that is there; nothing is started and no process is hurt
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/client_options.h"
#include "jepsen/runner/network.h"
#include "jepsen/runner/process.h"

namespace gregor::jepsen {

struct ClusterOptions {
  std::string target = "gregor";
  std::string bootstrap;          // of an external cluster
  std::filesystem::path program;  // gregor's
  std::filesystem::path jars;     // the folder with Apache Kafka's, and those of ZooKeeper
  std::filesystem::path folder;   // for data, settings and logs
  std::int32_t brokers = 1;
  std::int32_t zookeepers = 0;                  // more than one broker needs at least one
  std::map<std::string, std::string> settings;  // of every broker, over those that we choose
  const Network* network = nullptr;             // none: every node is on the loopback interface
  std::filesystem::path fault_library{};        // none: no faults of disks and clocks

  [[nodiscard]] std::size_t nodes() const {
    return target == "external" ? 0 : static_cast<std::size_t>(brokers + zookeepers);
  }
};

enum class Role : std::uint8_t { zookeeper, broker };

struct NodeSpec {
  Role role = Role::broker;
  std::int32_t id = 0;
  Command command{};
  cli::Address address{};  // where clients find it
  std::filesystem::path data{};
  std::filesystem::path faults{};  // where its NodeFaults are to be; empty: it has none
  // What its log says when it has ended because it would not start yet; empty: it always starts.
  std::string refusal{};

  [[nodiscard]] std::string name() const {
    return (role == Role::broker ? "broker " : "zookeeper ") + std::to_string(id);
  }
};

struct Recipe {
  std::string target;
  std::vector<Command> preparations{};  // run once, each to its end
  std::vector<NodeSpec> nodes{};        // in the order in which they start
  std::vector<cli::Address> bootstrap{};
  std::vector<std::string> notes{};  // what a reader of the report ought to know
};

// Writes the files that the nodes need. invalid_request: such a cluster cannot be made.
model::Result<Recipe> make_recipe(const ClusterOptions& options);

}  // namespace gregor::jepsen
