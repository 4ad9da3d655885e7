// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/placement.h"

#include <map>
#include <set>

#include "base/assert.h"
#include "base/ranges.h"

namespace gregor::controller {

using Replicas = std::vector<std::vector<model::BrokerId>>;

namespace {

// Partition by partition: first replicas go round the brokers, and how far followers are from them
// grows with each round. `place` fills in one partition's replicas.
template <class Place>
Replicas go_round(std::uint64_t brokers, std::uint32_t partitions, PlacementStart start,
                  const Place& place) {
  std::uint64_t shift = start.shift;
  Replicas out(partitions);
  for (std::uint32_t at = 0; at < partitions; ++at) {
    const std::uint64_t partition = std::uint64_t{start.first_partition} + at;
    if (partition > 0 && partition % brokers == 0) ++shift;
    place(out[at], (partition + start.broker) % brokers, shift);
  }
  return out;
}

// One of each rack in turn, racks by name and brokers by id.
std::vector<RackedBroker> alternating(std::span<const RackedBroker> brokers) {
  std::map<std::string, std::vector<RackedBroker>> by_rack;
  for (const RackedBroker& broker : brokers) by_rack[broker.rack].push_back(broker);
  std::vector<RackedBroker> out;
  for (std::size_t round = 0; out.size() < brokers.size(); ++round)
    for (const auto& [rack, members] : by_rack)
      if (round < members.size()) out.push_back(members[round]);
  return out;
}

}  // namespace

Replicas place_replicas(std::span<const model::BrokerId> brokers, std::uint32_t partitions,
                        std::uint32_t replication, PlacementStart start) {
  ASSERT(replication >= 1);
  ASSERT(replication <= brokers.size());
  const std::uint64_t count = brokers.size();
  return go_round(
      count, partitions, start,
      [&](std::vector<model::BrokerId>& out, std::uint64_t first, std::uint64_t shift) {
        out.push_back(brokers[first]);
        for (std::uint32_t follower = 0; follower + 1 < replication; ++follower)
          out.push_back(brokers[(first + 1 + (shift + follower) % (count - 1)) % count]);
      });
}

Replicas place_replicas(std::span<const RackedBroker> brokers, std::uint32_t partitions,
                        std::uint32_t replication, PlacementStart start) {
  ASSERT(replication >= 1);
  ASSERT(replication <= brokers.size());
  const std::vector<RackedBroker> order = alternating(brokers);
  std::set<std::string> racks;
  for (const RackedBroker& broker : order) racks.insert(broker.rack);
  const std::uint64_t count = order.size();
  const auto place = [&](std::vector<model::BrokerId>& out, std::uint64_t first,
                         std::uint64_t shift) {
    out.push_back(order[first].id);
    std::set<std::string> used{order[first].rack};
    for (std::uint64_t step = 0; out.size() < replication; ++step) {
      const std::uint64_t distance = 1 + (shift * racks.size() + step) % (count - 1);
      const RackedBroker& next = order[(first + distance) % count];
      const bool fresh_rack = !used.contains(next.rack) || used.size() == racks.size();
      if (!fresh_rack || base::contains(out, next.id)) continue;
      out.push_back(next.id);
      used.insert(next.rack);
    }
  };
  return go_round(count, partitions, start, place);
}

}  // namespace gregor::controller
