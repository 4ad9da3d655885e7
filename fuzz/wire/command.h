// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor fuzz`: hostile traffic for any broker.
#pragma once

#include "cli/command.h"

namespace gregor::fuzz::wire {

void add_fuzz_command(CLI::App& app, cli::Action& action);

}  // namespace gregor::fuzz::wire
