// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Of the names of settings the one that somebody may have meant who wrote another.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "model/settings.h"

namespace gregor::model {

// Letters to insert, delete or exchange; what differs by more was not meant.
constexpr std::size_t slips_max = 8;

// The key of the table that resembles `name` most; nullopt if none comes near: by `slips_max`, and
// by half of its letters.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const SettingDefinition> among);

}  // namespace gregor::model
