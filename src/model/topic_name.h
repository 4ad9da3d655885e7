// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which names a topic may have: those of folders and metrics, 1 to 249 of a-z A-Z 0-9 . _ -
#pragma once

#include <string_view>

#include "model/result.h"

namespace gregor::model {

inline constexpr std::size_t topic_name_length_max = 249;

// invalid_topic_exception, in Kafka's words.
[[nodiscard]] Result<> check_topic_name(std::string_view name);

}  // namespace gregor::model
