// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Completion of command lines, made from the commands as they are declared.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace gregor::cli {

// A script for that shell: bash, zsh or fish.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace gregor::cli
