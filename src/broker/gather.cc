// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/gather.h"

#include <utility>

#include "base/assert.h"
#include "broker/shard_state.h"

namespace gregor::broker {

void Gathers::park(RequestId id, std::unique_ptr<Gather> gather, Timers::Handle deadline) {
  by_connection_.emplace(gather->head().from.connection, id);
  const bool fresh = parked_.emplace(id, Parked{std::move(gather), deadline}).second;
  ASSERT(fresh);
}

void Gathers::deliver(RequestId id, std::uint32_t slot, TaskResult result) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return;
  Gather& gather = *found->second.gather;
  gather.took_one();
  gather.fill(slot, std::move(result));
  touched_.insert(id);
}

void Gathers::settle(ShardState& shard) {
  while (!touched_.empty()) {
    const RequestId id = *touched_.begin();
    touched_.erase(touched_.begin());
    const auto found = parked_.find(id);
    if (found == parked_.end() || found->second.gather->outstanding() > 0) continue;
    if (found->second.gather->complete(shard, id)) remove(shard, id);
  }
}

void Gathers::reach_deadline(ShardState& shard, RequestId id) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return;
  Gather& gather = *found->second.gather;
  if (gather.outstanding() == 0 || !gather.hears_all_first()) expire(shard, id);
}

void Gathers::expire(ShardState& shard, RequestId id) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return;
  found->second.gather->expire(shard, id);
  remove(shard, id);
}

void Gathers::cut_short(ShardState& shard) {
  std::vector<RequestId> waiting;
  for (const auto& [id, parked] : parked_)
    if (parked.gather->may_be_cut_short()) waiting.push_back(id);
  for (const RequestId id : waiting) expire(shard, id);
}

void Gathers::abandon(ShardState& shard, ConnectionId connection) {
  const auto found = by_connection_.find(connection);
  if (found != by_connection_.end()) remove(shard, found->second);
}

void Gathers::remove(ShardState& shard, RequestId id) {
  const auto found = parked_.find(id);
  found->second.gather->forget(shard, id);
  by_connection_.erase(found->second.gather->head().from.connection);
  shard.timers.cancel(found->second.deadline);
  parked_.erase(found);
  touched_.erase(id);
}

}  // namespace gregor::broker
