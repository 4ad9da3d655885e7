// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/log_sink.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace gregor::server {
namespace {

spdlog::level::level_enum level_of(broker::Severity severity) {
  switch (severity) {
    case broker::Severity::debug:
      return spdlog::level::debug;
    case broker::Severity::info:
      return spdlog::level::info;
    case broker::Severity::warning:
      return spdlog::level::warn;
    case broker::Severity::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f;
}

}  // namespace

LogSink standard_error_sink(broker::Severity least) {
  auto logger = std::make_shared<spdlog::logger>(
      "gregor", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("[%Y-%m-%d %H:%M:%S,%e] %^%l%$ %v");
  logger->set_level(spdlog::level::trace);
  LogSink sink = [logger = std::move(logger)](broker::Severity severity, std::string_view text) {
    if (std::ranges::any_of(text, is_control))
      logger->log(level_of(severity), printable(text));
    else
      logger->log(level_of(severity), text);
  };
  sink.set_least(least);
  return sink;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c))
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace gregor::server
