// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/watches.h"

namespace gregor::broker {

void Watches::add(PartitionNumber partition, const Watch& watch) {
  const Owner owner{watch.address.shard, watch.address.request, watch.address.slot};
  by_partition_.insert_or_assign({partition, owner}, watch.task);
  by_request_.insert({owner, partition});
}

void Watches::cancel(ShardId shard, RequestId request) {
  auto at = by_request_.lower_bound({{shard, request, 0}, PartitionNumber(0)});
  while (at != by_request_.end() && std::get<0>(at->first) == shard &&
         std::get<1>(at->first) == request) {
    by_partition_.erase({at->second, at->first});
    at = by_request_.erase(at);
  }
}

std::vector<Watch> Watches::take(PartitionNumber partition) {
  std::vector<Watch> taken;
  auto at = by_partition_.lower_bound({partition, Owner{}});
  while (at != by_partition_.end() && at->first.first == partition) {
    const auto& [shard, request, slot] = at->first.second;
    taken.push_back({{shard, request, slot}, at->second});
    by_request_.erase({at->first.second, partition});
    at = by_partition_.erase(at);
  }
  return taken;
}

}  // namespace gregor::broker
