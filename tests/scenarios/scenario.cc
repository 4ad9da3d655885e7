// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gregor::scenarios {

namespace {

constexpr std::string_view divider = "----";

bool is_comment(const std::string& line) { return line.starts_with('#'); }

// What comes between two empty lines.
struct Block {
  std::vector<std::string> lines;  // commands and comments
};

std::string transcript_of(const Block& block, const Command& world) {
  const auto commands =
      std::ranges::count_if(block.lines, [](const std::string& line) { return !is_comment(line); });
  std::string head, output;
  for (const std::string& line : block.lines) {
    head += line + '\n';
    if (is_comment(line)) continue;
    if (commands > 1) output += "> " + line + '\n';
    output += world(split(line, ' '));
  }
  return commands == 0 ? head : head + std::string(divider) + '\n' + output;
}

// The file again, with the transcript that the world gives.
std::string run(const std::string& text, const Command& world) {
  std::string out;
  Block block;
  bool in_transcript = false;
  const auto finish = [&] {
    if (!block.lines.empty()) out += (out.empty() ? "" : "\n") + transcript_of(block, world);
    block = {};
    in_transcript = false;
  };
  for (const std::string& line : split(text, '\n')) {
    if (line.empty())
      finish();
    else if (line == divider)
      in_transcript = true;
    else if (!in_transcript)
      block.lines.push_back(line);
  }
  finish();
  return out;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void for_each_scenario(const std::string& folder, const std::function<Command()>& make_world) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  std::ranges::sort(paths);
  ASSERT_FALSE(paths.empty()) << folder;
  const bool rewrite = std::getenv("GREGOR_REWRITE") != nullptr;
  for (const std::string& path : paths) {
    SCOPED_TRACE(path);
    const std::string expected = read_file(path);
    const std::string actual = run(expected, make_world());
    if (rewrite) {
      if (actual != expected) std::ofstream(path, std::ios::binary) << actual;
    } else {
      EXPECT_EQ(actual, expected);
    }
  }
}

}  // namespace gregor::scenarios
