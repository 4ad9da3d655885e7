// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How much the program tells its operator, in Kafka's levels. Errors are told at every level.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/effects.h"

namespace gregor::broker {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, fatal };

std::string_view name_of(LogLevel level);
// By the name in capitals; nullopt: there is no such level.
std::optional<LogLevel> log_level_of(std::string_view name);
std::string all_log_levels();  // for explanations

// What is still told at this level, and the level at which this and more is told.
Severity least_told(LogLevel level);
LogLevel level_that_tells(Severity least);

}  // namespace gregor::broker
