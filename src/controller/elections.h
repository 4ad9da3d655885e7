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
//
// Beyond Kafka's ZooKeeper mode (KIP-966; docs/cluster.md): who leaves the in-sync replicas while
// they are fewer than min.insync.replicas stays eligible to lead, since nothing is committed then;
// and a broker whose logs may have lost their ends is taken out of both sets. The last one of both
// stays: where nobody is known to have more, nothing is gained by waiting.
#pragma once

#include <cstdint>
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

// What a topic's configs, else the brokers' common ones, else this broker's say of elections.
struct Rules {
  bool unclean = false;  // whether anybody may be elected when no candidate is left
  std::int32_t min_insync_replicas = 1;
  // flush.messages=1: what a replica has not synced was never counted, so that no power cut takes
  // anything that counts.
  bool synced = false;
};
Rules rules_of(const Situation& now, const std::string& topic);

// Whether `isr` are too few for anything to be committed.
bool too_few(const Partition& partition, const std::vector<model::BrokerId>& isr,
             const Rules& rules);
// Who may lead besides `isr`, if these are in sync from now on, and `complete` have had all that is
// committed until now.
std::vector<model::BrokerId> eligible_besides(const Partition& partition,
                                              const std::vector<model::BrokerId>& isr,
                                              const std::vector<model::BrokerId>& complete,
                                              const Rules& rules);

// What is known of replicas besides who is registered.
struct Impaired {
  // Of brokers that are there and cannot open their logs: they count as gone where others can lead.
  // Otherwise they stay, and may open them after all.
  std::set<model::BrokerId> offline = {};
  // Of brokers that went away and came back, and nobody knows what happened meanwhile: not in sync
  // where others are, but still eligible: whoever led alone since may lose more.
  std::set<model::BrokerId> returned = {};
  // Of brokers whose logs may have lost their ends: no candidates where others are, unless the
  // topic is synced.
  std::set<model::BrokerId> unclean = {};
};

// Brokers that are gone leave the in-sync replicas, but never the last of them. A leader that is
// gone is replaced out of what remains, else by an eligible one, or by nobody; by any live replica
// if the rules allow it.
Partition without_the_dead(const Situation& now, const Partition& partition, const Rules& rules,
                           const Impaired& impaired = {});

// The first replica leads. Errors: election_not_needed, preferred_leader_not_available.
model::Result<Partition> with_preferred_leader(const Situation& now, const Partition& partition);

// A leader at any price. Errors: election_not_needed, eligible_leaders_not_available.
model::Result<Partition> with_unclean_leader(const Situation& now, const Partition& partition,
                                             Rules rules);

// Brokers that are about to stop lead nothing and are not in sync, where others can step in.
Partition without_the_leaving(const Situation& now, const Partition& partition, const Rules& rules);

// --- reassignment ---

// A reassignment begins: replicas are the wanted ones, then those that will go.
Partition reassigned(const Situation& now, const Partition& partition,
                     const std::vector<model::BrokerId>& wanted);
// A reassignment is taken back: at once if who remains is in sync and can lead, else as a
// reassignment to what was before.
Partition cancelled(const Situation& now, const Partition& partition, const Rules& rules);
// What the replicas were before, or will be after.
std::vector<model::BrokerId> origin_of(const Partition& partition);
std::vector<model::BrokerId> target_of(const Partition& partition);
inline bool is_reassigned(const Partition& partition) {
  return !partition.adding.empty() || !partition.removing.empty();
}
// Once all replicas that are wanted are in sync, the others go, and one of the former leads.
Partition with_reassignment_ended(const Situation& now, const Partition& partition,
                                  const Rules& rules);

// The same with its epochs counted up, as written by the present controller.
Partition next_epoch(const Situation& now, Partition partition);

}  // namespace gregor::controller
