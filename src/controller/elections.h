// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Who leads a partition: the rules of Kafka's partition state machine, as functions from one state
// of a partition to the next. Every change of the leader counts the leader epoch up, and so does
// every other change that a controller makes of its own accord; the in-sync replicas never become
// empty. A state that is returned unchanged (==) needs no writing.
//
//   OfflinePartition --elect--> OnlinePartition --the last in-sync replica is gone--> Offline...
//
// Candidates are taken in the order of the assignment, so that the preferred one comes first.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/image.h"
#include "controller/plan.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::controller {

// The registered brokers, and those of them that may be given new duties.
class LiveBrokers {
 public:
  explicit LiveBrokers(const Situation& now) : now_(now) {}
  [[nodiscard]] bool registered(model::BrokerId id) const {
    return now_.image.brokers.contains(id);
  }
  [[nodiscard]] bool leaving(model::BrokerId id) const;
  [[nodiscard]] bool electable(model::BrokerId id) const { return registered(id) && !leaving(id); }

 private:
  const Situation& now_;
};

// Whether a replica that is not in sync may be elected when no other is left: by the topic's
// config, else the brokers' common one, else this broker's.
bool unclean_allowed(const Situation& now, const std::string& topic);

// Brokers that are gone leave the in-sync replicas, but never the last of them: it alone may have
// all records. A leader that is gone is replaced out of what remains, or by nobody; by any live
// replica if `unclean`. `offline` are replicas of brokers that are there and cannot open their
// logs: they count as gone where others are in sync. Otherwise they stay, and may open them after
// all.
Partition without_the_dead(const Situation& now, const Partition& partition, bool unclean,
                           const std::set<model::BrokerId>& offline = {});

// The first replica leads. Errors: election_not_needed, preferred_leader_not_available.
model::Result<Partition> with_preferred_leader(const Situation& now, const Partition& partition);

// A leader at any price. Errors: election_not_needed, eligible_leaders_not_available.
model::Result<Partition> with_unclean_leader(const Situation& now, const Partition& partition);

// Brokers that are about to stop lead nothing and are not in sync, where others can step in.
Partition without_the_leaving(const Situation& now, const Partition& partition);

// --- reassignment ---

// A reassignment begins: replicas are the wanted ones, then those that will go.
Partition reassigned(const Situation& now, const Partition& partition,
                     const std::vector<model::BrokerId>& wanted);
// A reassignment is taken back: at once if who remains is in sync and can lead, else as a
// reassignment to what was before.
Partition cancelled(const Situation& now, const Partition& partition);
// What the replicas were before, or will be after.
std::vector<model::BrokerId> origin_of(const Partition& partition);
std::vector<model::BrokerId> target_of(const Partition& partition);
inline bool is_reassigned(const Partition& partition) {
  return !partition.adding.empty() || !partition.removing.empty();
}
// Once all replicas that are wanted are in sync, the others go, and one of the former leads.
Partition with_reassignment_ended(const Situation& now, const Partition& partition);

// The same with its epochs counted up, as written by the present controller.
Partition next_epoch(const Situation& now, Partition partition);

}  // namespace gregor::controller
