// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Everything that can happen to a replica.
#pragma once

#include <optional>
#include <variant>

#include "model/error_code.h"
#include "replication/log_view.h"
#include "replication/state.h"

namespace gregor::replication {

// The controller names a leader. Late, repeated and reordered requests are told by their epoch.
struct LeaderAndIsr {
  BrokerId leader = model::no_broker;  // -1: none
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;
  BrokerSet isr;
  BrokerSet eligible = {};  // to lead besides the ISR (KIP-966)
  BrokerSet replicas;
  bool unclean = false;  // LeaderRecoveryState: the election accepted that records are lost
};

struct StopReplica {
  // Refused below the replica's own; negative: whatever that is (older controllers, deletion).
  LeaderEpoch leader_epoch;
};

// The log has grown by what a producer sent.
struct LeaderAppended {};

// A follower fetches.
struct FollowerFetch {
  BrokerId replica;
  BrokerEpoch broker_epoch = no_broker_epoch;
  LeaderEpoch current_epoch;                        // in which the follower believes
  Offset offset;                                    // the end of its log
  LeaderEpoch last_epoch = model::no_leader_epoch;  // the latest in its log; -1: none
  Offset log_start = model::no_offset;
};

// What the leader answered to a fetch of ours.
struct FetchResponse {
  // Of the request.
  LeaderEpoch current_epoch;
  Offset offset;
  LeaderEpoch last_epoch = model::no_leader_epoch;
  // Of the answer. Not answered at all: network_exception.
  model::ErrorCode error = model::ErrorCode::none;
  std::optional<EpochEnd> diverging;
  bool has_records = false;
  Offset high_watermark = model::no_offset;
  Offset log_start = model::no_offset;
};
// The records of that answer are in the log (all, some or, if they were no good, none).
struct FollowerAppended {
  bool had_records = false;
  bool failed = false;    // not all of them are: to be fetched again, after a while
  Offset high_watermark;  // the leader's, from the answer
  Offset log_start;       // likewise
};
// The log has been cut as Effects::truncate_to or Effects::restart_at asked.
struct Truncated {};
// What the leader answered to Effects::ask_log_start.
struct LeaderLogStart {
  LeaderEpoch current_epoch;  // of the request
  model::ErrorCode error = model::ErrorCode::none;
  Offset start = model::no_offset;
};

// Records have reached the disk: LogView::counted_end may have moved.
struct Flushed {};

// The controller's answer to a proposal.
struct AlterPartitionAnswer {
  // Of the proposal.
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;
  // Errors of the whole request and of the connection come here, too.
  model::ErrorCode error = model::ErrorCode::none;
  // Without an error: the state as it is now.
  LeaderEpoch new_leader_epoch = model::no_leader_epoch;
  PartitionEpoch new_partition_epoch = no_partition_epoch;
  BrokerSet isr;
  BrokerSet eligible = {};
};

// To be given every replica.lag.time.max.ms / 2 to a leader that has followers.
struct TimeReached {};

struct MinInsyncReplicasChanged {
  std::size_t min_insync_replicas = 1;
};

using Event = std::variant<LeaderAndIsr, StopReplica, LeaderAppended, FollowerFetch, FetchResponse,
                           FollowerAppended, Truncated, LeaderLogStart, Flushed,
                           AlterPartitionAnswer, TimeReached, MinInsyncReplicasChanged>;

}  // namespace gregor::replication
