// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which nodes no longer hear which others in each kind of partition of the network. Clients reach
// every node all the time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "jepsen/runner/recipe.h"

namespace gregor::jepsen {

enum class PartitionKind : std::uint8_t {
  isolate,  // the victims hear nobody, and nobody hears them
  oneway,   // the victims hear nobody, or nobody hears them: one of the two
  unzoo,    // the victims and the ZooKeeper servers do not hear each other
  halves,   // all nodes in two halves that do not hear each other
  bridge,   // the same of the brokers, but one broker hears both halves
  ring,     // each broker hears a majority of them, no two the same one
};

using Nodes = std::vector<std::size_t>;
// (from, to): `to` does not hear `from`. Each pair once.
using Cuts = std::vector<std::pair<std::size_t, std::size_t>>;

Cuts plan_partition(PartitionKind kind, const std::vector<NodeSpec>& nodes, const Nodes& victims,
                    base::Prng& prng);

}  // namespace gregor::jepsen
