// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Lists of brokers, to and from the numbers that messages carry.
#pragma once

#include <cstdint>
#include <vector>

#include "model/ids.h"

namespace gregor::broker {

inline std::vector<std::int32_t> numbers(const std::vector<model::BrokerId>& ids) {
  std::vector<std::int32_t> values;
  values.reserve(ids.size());
  for (const model::BrokerId id : ids) values.push_back(id.value());
  return values;
}

inline std::vector<model::BrokerId> broker_ids(const std::vector<std::int32_t>& values) {
  std::vector<model::BrokerId> ids;
  ids.reserve(values.size());
  for (const std::int32_t value : values) ids.emplace_back(value);
  return ids;
}

}  // namespace gregor::broker
