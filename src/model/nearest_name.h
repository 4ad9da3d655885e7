// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Of the names of settings the one that somebody may have meant who wrote another.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "model/settings.h"

namespace gregor::model {

// The key of the table that resembles `name` most; nullopt if none comes near.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const SettingDefinition> among);

}  // namespace gregor::model
