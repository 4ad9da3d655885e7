// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor jepsen`: the command that runs tests of clusters.
#pragma once

#include "cli/command.h"

namespace gregor::jepsen {

// Exit codes, Jepsen's: 0 valid, 1 invalid, 2 unknown.
inline constexpr int exit_usage = 254;
inline constexpr int exit_crash = 255;  // there is no verdict

void add_jepsen_command(CLI::App& app, cli::Action& action);

}  // namespace gregor::jepsen
