// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The names by which the parts of a node know each other.
#pragma once

#include <cstdint>

#include "base/typed_number.h"

namespace gregor::broker {

// 0 … shards-1; shard 0 also runs the controller.
using ShardId = base::TypedId<struct ShardIdTag, std::uint32_t>;
inline constexpr ShardId controller_shard{0};

// Unique among all connections of the node since its start.
using ConnectionId = base::TypedId<struct ConnectionIdTag, std::uint64_t>;

using SyncId = base::TypedId<struct SyncIdTag, std::uint64_t>;

// A request that is being handled by a shard; unique within that shard.
using RequestId = base::TypedId<struct RequestIdTag, std::uint64_t>;

// A partition that a shard has open; never used again after it is closed.
using PartitionNumber = base::TypedId<struct PartitionNumberTag, std::uint64_t>;
inline constexpr PartitionNumber no_partition{0};

// Where a partial answer belongs: a slot of a request that waits on some shard. A request that is
// no longer there ignores what arrives for it.
struct Address {
  ShardId shard;
  RequestId request;
  std::uint32_t slot = 0;
};

}  // namespace gregor::broker
