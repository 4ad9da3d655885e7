// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What one replica of a partition has in its memory. The names are those of
// spec/ReplicationState.tla.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "model/ids.h"

namespace gregor::replication {

using model::BrokerEpoch;
using model::BrokerId;
using model::Instant;
using model::LeaderEpoch;
using model::Offset;
using model::PartitionEpoch;

using BrokerSet = std::set<BrokerId>;

inline constexpr BrokerEpoch no_broker_epoch{-1};
inline constexpr PartitionEpoch no_partition_epoch{-1};

// idle: nobody was named leader yet, or none is left.
enum class Role : std::uint8_t { idle, follower, leader };

// What a leader knows of another replica, from its fetches in this leader epoch.
struct RemoteReplica {
  Offset end = model::no_offset;  // of its log; -1: has not fetched yet
  Offset log_start = model::no_offset;
  BrokerEpoch broker_epoch = no_broker_epoch;  // the life that it fetched in; -1: does not say
  // When it last had everything that the leader had then; none: not in this epoch.
  std::optional<Instant> caught_up_at;
  Instant fetched_at;
  Offset leader_end_then = model::no_offset;  // when it fetched last
};

// What a follower waits for. A message that it does not wait for is stale.
enum class Awaits : std::uint8_t {
  nothing,
  fetch_response,
  append,            // the records of a response are being appended
  truncation,        // the log is being cut
  disk,              // records must be durable before the next fetch says that they are here
  leader_log_start,  // the leader was asked where its log starts
};

struct State {
  Role role = Role::idle;
  BrokerId leader = model::no_broker;
  LeaderEpoch epoch = model::no_leader_epoch;
  PartitionEpoch partition_epoch = no_partition_epoch;
  BrokerSet replicas;
  BrokerSet isr;  // as the controller last told, or confirmed
  // Likewise: these may be elected besides the ISR, so that nothing is committed while there are
  // any, whatever min.insync.replicas is for this broker.
  BrokerSet eligible;
  // The first offset that is not known to be committed. What is below may be shown to anybody.
  Offset high_watermark{0};
  // Its disk was empty although others counted it as in sync: it does not lead before it has caught
  // up as a follower (docs/findings.md).
  bool incomplete = false;

  // As leader.
  Offset epoch_start{0};                        // the log's end when this epoch began
  std::map<BrokerId, RemoteReplica> followers;  // all other replicas
  std::optional<BrokerSet> proposed_isr;        // whose fate is not known
  Instant expand_not_before;                    // a proposal was refused

  // As follower.
  Awaits awaits = Awaits::nothing;

  // The maximal ISR: those that are in sync, and those that may be already.
  [[nodiscard]] bool may_be_in_sync(BrokerId id) const {
    return isr.contains(id) || (proposed_isr && proposed_isr->contains(id));
  }
};

}  // namespace gregor::replication
