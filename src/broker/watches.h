// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Fetches that wait for a partition of this shard to have more to read. Each watch fires once.
// Bounded by the requests in progress: a request that is answered cancels its watches.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "broker/identity.h"
#include "broker/tasks.h"

namespace gregor::broker {

struct Watch {
  Address address;
  FetchTask task;
};

class Watches {
 public:
  void add(PartitionNumber partition, const Watch& watch);
  // All of one request, which need not have any.
  void cancel(ShardId shard, RequestId request);
  // Removes those of a partition and returns them in the order of their requests.
  std::vector<Watch> take(PartitionNumber partition);

  [[nodiscard]] std::size_t size() const { return by_partition_.size(); }
  [[nodiscard]] bool is_consistent() const { return by_partition_.size() == by_request_.size(); }

 private:
  using Owner = std::tuple<ShardId, RequestId, std::uint32_t>;
  std::map<std::pair<PartitionNumber, Owner>, FetchTask> by_partition_;
  std::set<std::pair<Owner, PartitionNumber>> by_request_;
};

}  // namespace gregor::broker
