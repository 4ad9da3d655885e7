// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/log_level.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace gregor::broker {

namespace {

constexpr std::array<std::string_view, 6> level_names = {"TRACE", "DEBUG", "INFO",
                                                         "WARN",  "ERROR", "FATAL"};

}  // namespace

std::string all_log_levels() { return fmt::format("{}", fmt::join(level_names, ", ")); }

std::string_view name_of(LogLevel level) { return level_names.at(static_cast<std::size_t>(level)); }

std::optional<LogLevel> log_level_of(std::string_view name) {
  const auto found = std::ranges::find(level_names, name);
  if (found == level_names.end()) return std::nullopt;
  return static_cast<LogLevel>(found - level_names.begin());
}

Severity least_told(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
    case LogLevel::debug:
      return Severity::debug;
    case LogLevel::info:
      return Severity::info;
    case LogLevel::warn:
      return Severity::warning;
    case LogLevel::error:
    case LogLevel::fatal:
      break;
  }
  return Severity::error;
}

LogLevel level_that_tells(Severity least) {
  switch (least) {
    case Severity::debug:
      return LogLevel::debug;
    case Severity::info:
      return LogLevel::info;
    case Severity::warning:
      return LogLevel::warn;
    case Severity::error:
      break;
  }
  return LogLevel::error;
}

}  // namespace gregor::broker
