// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Tests as text: a folder of files, each named after what it claims, each a list of blocks
//
//   # a comment, kept as it is
//   command word word
//   another command
//   ----
//   what came out, line by line
//
// Blocks are separated by an empty line; where one has several commands, the transcript repeats
// each behind "> ". One file is one scenario with fresh state. A transcript that differs fails the
// test; with GREGOR_REWRITE=1 in the environment it is written into the file instead, and the
// difference is reviewed like code.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gregor::scenarios {

// One line of a block, split at spaces. Output lines end in "\n".
using Command = std::function<std::string(const std::vector<std::string>& words)>;

// Makes a fresh world for each file of the folder (relative to the working directory of the test)
// and runs it.
void for_each_scenario(const std::string& folder, const std::function<Command()>& make_world);

// The whole of a file; the test fails when there is none.
std::string read_file(const std::string& path);

std::vector<std::string> split(std::string_view text, char separator);

}  // namespace gregor::scenarios
