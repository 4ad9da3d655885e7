// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor check`: the verdict of the Jepsen-style checkers on a history.
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/answer.h"
#include "cli/command.h"
#include "jepsen/checkers/check.h"
#include "jepsen/checkers/text_history.h"

namespace gregor::cli {
namespace {

constexpr const char* check_details =
    "Examples:\n"
    "  gregor check history.jsonl              valid, invalid or unknown, and why\n"
    "  gregor check history.edn --json         as one JSON document; EDN of jepsen.tests.kafka\n"
    "  gregor check --level strict - < history.jsonl\n"
    "\n"
    "Exit codes: 0 valid, 1 invalid, 2 unknown, or a history that cannot be read.";

constexpr int exit_unreadable = 2;

struct CheckArguments {
  std::string file;
  std::string level = "kafka";
  bool json = false;
  bool no_idempotence = false;
  bool read_uncommitted = false;
  bool no_final_polls = false;
  bool stale_ends = false;
};

int check_history(const CheckArguments& arguments) {
  std::ifstream file;
  if (arguments.file != "-") {
    file.open(arguments.file, std::ios::binary);
    if (!file) {
      complain(arguments.file + " cannot be opened");
      return exit_unreadable;
    }
  }
  const auto history = jepsen::read_history(arguments.file == "-" ? std::cin : file);
  if (!history) {
    complain(arguments.file + ", line " + std::to_string(history.error().line) + ": " +
             history.error().what);
    return exit_unreadable;
  }
  const jepsen::CheckOptions options{
      .level = arguments.level == "strict" ? jepsen::Level::strict : jepsen::Level::kafka,
      .idempotence = !arguments.no_idempotence,
      .read_committed = !arguments.read_uncommitted,
      .fresh_ends = !arguments.stale_ends,
      .final_polls = !arguments.no_final_polls};
  const jepsen::Report report = jepsen::check(*history, options);
  print(arguments.json ? jepsen::to_json(report, *history) : jepsen::to_text(report, *history));
  return jepsen::exit_code(report.verdict);
}

}  // namespace

void add_check_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("check", "Judge a history of operations");
  command->footer(check_details);
  const auto arguments = std::make_shared<CheckArguments>();
  command->add_option("HISTORY", arguments->file, "JSON or EDN, one operation a line; - is stdin")
      ->required();
  command->add_option("--level", arguments->level, "kafka: what Kafka promises; strict: everything")
      ->check(CLI::IsMember({"kafka", "strict"}));
  command->add_flag("--json", arguments->json, "As a JSON document");
  command->add_flag("--no-idempotence", arguments->no_idempotence, "Duplicates are allowed");
  command->add_flag("--read-uncommitted", arguments->read_uncommitted,
                    "Readers may see what is not committed");
  command->add_flag("--no-final-polls", arguments->no_final_polls,
                    "The history does not end with reads of everything");
  command->add_flag("--stale-ends", arguments->stale_ends,
                    "Leaders that were deposed may tell old ends of logs");
  command->callback(
      [&action, arguments] { action = [arguments] { return check_history(*arguments); }; });
}

}  // namespace gregor::cli
