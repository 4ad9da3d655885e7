// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>

#include "cli/answer.h"
#include "jepsen/runner/report.h"
#include "jepsen/runner/run.h"
#include "jepsen/runner/serve.h"

namespace gregor::jepsen {
namespace {

constexpr const char* details =
    "Examples:\n"
    "  gregor jepsen --workload log --nemesis kill,pause --time-limit 60\n"
    "  gregor jepsen --target kafka-3.9 --jars FOLDER --brokers 3 --zookeepers 1 --nemesis kill\n"
    "  gregor jepsen --target external --bootstrap-server broker:9092 --workload list-offsets\n"
    "\n"
    "Exit codes: 0 valid, 1 invalid, 2 unknown, 254 usage, 255 no verdict.";

struct Arguments {
  TestOptions test;
  std::string store = "store";
  std::string program, jars;
  std::string nemesis = "none", aims = "leader,controller,random,all";
  std::string level = "kafka", acks = "all", network = "auto";
  double time_limit_s = 30, interval_s = 5;
  std::int64_t timeout_ms = 3000;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> settings, topic_configs;
};

// KEY=VALUE words into a map; the word that is none.
std::optional<std::string> take_pairs(const std::vector<std::string>& words,
                                      std::map<std::string, std::string>& to) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return word;
    to[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return std::nullopt;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

int usage_error(const std::string& what) {
  cli::complain(what);
  return exit_usage;
}

// The command line that gives the same test with the same draws.
std::string repeat_command(const Arguments& a) {
  const TestOptions& test = a.test;
  std::string text = fmt::format(
      "gregor jepsen --target {} --brokers {} --zookeepers {} --workload {} --nemesis {} "
      "--nemesis-target {} --nemesis-interval {} --time-limit {} --rate {} --concurrency {} "
      "--partitions {} --acks {} --network {} --seed {}",
      test.cluster.target, test.cluster.brokers, test.cluster.zookeepers, test.workload.name,
      a.nemesis, a.aims, a.interval_s, a.time_limit_s, test.clients.rate, test.clients.threads,
      test.workload.partitions, a.acks, a.network, test.clients.seed);
  for (const std::string& word : a.settings) text += " --set " + word;
  for (const std::string& word : a.topic_configs) text += " --topic-config " + word;
  if (!a.jars.empty()) text += " --jars " + a.jars;
  if (!test.cluster.bootstrap.empty()) text += " --bootstrap-server " + test.cluster.bootstrap;
  return text;
}

// Of this build, or of the jars; of another program or cluster nobody knows it.
std::string version_of(const Arguments& a) {
  if (a.test.cluster.target == "gregor") return a.program.empty() ? GREGOR_VERSION : "";
  constexpr std::string_view before = "kafka_2.13-", after = ".jar";
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(a.jars, failed)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(before) && name.ends_with(after))
      return name.substr(before.size(), name.size() - before.size() - after.size());
  }
  return "";
}

// Options as they were typed into those of the test; what makes no sense.
std::optional<std::string> understand(Arguments& a) {
  TestOptions& test = a.test;
  const auto faults = parse_faults(a.nemesis);
  if (!faults) return "--nemesis: " + faults.error().detail;
  const auto aims = parse_aims(a.aims);
  if (!aims) return "--nemesis-target: " + aims.error().detail;
  if (const auto wrong = take_pairs(a.settings, test.cluster.settings))
    return "--set: '" + *wrong + "' is no KEY=VALUE";
  if (const auto wrong = take_pairs(a.topic_configs, test.workload.topic_configs))
    return "--topic-config: '" + *wrong + "' is no KEY=VALUE";
  if (aims->empty()) return "--nemesis-target: name at least one";
  test.nemesis.faults = *faults;
  test.nemesis.aims = *aims;
  test.nemesis_text = a.nemesis;
  test.nemesis.interval = milliseconds_of(a.interval_s);
  test.clients.duration = milliseconds_of(a.time_limit_s);
  test.clients.seed = a.seed.value_or(std::random_device{}());
  test.nemesis.seed = test.clients.seed + 1;
  test.store = a.store;
  test.cluster.jars = a.jars;
  test.cluster.program = a.program;
  if (a.program.empty()) test.cluster.program = std::filesystem::read_symlink("/proc/self/exe");
  test.workload.client.timeout = std::chrono::milliseconds(a.timeout_ms);
  test.workload.client.acks = static_cast<std::int16_t>(a.acks == "all" ? -1 : std::stoi(a.acks));
  const bool is_external = test.cluster.target == "external";
  if (is_external && !faults->empty())
    return "--nemesis: the processes of an external cluster are not ours; only none makes sense";
  test.workload.replicas =
      static_cast<std::int16_t>(is_external ? -1 : std::min(test.cluster.brokers, 3));
  test.network = a.network == "auto"         ? NetworkChoice::automatic
                 : a.network == "namespaces" ? NetworkChoice::namespaces
                                             : NetworkChoice::loopback;
  test.level = a.level == "strict" ? Level::strict : Level::kafka;
  test.version = version_of(a);
  test.command = repeat_command(a);
  return std::nullopt;
}

int run(Arguments& arguments) {
  if (const auto wrong = understand(arguments)) return usage_error(*wrong);
  fmt::print(stderr, "{}\n", arguments.test.command);
  const auto result = run_test(arguments.test);
  if (!result) {
    const bool senseless = result.error().code == model::ErrorCode::invalid_request;
    cli::complain(result.error().detail);
    return senseless ? exit_usage : exit_crash;
  }
  cli::print(summary(*result));
  return exit_code(result->verdict);
}

void add_cluster_options(CLI::App& command, Arguments& a) {
  ClusterOptions& cluster = a.test.cluster;
  command.add_option("--target", cluster.target, "What is tested")
      ->check(CLI::IsMember({"gregor", "kafka-3.9", "kafka-4.1", "external"}));
  command.add_option("--brokers", cluster.brokers, "How many of them")->check(CLI::Range(1, 9));
  command.add_option("--zookeepers", cluster.zookeepers, "How many ZooKeeper servers")
      ->check(CLI::Range(0, 5));
  command.add_option("--program", a.program, "The gregor to test, if not this one");
  command.add_option("--jars", a.jars, "The folder with Apache Kafka's jars");
  command.add_option("--set", a.settings, "KEY=VALUE, a setting of every broker; repeatable");
  command.add_option("--bootstrap-server", cluster.bootstrap, "Where an external cluster is");
}

void add_test_options(CLI::App& command, Arguments& a) {
  TestOptions& test = a.test;
  command.add_option("--workload", test.workload.name, "What clients do")
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(workload_names), std::end(workload_names))));
  command.add_option("--nemesis", a.nemesis,
                     "Faults, comma-separated: kill, term, pause, bounce, storm; isolate, oneway, "
                     "unzoo, halves, bridge, ring; slow-network, lossy-network; disk-error, "
                     "disk-full, disk-slow, power-loss, "
                     "bit-flip, truncate; clock; or none");
  command
      .add_option("--network", a.network, "namespaces: an address for each node; auto: if possible")
      ->check(CLI::IsMember({"auto", "namespaces", "loopback"}));
  command.add_option("--nemesis-target", a.aims,
                     "At whom: leader, controller, random, all, zookeeper");
  command.add_option("--nemesis-interval", a.interval_s, "Mean seconds of quiet, and of trouble");
  command.add_option("--time-limit", a.time_limit_s, "Seconds of faults and load");
  command.add_option("--rate", test.clients.rate, "Operations a second; 0 for as many as can be");
  command.add_option("--concurrency", test.clients.threads, "Clients at one time")
      ->check(CLI::Range(1, 200));
  command.add_option("--partitions", test.workload.partitions, "Of the topic")
      ->check(CLI::Range(1, 1000));
  command.add_option("--topic-config", a.topic_configs, "KEY=VALUE of the topic; repeatable");
  command.add_option("--acks", a.acks, "What producers ask for")
      ->check(CLI::IsMember({"all", "-1", "0", "1"}));
  command.add_option("--timeout", a.timeout_ms, "Milliseconds that a client waits for an answer");
  command.add_option("--level", a.level, "kafka: what Kafka promises; strict: everything")
      ->check(CLI::IsMember({"kafka", "strict"}));
  command.add_option("--seed", a.seed, "Of every draw; without it a new one");
  command.add_option("--store", a.store, "Where results are kept");
  command.add_flag("--keep-data", test.keep_data, "Keep data folders also of valid runs");
}

