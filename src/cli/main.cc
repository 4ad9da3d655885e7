// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The `gregor` program.
#include "cli/command.h"

int main(int argc, char** argv) { return gregor::cli::run(argc, argv); }
