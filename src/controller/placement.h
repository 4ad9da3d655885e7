// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which brokers get which replicas of new partitions: Kafka's round robin. First replicas go around
// the brokers; the others follow at a distance that grows by one with each round, so that the
// followers of one broker's leaders are spread over all others. Where all brokers name their racks,
// they are taken from one rack after the other, and no rack gets a second replica of a partition
// before each has one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/ids.h"

namespace gregor::controller {

struct PlacementStart {
  std::uint32_t broker = 0;           // which broker, in order of ids, would lead partition 0
  std::uint32_t shift = 0;            // distance of the first follower in the first round
  std::uint32_t first_partition = 0;  // partitions before it exist already
};

// One list for each of `partitions` new ones. `brokers` is sorted and has at least `replication`
// members, replication at least 1.
std::vector<std::vector<model::BrokerId>> place_replicas(std::span<const model::BrokerId> brokers,
                                                         std::uint32_t partitions,
                                                         std::uint32_t replication,
                                                         PlacementStart start);

struct RackedBroker {
  model::BrokerId id;
  std::string rack;
};
std::vector<std::vector<model::BrokerId>> place_replicas(std::span<const RackedBroker> brokers,
                                                         std::uint32_t partitions,
                                                         std::uint32_t replication,
                                                         PlacementStart start);

}  // namespace gregor::controller
