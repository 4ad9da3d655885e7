// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of a shard between two steps, and of a partition after each change: the shortest
// true description of both. Checked always; a broken one aborts with its name.
#pragma once

#include <string_view>

namespace gregor::broker {

class Partition;
struct ShardState;

struct PartitionInvariant {
  std::string_view name;
  bool (*holds)(const Partition& partition);
};
struct ShardInvariant {
  std::string_view name;
  bool (*holds)(const ShardState& shard);
};

void check_invariants(const Partition& partition);
void check_invariants(const ShardState& shard);

}  // namespace gregor::broker
