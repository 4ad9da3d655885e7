// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <tuple>

#include "group/assignor.h"

namespace gregor::group {

Targets assign_ranges(const std::vector<Subscriber>& members, const PartitionCounts& counts) {
  std::vector<const Subscriber*> order;
  order.reserve(members.size());
  for (const Subscriber& one : members) order.push_back(&one);
  std::ranges::sort(order, {}, [](const Subscriber* one) {
    return std::tuple(!one->instance_id, one->instance_id.value_or(one->id), one->id);
  });

  Targets out;
  for (const Subscriber& one : members) out[one.id];
  for (const auto& [topic, count] : counts) {
    std::vector<const Subscriber*> takers;
    std::ranges::copy_if(order, std::back_inserter(takers), [&](const Subscriber* one) {
      return std::ranges::binary_search(one->topics, topic);
    });
    const auto shares = static_cast<std::int32_t>(takers.size());
    std::int32_t next = 0;
    for (std::int32_t at = 0; at < shares; ++at) {
      const std::int32_t share = count / shares + (at < count % shares ? 1 : 0);
      Partitions& target = out[takers[static_cast<std::size_t>(at)]->id];
      for (const std::int32_t end = next + share; next < end; ++next)
        target.push_back({topic, next});  // topics come in ascending order
    }
  }
  return out;
}

Assignor find_assignor(std::string_view name) {
  if (name == "uniform") return assign_uniformly;
  if (name == "range") return assign_ranges;
  return nullptr;
}

}  // namespace gregor::group