int run_serve(const ServeOptions& options) {
  const auto served = serve(options, [&](std::uint16_t port) {
    cli::print(fmt::format("{} on http://{}:{}/\n", options.store.string(), options.host, port));
    std::fflush(stdout);
  });
  if (served) return cli::exit_ok;
  cli::complain(fmt::format("{}:{}: {}", options.host, options.port, served.error().detail));
  return exit_crash;
}

void add_serve_command(CLI::App& jepsen, cli::Action& action) {
  CLI::App* command = jepsen.add_subcommand("serve", "Show a store of runs to a browser");
  const auto options = std::make_shared<ServeOptions>();
  command->add_option("--store", options->store, "Where results are kept");
  command->add_option("--host", options->host, "The address to listen on");
  command->add_option("--port", options->port, "Its port; 0 for any that is free");
  command->callback([&action, options] { action = [options] { return run_serve(*options); }; });
}

}  // namespace

void add_jepsen_command(CLI::App& app, cli::Action& action) {
  CLI::App* command = app.add_subcommand("jepsen", "Test a cluster under faults");
  command->footer(details);
  const auto arguments = std::make_shared<Arguments>();
  add_cluster_options(*command, *arguments);
  add_test_options(*command, *arguments);
  command->callback([&action, command, arguments] {
    if (command->get_subcommands().empty()) action = [arguments] { return run(*arguments); };
  });
  add_serve_command(*command, action);
}

}  // namespace gregor::jepsen
