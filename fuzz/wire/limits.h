// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What may be sent to a broker that others use, too: only APIs that destroy nothing, and no topic
// but those with a prefix. Every frame is held against this, the damaged ones included: a changed
// byte must not turn one request into another.
#pragma once

#include <set>
#include <span>
#include <string>

#include "fuzz/wire/served.h"

namespace gregor::fuzz::wire {

// Names of APIs that are sent unless others are asked for: none of them deletes, changes settings
// or speaks for a broker.
std::span<const std::string_view> safe_apis();

struct Limits {
  std::set<model::ApiKey> apis;
  std::string topic_prefix;
  // The broker is nobody else's: any API, any topic, any count.
  bool anything = false;
};

inline constexpr std::int64_t partitions_max = 16;  // of all topics in one request

// Whether each frame of this stream may be sent to a broker that serves these APIs.
bool permitted(const Limits& limits, const Served& served, base::BytesView stream);

}  // namespace gregor::fuzz::wire
