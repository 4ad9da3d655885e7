// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/partition_plan.h"

#include <numeric>
#include <utility>

#include "base/ranges.h"

namespace gregor::jepsen {
namespace {

Nodes of_role(const std::vector<NodeSpec>& nodes, Role role) {
  Nodes result;
  for (std::size_t at = 0; at < nodes.size(); ++at)
    if (nodes[at].role == role) result.push_back(at);
  return result;
}

Nodes all(const std::vector<NodeSpec>& nodes) {
  Nodes result(nodes.size());
  std::iota(result.begin(), result.end(), std::size_t{0});
  return result;
}

void shuffle(Nodes& nodes, base::Prng& prng) {
  for (std::size_t i = nodes.size(); i > 1; --i) std::swap(nodes[i - 1], nodes[prng.below(i)]);
}

// Nobody of `to` hears anybody of `from`.
void cut(const Nodes& from, const Nodes& to, Cuts& cuts) {
  for (const std::size_t a : from)
    for (const std::size_t b : to) cuts.emplace_back(a, b);
}

void cut_both_ways(const Nodes& a, const Nodes& b, Cuts& cuts) {
  cut(a, b, cuts);
  cut(b, a, cuts);
}

// The nodes from `first` on in two halves, the smaller one first.
Cuts halves_of(const Nodes& nodes, std::size_t first) {
  const auto begin = nodes.begin() + static_cast<std::ptrdiff_t>(first);
  const auto middle = begin + (nodes.end() - begin) / 2;
  Cuts cuts;
  cut_both_ways({begin, middle}, {middle, nodes.end()}, cuts);
  return cuts;
}

// On a ring, each hears itself and its nearest neighbours, as many as make a majority.
Cuts ring_of(const Nodes& nodes) {
  const std::size_t count = nodes.size(), majority = count / 2 + 1;
  Cuts cuts;
  for (std::size_t at = 0; at < count; ++at)
    for (std::size_t beyond = majority; beyond < count; ++beyond)
      cuts.emplace_back(nodes[(at + count - majority / 2 + beyond) % count], nodes[at]);
  return cuts;
}

}  // namespace

Cuts plan_partition(PartitionKind kind, const std::vector<NodeSpec>& nodes, const Nodes& victims,
                    base::Prng& prng) {
  Nodes others = all(nodes);
  std::erase_if(others, [&](std::size_t node) { return base::contains(victims, node); });
  Nodes mixed = kind == PartitionKind::halves ? all(nodes) : of_role(nodes, Role::broker);
  shuffle(mixed, prng);
  Cuts cuts;
  switch (kind) {
    case PartitionKind::isolate:
      cut_both_ways(victims, others, cuts);
      return cuts;
    case PartitionKind::oneway:
      if (prng.chance(1, 2))
        cut(victims, others, cuts);
      else
        cut(others, victims, cuts);
      return cuts;
    case PartitionKind::unzoo: {
      Nodes servers = of_role(nodes, Role::zookeeper);
      std::erase_if(servers, [&](std::size_t node) { return base::contains(victims, node); });
      cut_both_ways(victims, servers, cuts);
      return cuts;
    }
    case PartitionKind::halves:
      return halves_of(mixed, 0);
    case PartitionKind::bridge:
      return halves_of(mixed, 1);
    case PartitionKind::ring:
      return ring_of(mixed);
  }
  return cuts;
}

}  // namespace gregor::jepsen
