// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/invariants.h"

#include <string>

#include "base/assert.h"
#include "broker/partition.h"
#include "broker/shard_state.h"

namespace gregor::broker {

namespace {

constexpr PartitionInvariant partition_invariants[] = {
    {"HighWatermarkWithinLog",
     [](const Partition& p) { return p.log().high_watermark() <= p.log().log_end(); }},
    {"BarrierWithinLog", [](const Partition& p) { return p.barrier() <= p.log().log_end(); }},
    // Readers go by the log; the replica forgets what it was about to cut, and then did not.
    {"ReplicaAndLogAgree",
     [](const Partition& p) {
       const auto known = p.replica().state().high_watermark;
       return p.leads() && p.replica().state().followers.empty()
                  ? known == p.log().high_watermark()
                  : known <= p.log().high_watermark();
     }},
    // Without other replicas and a barrier ahead nothing holds readers back.
    {"AllIsVisibleUnlessHeldBack",
     [](const Partition& p) {
       return !p.leads() || !p.replica().state().followers.empty() ||
              p.barrier() > p.log().recovery_point() ||
              p.log().high_watermark() == p.log().log_end();
     }},
    // Otherwise the barrier would never be passed.
    {"BarrierAheadIsBeingSynced",
     [](const Partition& p) {
       return p.barrier() <= p.log().recovery_point() || p.is_syncing() || p.wants_sync() ||
              p.sync_fell_short() || !p.offline_reason().empty();
     }},
};

constexpr ShardInvariant shard_invariants[] = {
    // Whoever waits here has a client that waits there (forwarded requests wait on shard 0).
    {"WaitingRequestsHaveClients",
     [](const ShardState& s) {
       return s.self() == controller_shard || s.gathers.size() <= s.connections.busy();
     }},
    {"WatchesAreConsistent", [](const ShardState& s) { return s.watches.is_consistent(); }},
    {"WatchesBelongToRequests",
     [](const ShardState& s) {
       return s.context.shards > 1 || s.gathers.size() > 0 || s.watches.size() == 0;
     }},
    {"SessionsWithinLimits", [](const ShardState& s) { return s.sessions.within_limits(); }},
    {"NothingIsLeftUndone",
     [](const ShardState& s) { return s.touched.empty() && s.results_for_others.empty(); }},
};

}  // namespace

void check_invariants(const Partition& partition) {
  for (const PartitionInvariant& invariant : partition_invariants)
    ASSERT(invariant.holds(partition),
           std::string(invariant.name) + " of " + to_string(partition.name()));
}

void check_invariants(const ShardState& shard) {
  for (const ShardInvariant& invariant : shard_invariants)
    ASSERT(invariant.holds(shard),
           std::string(invariant.name) + " of shard " + to_string(shard.self()));
}

}  // namespace gregor::broker
