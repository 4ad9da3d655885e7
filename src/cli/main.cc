// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The `gregor` program.
#include "cli/command.h"
#include "fuzz/wire/command.h"
#include "jepsen/runner/command.h"

int main(int argc, char** argv) {
  const gregor::cli::MoreCommand more[] = {
      {gregor::jepsen::add_jepsen_command, "jepsen", gregor::jepsen::exit_usage},
      {gregor::fuzz::wire::add_fuzz_command, "fuzz", gregor::cli::exit_usage}};
  return gregor::cli::run(argc, argv, more);
}
