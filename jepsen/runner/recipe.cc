// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <utility>

#include "jepsen/runner/node_faults.h"

namespace gregor::jepsen {

using model::ErrorCode;
using Settings = std::map<std::string, std::string>;

namespace {

constexpr const char* loopback = "127.0.0.1";
// Failures are noticed within this time, so that a run of a minute sees some elections.
constexpr const char* session_timeout_ms = "6000";

void write_properties(const std::filesystem::path& path, const Settings& settings) {
  std::ofstream file(path);
  for (const auto& [key, value] : settings) file << key << '=' << value << '\n';
}

// Nodes are numbered as they stand in the recipe: ZooKeeper servers first.
std::string host_of(const ClusterOptions& options, std::size_t node) {
  return options.network != nullptr ? options.network->address(node) : loopback;
}

cli::Address new_address(const ClusterOptions& options, std::size_t node) {
  return {host_of(options, node), std::to_string(free_port())};
}

// A node whose command runs at its place, with the library of faults if there are to be any. The
// folder is the node's own.
NodeSpec node_at(const ClusterOptions& options, std::size_t node, NodeSpec spec,
                 const std::filesystem::path& folder) {
  std::vector<std::string> words;
  if (options.network != nullptr) words = options.network->prefix(node);
  spec.data = folder / "data";
  if (!options.fault_library.empty()) {
    spec.faults = std::filesystem::absolute(folder / "faults");
    const auto prefix =
        fault_prefix(options.fault_library, spec.faults, std::filesystem::absolute(spec.data));
    words.insert(words.end(), prefix.begin(), prefix.end());
  }
  words.insert(words.end(), spec.command.words.begin(), spec.command.words.end());
  spec.command.words = std::move(words);
  return spec;
}

std::string to_text(const cli::Address& address) { return address.host + ":" + address.port; }

std::vector<std::string> java(const ClusterOptions& options) {
  return {"java",
          "-Xmx400m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-cp",
          options.jars.string() + "/*"};
}

// What brokers of all kinds are told: three copies where there are three brokers, two of which must
// have a record before it is acknowledged.
Settings common_settings(const ClusterOptions& options) {
  const std::string copies = std::to_string(std::min(options.brokers, 3));
  const std::string in_sync = options.brokers >= 3 ? "2" : "1";
  return {{"default.replication.factor", copies},
          {"min.insync.replicas", in_sync},
          {"offsets.topic.replication.factor", copies},
          {"offsets.topic.num.partitions", "4"},
          {"transaction.state.log.replication.factor", copies},
          {"transaction.state.log.min.isr", in_sync},
          {"group.initial.rebalance.delay.ms", "100"},
          {"replica.lag.time.max.ms", "5000"},
          {"auto.create.topics.enable", "false"}};
}

// The servers, and what brokers call zookeeper.connect. Their jars come with Kafka's.
std::string add_zookeepers(const ClusterOptions& options, Recipe& recipe) {
  struct Ports {
    cli::Address client;
    std::string peers;
  };
  std::vector<Ports> servers;
  for (std::size_t node = 0; std::cmp_less(node, options.zookeepers); ++node)
    servers.push_back({new_address(options, node),
                       fmt::format("{}:{}:{}", host_of(options, node), free_port(), free_port())});
  std::string connect;
  for (std::int32_t id = 1; id <= options.zookeepers; ++id) {
    const auto node = static_cast<std::size_t>(id - 1);
    const auto folder = options.folder / fmt::format("zookeeper-{}", id);
    std::filesystem::create_directories(folder / "data");
    Settings settings = {{"tickTime", "500"},
                         {"initLimit", "40"},
                         {"syncLimit", "20"},
                         {"maxClientCnxns", "0"},
                         {"admin.enableServer", "false"},
                         {"dataDir", (folder / "data").string()},
                         {"clientPortAddress", servers[node].client.host},
                         {"clientPort", servers[node].client.port}};
    if (options.zookeepers > 1)
      for (std::size_t i = 0; i < servers.size(); ++i)
        settings[fmt::format("server.{}", i + 1)] = servers[i].peers;
    std::ofstream(folder / "data/myid") << id << '\n';
    write_properties(folder / "zoo.cfg", settings);
    auto words = java(options);
    words.emplace_back("org.apache.zookeeper.server.quorum.QuorumPeerMain");
    words.push_back((folder / "zoo.cfg").string());
    const cli::Address& address = servers[node].client;
    recipe.nodes.push_back(node_at(
        options, node, {Role::zookeeper, id, {words, folder / "zookeeper.log"}, address}, folder));
    connect += (connect.empty() ? "" : ",") + to_text(address);
  }
  return connect;
}

// What a recipe adds for each broker to the common settings, and how its program is called.
using AddSettings = std::function<void(std::int32_t id, Settings&)>;
using Call = std::function<std::vector<std::string>(const std::string& properties)>;

void add_brokers(const ClusterOptions& options, Recipe& recipe, const AddSettings& add,
                 const Call& call) {
  for (std::int32_t id = 1; id <= options.brokers; ++id) {
    const std::size_t node = recipe.nodes.size();
    const cli::Address address = new_address(options, node);
    const auto folder = options.folder / fmt::format("broker-{}", id);
    std::filesystem::create_directories(folder);
    Settings settings = common_settings(options);
    settings["listeners"] = settings["advertised.listeners"] = "PLAINTEXT://" + to_text(address);
    settings["log.dirs"] = (folder / "data").string();
    add(id, settings);
    for (const auto& [key, value] : options.settings) settings[key] = value;
    const auto properties = folder / "server.properties";
    write_properties(properties, settings);
    const Command command{call(properties.string()), folder / "broker.log"};
    recipe.nodes.push_back(node_at(options, node, {Role::broker, id, command, address}, folder));
    recipe.bootstrap.push_back(address);
  }
}

void with_zookeeper(Settings& settings, std::int32_t id, const std::string& connect) {
  settings["broker.id"] = std::to_string(id);
  if (connect.empty()) return;
  settings["zookeeper.connect"] = connect;
  settings["zookeeper.session.timeout.ms"] = session_timeout_ms;
  // On a busy machine a ZooKeeper server takes its time to start.
  settings["zookeeper.connection.timeout.ms"] = "60000";
}

void make_gregor(const ClusterOptions& options, Recipe& recipe) {
  const std::string connect = add_zookeepers(options, recipe);
  add_brokers(
      options, recipe,
      [&](std::int32_t id, Settings& settings) { with_zookeeper(settings, id, connect); },
      [&](const std::string& properties) {
        return std::vector<std::string>{options.program.string(), "server", "--config", properties};
      });
}

// A broker that finds the registration of its former life ends, where Gregor's waits for the end of
// that session.
void make_kafka_3_9(const ClusterOptions& options, Recipe& recipe) {
  const std::string connect = add_zookeepers(options, recipe);
  add_brokers(
      options, recipe,
      [&](std::int32_t id, Settings& settings) { with_zookeeper(settings, id, connect); },
      [&](const std::string& properties) {
        auto words = java(options);
        words.insert(words.end(), {"kafka.Kafka", properties});
        return words;
      });
  for (NodeSpec& node : recipe.nodes)
    if (node.role == Role::broker)
      node.refusal = fmt::format(
          "Error while creating ephemeral at /brokers/ids/{}, node already exists", node.id);
}

void make_kafka_4_1(const ClusterOptions& options, Recipe& recipe) {
  std::vector<cli::Address> controllers;
  std::string voters;
  for (std::int32_t id = 1; id <= options.brokers; ++id) {
    controllers.push_back(new_address(options, static_cast<std::size_t>(id - 1)));
    voters += fmt::format("{}{}@{}", id > 1 ? "," : "", id, to_text(controllers.back()));
  }
  add_brokers(
      options, recipe,
      [&](std::int32_t id, Settings& settings) {
        const auto& controller = controllers[static_cast<std::size_t>(id - 1)];
        settings["node.id"] = std::to_string(id);
        settings["process.roles"] = "broker,controller";
        settings["controller.quorum.voters"] = voters;
        settings["controller.listener.names"] = "CONTROLLER";
        settings["listeners"] += ",CONTROLLER://" + to_text(controller);
        settings["broker.session.timeout.ms"] = session_timeout_ms;
      },
      [&](const std::string& properties) {
        auto words = java(options);
        auto format = words;
        format.insert(format.end(), {"kafka.tools.StorageTool", "format", "-t",
                                     "Z3JlZ29yLWplcHNlbi1ydQ", "-c", properties});
        recipe.preparations.push_back({format, options.folder / "format.log"});
        words.insert(words.end(), {"kafka.Kafka", properties});
        return words;
      });
}

}  // namespace

model::Result<Recipe> make_recipe(const ClusterOptions& options) {
  const auto refuse = [](std::string why) {
    return model::fail(ErrorCode::invalid_request, std::move(why));
  };
  Recipe recipe{.target = options.target};
  if (options.target == "external") {
    auto bootstrap = cli::parse_bootstrap(options.bootstrap);
    if (!bootstrap) return model::fail(bootstrap.error());
    recipe.bootstrap = std::move(*bootstrap);
    recipe.notes.emplace_back("An external cluster: its processes are left alone.");
    return recipe;
  }
  const bool is_gregor = options.target == "gregor";
  if (options.zookeepers == 0 && (is_gregor ? options.brokers > 1 : options.target == "kafka-3.9"))
    return refuse("these brokers need --zookeepers");
  if ((!is_gregor || options.zookeepers > 0) && !std::filesystem::is_directory(options.jars))
    return refuse(
        "--jars names the folder with the jars of Apache Kafka, which ./dev jepsen makes");
  if (is_gregor)
    make_gregor(options, recipe);
  else if (options.target == "kafka-3.9")
    make_kafka_3_9(options, recipe);
  else if (options.target == "kafka-4.1")
    make_kafka_4_1(options, recipe);
  else
    return refuse("there is no target " + options.target);
  return recipe;
}

}  // namespace gregor::jepsen
