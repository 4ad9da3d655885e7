// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>

#include "server/log_sink.h"

namespace gregor::cli {
namespace {

constexpr const char* about =
    "Gregor is a broker that Kafka clients cannot tell from Apache Kafka.";

constexpr const char* program_details =
    "Examples:\n"
    "  gregor server                          a broker on 127.0.0.1:9092, data in ./gregor-data\n"
    "  gregor server server.properties        as Kafka's kafka-server-start\n"
    "  gregor server --set listeners=PLAINTEXT://127.0.0.1:0 --set log.dirs=/tmp/x\n"
    "  gregor topics --create --topic numbers --partitions 3\n"
    "  seq 100 | gregor produce --topic numbers\n"
    "  gregor consume --topic numbers --from-beginning --exit -f '%p/%o %s\\n'\n"
    "  gregor groups --describe --all-groups  who reads what, and how far behind\n"
    "  gregor log verify gregor-data          are the files sound?\n"
    "  gregor check history.jsonl             did a cluster keep its promises?\n"
    "  gregor jepsen --nemesis kill           test one under faults\n"
    "  gregor fuzz wire --time 20             hostile traffic for any broker\n"
    "  gregor version --json\n"
    "  gregor server --help                   more about one command\n"
    "\n"
    "Exit codes: 0 ok, 1 failed, 2 usage.";

}  // namespace

void complain(const std::string& text) {
  std::fprintf(stderr, "gregor: %s\n", server::printable(text).c_str());
}

void add_commands(CLI::App& app, Action& action) {
  add_server_command(app, action);
  add_topics_command(app, action);
  add_produce_command(app, action);
  add_consume_command(app, action);
  add_groups_command(app, action);
  add_configs_command(app, action);
  add_records_command(app, action);
  add_reassign_command(app, action);
  add_elect_command(app, action);
  add_cluster_command(app, action);
  add_log_command(app, action);
  add_check_command(app, action);
  add_sim_command(app, action);
  add_completion_command(app, action);
  add_version_command(app, action);
}

int run(int argc, const char* const* argv, std::span<const MoreCommand> more) {
  CLI::App app(about, "gregor");
  app.footer(program_details);
  app.require_subcommand(1);
  Action action;
  for (const MoreCommand& command : more) command.add(app, action);
  add_commands(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help that was asked for is data; what was wrong is a diagnostic.
    if (app.exit(error) == exit_ok) return exit_ok;
    const auto one = std::ranges::find_if(more, [&](const MoreCommand& command) {
      return app.got_subcommand(std::string(command.name));
    });
    return one == more.end() ? exit_usage : one->exit_usage;
  }
  return action();
}

}  // namespace gregor::cli
