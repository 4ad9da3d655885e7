// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the rows of the table of settings are written with. A row reads:
//   {name, type, default, constraint, update mode, effect, documentation[, standing[, broker key]]}
#pragma once

#include <array>
#include <string_view>

#include "model/settings.h"

namespace gregor::model::settings_rows {

using enum SettingType;
using enum UpdateMode;
using enum Effect;
using enum Standing;

inline constexpr std::nullopt_t none = std::nullopt;

using Words = std::span<const std::string_view>;
inline constexpr Constraint anything{};
inline constexpr Constraint gzip_level{.kind = Constraint::Kind::gzip_level};
inline constexpr Constraint not_empty{.kind = Constraint::Kind::not_empty};
inline constexpr Constraint throttled_replicas{.kind = Constraint::Kind::throttled_replicas};

constexpr Constraint at_least(double low) { return {.kind = Constraint::Kind::range, .low = low}; }
constexpr Constraint between(double low, double high) {
  return {.kind = Constraint::Kind::range, .low = low, .high = high};
}
constexpr Constraint one_of(Words words) {
  return {.kind = Constraint::Kind::one_of, .words = words};
}
constexpr Constraint one_of_in_any_case(Words words) {
  return {.kind = Constraint::Kind::one_of_in_any_case, .words = words};
}
constexpr Constraint each_one_of(Words words) {
  return {.kind = Constraint::Kind::each_one_of, .words = words};
}

inline constexpr std::array<std::string_view, 2> assertion_algorithms = {"ES256", "RS256"};
inline constexpr std::array<std::string_view, 2> cleanup_policies = {"compact", "delete"};
inline constexpr std::array<std::string_view, 3> client_auths = {"required", "requested", "none"};
inline constexpr std::array<std::string_view, 6> compressions = {
    "uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"};
inline constexpr std::array<std::string_view, 4> migration_policies = {"DISABLED", "DOWNGRADE",
                                                                       "UPGRADE", "BIDIRECTIONAL"};
inline constexpr std::array<std::string_view, 2> process_roles = {"broker", "controller"};
inline constexpr std::array<std::string_view, 4> rebalance_protocols = {"consumer", "classic",
                                                                        "share", "streams"};
inline constexpr std::array<std::string_view, 4> security_protocols = {
    "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
inline constexpr std::array<std::string_view, 2> timestamp_types = {"CreateTime", "LogAppendTime"};

}  // namespace gregor::model::settings_rows
