// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/placement.h"

#include "base/assert.h"

namespace gregor::controller {

std::vector<std::vector<model::BrokerId>> place_replicas(std::span<const model::BrokerId> brokers,
                                                         std::uint32_t partitions,
                                                         std::uint32_t replication,
                                                         PlacementStart start) {
  ASSERT(replication >= 1);
  ASSERT(replication <= brokers.size());
  const std::uint64_t count = brokers.size();
  std::uint64_t shift = start.shift;
  std::vector<std::vector<model::BrokerId>> out(partitions);
  for (std::uint32_t at = 0; at < partitions; ++at) {
    const std::uint64_t partition = std::uint64_t{start.first_partition} + at;
    if (partition > 0 && partition % count == 0) ++shift;
    const std::uint64_t first = (partition + start.broker) % count;
    out[at].push_back(brokers[first]);
    for (std::uint32_t follower = 0; follower + 1 < replication; ++follower)
      out[at].push_back(brokers[(first + 1 + (shift + follower) % (count - 1)) % count]);
  }
  return out;
}

}  // namespace gregor::controller
