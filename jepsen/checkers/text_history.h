// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The text of a history: one operation a line, as JSON or as the EDN of jepsen.tests.kafka; the
// format is in docs/jepsen.md. Nothing that a line says is believed before it is checked; memory is
// bounded by the length of what arrived.
#pragma once

#include <expected>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

inline constexpr std::size_t line_bytes_max = std::size_t{16} << 20U;

// What is wrong with a history, and where.
struct Malformed {
  Position line = 0;
  std::string what;
};

// A line that holds something to check, nothing for one that does not (an empty line, a note of a
// nemesis), or what is wrong with it. A line that begins with {: is EDN, any other is JSON.
std::expected<std::optional<Entry>, std::string> read_line(std::string_view line);

std::expected<History, Malformed> read_history(std::istream& in);

// "send", as it stands in a history.
std::string_view name_of(Function function);

// Without the line's end. read_line gives the entry back.
std::string to_json_line(const Entry& entry);
std::string to_edn_line(const Entry& entry);

}  // namespace gregor::jepsen
