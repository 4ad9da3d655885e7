// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/command.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <random>

#include "cli/answer.h"
#include "fuzz/wire/run.h"

namespace gregor::fuzz::wire {
namespace {

constexpr const char* wire_details =
    "Examples:\n"
    "  gregor fuzz wire --bootstrap-server 127.0.0.1:9092\n"
    "  gregor fuzz wire --bootstrap-server 127.0.0.1:9092 --time 20 --seed 7 --junit fuzz.xml\n"
    "  gregor fuzz wire --pid $(pidof broker) --memory-limit 256   also watches memory\n"
    "  gregor fuzz wire --apis Produce,Fetch --rate 0              as many as can be\n"
    "  gregor fuzz wire --all-apis            of a broker that nobody needs: it may lose all\n"
    "\n"
    "Exit codes: 0 fine, 1 a finding, 2 usage, or the broker cannot be reached.";

struct Arguments {
  RunOptions run;
  std::optional<std::uint64_t> seed;
  double time_s = 60, deadline_s = 10;
  std::uint64_t growth_mib = 512;
  std::vector<std::string> apis;
  bool all_apis = false;
  std::string junit;
};

// Which APIs, by name; the name that there is none of.
std::optional<std::string> choose_apis(const Arguments& arguments, Limits& limits) {
  limits.anything = arguments.all_apis;
  if (arguments.all_apis) {
    for (const protocol::Api& api : protocol::all_apis()) limits.apis.insert(api.key);
    return std::nullopt;
  }
  const auto safe = safe_apis();
  const std::vector<std::string> names =
      arguments.apis.empty() ? std::vector<std::string>(safe.begin(), safe.end()) : arguments.apis;
  for (const std::string& name : names) {
    const protocol::Api* const api = protocol::find_api(std::string_view(name));
    if (api == nullptr) return name;
    limits.apis.insert(api->key);
  }
  return std::nullopt;
}

// All but --only.
std::string repeat_command(const Arguments& a) {
  const RunOptions& run = a.run;
  std::string text =
      fmt::format("gregor fuzz wire --bootstrap-server {} --seed {} --topic-prefix {}",
                  run.client.bootstrap, run.seed, run.limits.topic_prefix);
  if (a.all_apis) text += " --all-apis";
  for (std::size_t i = 0; i < a.apis.size(); ++i) text += (i == 0 ? " --apis " : ",") + a.apis[i];
  return text;
}

int fuzz(Arguments& a) {
  RunOptions& run_options = a.run;
  if (const auto unknown = choose_apis(a, run_options.limits))
    return cli::usage_error(fmt::format("--apis: there is no API '{}'", *unknown));
  run_options.seed = a.seed.value_or(std::random_device{}());
  fmt::print(stderr, "seed {}\n", run_options.seed);
  run_options.time = std::chrono::milliseconds(static_cast<std::int64_t>(a.time_s * 1000));
  run_options.deadline = std::chrono::milliseconds(static_cast<std::int64_t>(a.deadline_s * 1000));
  run_options.growth_bytes_max = a.growth_mib << 20;
  auto report = run(run_options);
  if (!report) {
    cli::complain(cli::to_text(report.error()));
    return cli::exit_usage;
  }
  report->repeat = repeat_command(a);
  cli::print(run_options.client.json ? to_json(*report) : to_text(*report));
  if (!a.junit.empty()) {
    std::ofstream file(a.junit);
    if (!(file << to_junit(*report)).flush())
      return cli::usage_error("--junit: " + a.junit + " cannot be written");
  }
  return report->findings.empty() ? cli::exit_ok : cli::exit_failed;
}

void add_traffic_options(CLI::App& command, Arguments& a) {
  command.add_option("--seed", a.seed, "Of all traffic; without it a new one");
  command.add_option("--time", a.time_s, "Seconds of traffic")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--rate", a.run.rate, "Requests a second; 0 for as many as can be")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--connections", a.run.connections, "At one time")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  command.add_option("--conversations", a.run.conversations, "No more than so many");
  command
      .add_option("--only", a.run.only, "The conversations of these numbers, as a finding names")
      ->delimiter(',');
  CLI::Option* const apis =
      command.add_option("--apis", a.apis, "Only these, with commas between: Produce,Fetch")
          ->delimiter(',');
  command
      .add_flag("--all-apis", a.all_apis,
                "Also those that delete, change settings or speak for brokers, on any topic")
      ->excludes(apis);
  command
      .add_option("--topic-prefix", a.run.limits.topic_prefix,
                  "Of the topics that are made, and deleted in the end")
      ->capture_default_str();
}

void add_watch_options(CLI::App& command, Arguments& a) {
  command.add_option("--deadline", a.deadline_s, "Seconds for an answer or a close")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--pid", a.run.process,
                     "The broker's process on this machine: watch its memory");
  command.add_option("--memory-limit", a.growth_mib, "MiB by which the resident memory may grow")
      ->capture_default_str();
  command.add_option("--junit", a.junit, "Write the verdicts to this file, as JUnit's XML");
}

}  // namespace

void add_fuzz_command(CLI::App& app, cli::Action& action) {
  CLI::App* fuzz_command = app.add_subcommand("fuzz", "Hostile traffic for any broker");
  fuzz_command->require_subcommand(1);
  CLI::App* command =
      fuzz_command->add_subcommand("wire", "Valid, almost valid and hostile requests, from a seed");
  command->footer(wire_details);
  const auto arguments = std::make_shared<Arguments>();
  arguments->run.limits.topic_prefix = "gregor-fuzz-";
  cli::add_client_options(*command, arguments->run.client);
  add_traffic_options(*command, *arguments);
  add_watch_options(*command, *arguments);
  command->callback([&action, arguments] { action = [arguments] { return fuzz(*arguments); }; });
}

}  // namespace gregor::fuzz::wire
