// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One replica of a partition: a step function over what the controller, producers, followers and
// its own leader tell it. It decides who leads, what is truncated, what is committed, and who is in
// sync; its owner has the log, the connections and the clock, and does what the effects say.
//
//             LeaderAndIsr names it                  LeaderAndIsr names another
//   leader ◄───────────────────────── idle ────────────────────────────────────► follower
//     append, count followers,                fetch ─► append ─► (flush) ─► fetch …
//     advance the high watermark,             fetch ─► diverging: truncate ─► fetch …
//     propose changes of the ISR
//
// The rules are those of spec/Replication.tla, whose actions have the names of the handlers here:
//   - the log of a leader is never truncated, a follower's only where its leader says that epochs
//     part (KIP-101, KIP-279), never to its high watermark
//   - what counts is fenced by the leader epoch on both sides (KIP-320)
//   - the high watermark counts the maximal ISR (KIP-497), does not move while fewer than
//     min.insync.replicas are in sync, or others are eligible to lead (KIP-966), and never goes
//     back for readers
//   - the ISR changes by compare and set on the partition epoch, one proposal at a time
//   - a fetch of an earlier life of a follower does not replace what its present one said (KIP-903)
// Handlers by subject: leader.cc, isr.cc, follower.cc. Invariants: invariants.h, checked after each
// step. Not thread-safe; reads no clock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/error_code.h"
#include "replication/effects.h"
#include "replication/events.h"
#include "replication/log_view.h"
#include "replication/state.h"

namespace gregor::replication {

struct Settings {
  BrokerId self;
  std::int64_t lag_ms_max = 30'000;  // replica.lag.time.max.ms
  std::size_t min_insync_replicas = 1;
};

class Replica {
 public:
  // `high_watermark` is from the checkpoint, and within the log.
  Replica(Settings settings, Offset high_watermark, bool incomplete = false);

  // Handles one event; `out` is what it asks for.
  void step(Instant now, const LogView& log, const Event& event, Effects& out);

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] bool leads() const { return state_.role == Role::leader; }
  // A topic cannot ask for more than it has replicas.
  [[nodiscard]] std::size_t min_in_sync() const;
  // Enough are in sync, and nobody else is counted on to have all that is committed.
  [[nodiscard]] bool may_commit() const;

  // --- whether it may be asked; `current` is the epoch that the asker believes in, -1: none ---
  // fenced_leader_epoch, unknown_leader_epoch or none.
  [[nodiscard]] model::ErrorCode check_epoch(LeaderEpoch current) const;
  // Also not_leader_or_follower: what only a leader answers.
  [[nodiscard]] model::ErrorCode check_leader(LeaderEpoch current) const;
  // The same, for who reads what is committed: a follower knows some of it, too (KIP-392).
  [[nodiscard]] model::ErrorCode check_reader(LeaderEpoch current) const;
  // not_leader_or_follower; with acks=all also not_enough_replicas.
  [[nodiscard]] model::ErrorCode check_append(std::int16_t acks) const;
  // offset_not_available while the leader may not know yet how much is committed (KIP-207).
  [[nodiscard]] model::ErrorCode check_end_known() const;

  // What every replica in sync has deleted.
  [[nodiscard]] Offset low_watermark(const LogView& log) const;
  // Where a consumer should rather read from `offset` (KIP-392), if `nearby` are the brokers in its
  // rack: at the in-sync follower there that has most of the log, and of several the one that was
  // at its end last; no_broker: here.
  [[nodiscard]] BrokerId preferred_read_replica(const BrokerSet& nearby, Offset offset) const;

 private:
  // What one step works with.
  struct Context {
    Instant now;
    const LogView& log;
    Effects& out;
  };

  // leader.cc
  void on(const LeaderAndIsr& news, Context& in);
  void on(const StopReplica& stop, Context& in);
  void on(const LeaderAppended&, Context& in);
  void on(const FollowerFetch& fetch, Context& in);
  void on(const Flushed&, Context& in);
  void on(const MinInsyncReplicasChanged& change, Context& in);
  [[nodiscard]] model::ErrorCode refusal(const LeaderAndIsr& news, const LogView& log) const;
  void become_leader(const LeaderAndIsr& news, Context& in);
  void become_follower(const LeaderAndIsr& news, Context& in);
  void leave_role(Context& in);
  [[nodiscard]] FetchVerdict judge(const FollowerFetch& fetch, const LogView& log) const;
  void note_fetch(RemoteReplica& follower, const FollowerFetch& fetch, const Context& in) const;
  void advance_high_watermark(Context& in);

  // isr.cc
  void on(const TimeReached&, Context& in);
  void on(const AlterPartitionAnswer& answer, Context& in);
  [[nodiscard]] bool is_caught_up(const RemoteReplica& follower, const Context& in) const;
  [[nodiscard]] bool is_counted(BrokerId id, const RemoteReplica& follower,
                                const Context& in) const;
  void shrink_isr(Context& in);
  void expand_isr(BrokerId id, const RemoteReplica& follower, Context& in);
  void commit_isr(const AlterPartitionAnswer& answer, Context& in);
  void take_isr(const BrokerSet& isr, const BrokerSet& eligible, PartitionEpoch partition_epoch,
                Context& in);
  void propose(BrokerSet isr, Context& in);
  void send_proposal(Context& in) const;

  // follower.cc
  void on(const FetchResponse& response, Context& in);
  void on(const FollowerAppended& appended, Context& in);
  void on(const Truncated&, Context& in);
  void on(const LeaderLogStart& told, Context& in);
  void fetch_on(Context& in);
  void fetch_again_later(Context& in);
  void truncate_to_epoch(const EpochEnd& diverging, Context& in);
  void restart_at(Offset start, Context& in);

  // To be called when the transition has taken place.
  void trace(Action action, Offset offset, Context& in, BrokerId peer = model::no_broker);

  Settings settings_;
  State state_;
  InSyncSetsPtr told_in_sync_;  // of the last transition that was observed
};

}  // namespace gregor::replication
