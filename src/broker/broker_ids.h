// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Lists of brokers, to and from the numbers that messages carry.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ranges.h"
#include "model/ids.h"

namespace gregor::broker {

inline std::vector<std::int32_t> numbers(const std::vector<model::BrokerId>& ids) {
  return base::mapped(ids, [](model::BrokerId id) { return id.value(); });
}

inline std::vector<model::BrokerId> broker_ids(const std::vector<std::int32_t>& values) {
  return base::mapped(values, [](std::int32_t value) { return model::BrokerId(value); });
}

}  // namespace gregor::broker
