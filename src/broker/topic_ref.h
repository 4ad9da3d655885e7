// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How requests name topics: older versions by name, newer ones by id.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "model/uuid.h"

namespace gregor::broker {

using TopicRef = std::variant<std::string, model::TopicId>;

// All partitions that one request names of a topic share its name.
using TopicRefPtr = std::shared_ptr<const TopicRef>;

inline bool is_by_id(const TopicRef& topic) { return topic.index() == 1; }

}  // namespace gregor::broker
