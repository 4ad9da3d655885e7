// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/placement.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace gregor::controller {
namespace {

using Replicas = std::vector<model::BrokerId>;

Replicas on_brokers(std::initializer_list<int> ids) {
  Replicas out;
  for (const int id : ids) out.emplace_back(id);
  return out;
}

// The example by which Kafka explains its placement: ten partitions on five brokers.
TEST(Placement, FollowersShiftByOneEachRound) {
  EXPECT_EQ(
      place_replicas(on_brokers({0, 1, 2, 3, 4}), 10, 3, {}),
      (std::vector<Replicas>{on_brokers({0, 1, 2}), on_brokers({1, 2, 3}), on_brokers({2, 3, 4}),
                             on_brokers({3, 4, 0}), on_brokers({4, 0, 1}), on_brokers({0, 2, 3}),
                             on_brokers({1, 3, 4}), on_brokers({2, 4, 0}), on_brokers({3, 0, 1}),
                             on_brokers({4, 1, 2})}));
}

TEST(Placement, MorePartitionsGoOnWhereTheFirstEnded) {
  const auto all = place_replicas(on_brokers({3, 5, 9}), 7, 2, {.broker = 1, .shift = 1});
  const auto later = place_replicas(on_brokers({3, 5, 9}), 4, 2,
                                    {.broker = 1, .shift = 1 + 1, .first_partition = 3 + 1});
  EXPECT_EQ(later[0], all[4]);
  EXPECT_EQ(later[1], all[5]);
}

// The example by which Kafka explains its placement over racks: six brokers in three racks.
TEST(Placement, TakesRacksInTurn) {
  const std::vector<RackedBroker> six = {
      {model::BrokerId(0), "rack1"}, {model::BrokerId(1), "rack3"}, {model::BrokerId(2), "rack3"},
      {model::BrokerId(3), "rack2"}, {model::BrokerId(4), "rack2"}, {model::BrokerId(5), "rack1"}};
  const auto placed = place_replicas(six, 7, 3, {});
  EXPECT_EQ(placed, (std::vector<Replicas>{on_brokers({0, 3, 1}), on_brokers({3, 1, 5}),
                                           on_brokers({1, 5, 4}), on_brokers({5, 4, 2}),
                                           on_brokers({4, 2, 0}), on_brokers({2, 0, 3}),
                                           on_brokers({0, 4, 2})}));
}

// No rack has two replicas of a partition while another has none.
RC_GTEST_PROP(Placement, SpreadsOverRacks, (std::uint32_t broker, std::uint32_t shift)) {
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 10);
  const auto replication = *rc::gen::inRange<std::uint32_t>(1, count + 1);
  std::vector<RackedBroker> racked;
  std::map<model::BrokerId, std::string> rack_of;
  for (std::uint32_t id = 0; id < count; ++id) {
    const std::string rack(1, static_cast<char>('a' + *rc::gen::inRange(0, 4)));
    racked.push_back({model::BrokerId(static_cast<std::int32_t>(id)), rack});
    rack_of.emplace(racked.back().id, rack);
  }
  std::set<std::string> racks;
  for (const auto& [id, rack] : rack_of) racks.insert(rack);
  const auto placed =
      place_replicas(racked, 3 * count, replication, {.broker = broker, .shift = shift % 1'000});
  for (const Replicas& replicas : placed) {
    RC_ASSERT(replicas.size() == replication);
    RC_ASSERT(std::set(replicas.begin(), replicas.end()).size() == replication);
    std::set<std::string> used;
    for (const model::BrokerId id : replicas) used.insert(rack_of.at(id));
    RC_ASSERT(used.size() == std::min<std::size_t>(replication, racks.size()));
  }
}

RC_GTEST_PROP(Placement, IsFair, (std::uint32_t broker, std::uint32_t shift)) {
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 12);
  const auto replication = *rc::gen::inRange<std::uint32_t>(1, count + 1);
  const auto partitions = *rc::gen::inRange<std::uint32_t>(1, 60);
  Replicas ids;
  for (std::uint32_t id = 0; id < count; ++id) ids.emplace_back(static_cast<std::int32_t>(id * 3));
  const auto placed = place_replicas(ids, partitions, replication,
                                     {.broker = broker, .shift = shift, .first_partition = 0});
  RC_ASSERT(placed.size() == partitions);
  std::map<model::BrokerId, std::uint32_t> leaders;
  for (const Replicas& replicas : placed) {
    RC_ASSERT(replicas.size() == replication);
    RC_ASSERT(std::set(replicas.begin(), replicas.end()).size() == replication);
    for (const model::BrokerId id : replicas) RC_ASSERT(std::ranges::count(ids, id) == 1);
    ++leaders[replicas.front()];
  }
  for (const auto& [id, led] : leaders) {
    RC_ASSERT(led >= partitions / count);
    RC_ASSERT(led <= partitions / count + 1);
  }
}

}  // namespace
}  // namespace gregor::controller
