// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a replica asks for in one step. To be done in the order of the fields: the log changes
// first, then what readers and producers see, then what peers are told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error_code.h"
#include "replication/log_view.h"
#include "replication/state.h"

namespace gregor::replication {

// The named transitions: actions of spec/Replication.tla.
enum class Action : std::uint8_t {
  become_leader,
  become_follower,
  leader_append,
  handle_fetch,
  follower_append,
  truncate_to_epoch,
  drop_stale_response,
  advance_high_watermark,
  shrink_isr,
  expand_isr,
  commit_isr,
};
std::string_view name_of(Action action);

// They change seldom: the transitions in between share them.
struct InSyncSets {
  BrokerSet isr;
  std::optional<BrokerSet> proposed_isr;  // fate unknown
};
using InSyncSetsPtr = std::shared_ptr<const InSyncSets>;

// What the spec says of a replica, as it is right after a transition; the names are the spec's.
struct Variables {
  Role role = Role::idle;
  BrokerId leader = model::no_broker;
  LeaderEpoch epoch;
  PartitionEpoch partition_epoch;
  InSyncSetsPtr in_sync;  // never null
  Offset start_offset;    // of a leader: where its epoch begins
  Offset log_start;
  Offset log_end;
  Offset high_watermark;
};

// One line of a trace.
struct Transition {
  Action action;
  LeaderEpoch epoch;
  // The end of the log or, where it is about that, the high watermark; of handle_fetch what the
  // follower has; of truncate_to_epoch where the log is to be cut, which happens afterwards.
  Offset offset;
  BrokerId peer = model::no_broker;
  // It has changed nothing that the spec knows: a fetch at the offset of the one before, or a
  // response without records. Traces leave it out.
  bool repeats = false;
  std::optional<Variables> after = std::nullopt;  // if Effects::observed
};
// "LeaderAppend epoch=3 offset=17"
std::string to_string(const Transition& transition);

// AlterPartition. With each member the life that the leader has seen it fetch in (KIP-903).
struct IsrProposal {
  struct Member {
    BrokerId id;
    BrokerEpoch epoch = no_broker_epoch;  // -1: not seen, not to be checked
    friend bool operator==(const Member&, const Member&) = default;
  };
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;  // the one that it replaces
  std::vector<Member> isr;
};

// The next fetch of a follower.
struct FetchPosition {
  BrokerId leader;
  LeaderEpoch epoch;
  Offset offset;
  LeaderEpoch last_epoch = model::no_leader_epoch;
  Offset log_start;
  bool after_backoff = false;  // not before replica.fetch.backoff.ms have passed
};

struct LogStartQuestion {
  BrokerId leader;
  LeaderEpoch epoch;
};

// What a follower's fetch is answered. Records, if it is neither refused nor divergent, up to the
// end of the log; the high watermark as it is now.
struct FetchVerdict {
  model::ErrorCode error = model::ErrorCode::none;
  std::optional<EpochEnd> diverging;
};

struct Effects {
  bool observed = false;  // set by the owner, and stays: somebody reads Transition::after

  // To LeaderAndIsr and StopReplica.
  model::ErrorCode error = model::ErrorCode::none;

  // --- the log ---
  std::optional<LeaderEpoch> begin_epoch;  // records from its end on belong to this epoch
  std::optional<Offset> truncate_to;       // answered by Truncated
  std::optional<Offset> restart_at;        // forget everything; answered by Truncated
  bool append_fetched = false;             // the response's records; answered by FollowerAppended
  bool now_complete = false;               // the mark of an incomplete log may go

  // --- who reads and who waits ---
  std::optional<Offset> high_watermark;          // moved; acks=all of records below it leave
  std::optional<Offset> log_start;               // is to be raised, after the high watermark
  std::optional<model::ErrorCode> fail_waiting;  // all that still wait for acks=all get it

  // --- peers ---
  std::optional<FetchVerdict> verdict;  // to FollowerFetch
  std::optional<IsrProposal> propose;   // answered by AlterPartitionAnswer, sooner or later
  bool stop_fetching = false;           // nothing of the leader so far is of interest
  std::optional<FetchPosition> fetch;   // answered by FetchResponse
  std::optional<LogStartQuestion> ask_log_start;

  std::vector<Transition> trace;

  // For the next step; keeps its memory.
  void clear();
};

}  // namespace gregor::replication
