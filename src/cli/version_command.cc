// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor version`: what this program is.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace gregor::cli {
namespace {

constexpr const char* version = GREGOR_VERSION;
// Whose protocol versions, settings and file formats these are.
constexpr const char* kafka_version = "4.1";

#if defined(__clang__)
constexpr const char* compiler = "clang " __clang_version__;
#else
constexpr const char* compiler = "gcc " __VERSION__;
#endif

int print_version(bool json) {
  if (json) {
    const nlohmann::ordered_json document = {{"_command", "version"},
                                             {"_version", 1},
                                             {"gregor", version},
                                             {"kafka", kafka_version},
                                             {"compiler", compiler}};
    std::printf("%s\n", document.dump(2).c_str());
  } else {
    std::printf("gregor %s (speaks Kafka %s), built with %s\n", version, kafka_version, compiler);
  }
  return exit_ok;
}

}  // namespace

void add_version_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("version", "Print which Gregor this is");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "As a JSON document");
  command->callback([&action, json] { action = [json] { return print_version(*json); }; });
}

}  // namespace gregor::cli
