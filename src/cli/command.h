// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The `gregor` program: each command is declared in a file of its own and says what it is to do.
// Rules for all of them: data on standard output, everything else on standard error; no colour
// unless a terminal reads; JSON documents carry `_command` and `_version`.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace gregor::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  // the command, or one of its items
inline constexpr int exit_usage = 2;   // the command line makes no sense

// What the command line asks for; set while it is parsed, called afterwards.
using Action = std::function<int()>;

void add_server_command(CLI::App& app, Action& action);
void add_log_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);
void add_topics_command(CLI::App& app, Action& action);
void add_produce_command(CLI::App& app, Action& action);
void add_consume_command(CLI::App& app, Action& action);
void add_groups_command(CLI::App& app, Action& action);
void add_configs_command(CLI::App& app, Action& action);
void add_cluster_command(CLI::App& app, Action& action);
void add_records_command(CLI::App& app, Action& action);
void add_reassign_command(CLI::App& app, Action& action);
void add_elect_command(CLI::App& app, Action& action);
void add_check_command(CLI::App& app, Action& action);
void add_sim_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);

// Every command; `app` and `action` must outlive the parsing.
void add_commands(CLI::App& app, Action& action);

// A command of another library, which the program's main brings along.
struct MoreCommand {
  void (*add)(CLI::App& app, Action& action);
  std::string_view name;
  int exit_usage;  // its exit code for a command line that makes no sense
};

// The whole program: parses, runs, answers with the exit code.
int run(int argc, const char* const* argv, std::span<const MoreCommand> more = {});

// "gregor: " and the text on standard error, as one line.
void complain(const std::string& text);

}  // namespace gregor::cli
