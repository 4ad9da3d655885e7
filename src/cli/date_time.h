// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Times as Kafka's tools write them: ISO 8601 durations, and dates with a time of the day.
#pragma once

#include <chrono>
#include <string_view>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

// "P1DT2H3M4.5S": days, hours, minutes, seconds; each may be missing, but not all.
model::Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// "2026-03-01T12:30:00.000", then "Z", "+01:00" or "+0100" or nothing: that is UTC. The seconds and
// their fraction may be missing.
model::Result<model::Timestamp> parse_date_time(std::string_view text);

}  // namespace gregor::cli
