// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Differences of timestamps that come from outside, where subtraction may not fit.
#pragma once

#include <cstdint>
#include <limits>

#include "model/ids.h"

namespace gregor::log {

// to - from in milliseconds, as near to it as 64 bits allow.
constexpr std::int64_t milliseconds_between(model::Timestamp from, model::Timestamp to) {
  std::int64_t distance = 0;
  if (!__builtin_sub_overflow(to.value(), from.value(), &distance)) return distance;
  return to > from ? std::numeric_limits<std::int64_t>::max()
                   : std::numeric_limits<std::int64_t>::min();
}

}  // namespace gregor::log
