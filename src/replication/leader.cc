// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Roles, and what a leader does: it appends, counts how far its followers are, and so learns what
// is committed.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "replication/replica.h"

namespace gregor::replication {

using model::ErrorCode;

// --- roles ---

ErrorCode Replica::refusal(const LeaderAndIsr& news, const LogView& log) const {
  if (news.leader_epoch <= state_.epoch) return ErrorCode::stale_controller_epoch;
  if (news.leader != settings_.self) return ErrorCode::none;
  if (!news.isr.contains(settings_.self)) return ErrorCode::invalid_request;
  // A folder that came from elsewhere, or a lost disk that others still count as in sync: to lead
  // with it would take records from everybody.
  const bool from_the_future = log.latest_epoch().value_or(news.leader_epoch) > news.leader_epoch;
  const bool would_lose = state_.incomplete && !news.unclean;
  return from_the_future || would_lose ? ErrorCode::kafka_storage_error : ErrorCode::none;
}

void Replica::on(const LeaderAndIsr& news, Context& in) {
  // No new leader: at most the outcome of a proposal, heard before its answer came.
  if (leads() && news.leader_epoch == state_.epoch && news.leader == settings_.self &&
      news.partition_epoch > state_.partition_epoch)
    return take_isr(news.isr, news.eligible, news.partition_epoch, in);
  in.out.error = refusal(news, in.log);
  if (in.out.error == ErrorCode::stale_controller_epoch) return;
  leave_role(in);
  state_.epoch = news.leader_epoch;
  state_.partition_epoch = news.partition_epoch;
  state_.replicas = news.replicas;
  state_.isr = news.isr;
  state_.eligible = news.eligible;
  // Nobody counts on it any more: whoever does again has seen that it caught up.
  const bool given_up =
      !news.isr.contains(settings_.self) && !news.eligible.contains(settings_.self);
  if (given_up && std::exchange(state_.incomplete, false)) in.out.now_complete = true;
  if (in.out.error != ErrorCode::none) return;
  if (news.leader == settings_.self)
    become_leader(news, in);
  else
    become_follower(news, in);
}

// Nothing is truncated. The epoch gets its entry now, not with its first record (KAFKA-7415); what
// was known about followers belongs to other epochs and is forgotten.
void Replica::become_leader(const LeaderAndIsr& news, Context& in) {
  state_.role = Role::leader;
  state_.leader = settings_.self;
  state_.epoch_start = in.log.end();
  state_.expand_not_before = in.now;
  for (const BrokerSet* const set : {&news.replicas, &news.isr})
    for (const BrokerId id : *set)
      if (id != settings_.self) state_.followers.try_emplace(id);
  for (auto& [id, follower] : state_.followers)
    if (news.isr.contains(id)) follower.caught_up_at = in.now;  // has until then to show up
  if (state_.incomplete) in.out.now_complete = true;            // by decree of an unclean election
  state_.incomplete = false;
  in.out.begin_epoch = state_.epoch;
  trace(Action::become_leader, state_.epoch_start, in);
  advance_high_watermark(in);
}

// Nothing is truncated here either: the first fetch finds out what is to go.
void Replica::become_follower(const LeaderAndIsr& news, Context& in) {
  const bool is_led = news.leader != model::no_broker;  // otherwise it waits in the new epoch
  if (is_led) {
    state_.role = Role::follower;
    state_.leader = news.leader;
  }
  trace(Action::become_follower, in.log.end(), in, news.leader);
  if (is_led) fetch_on(in);
}

void Replica::leave_role(Context& in) {
  if (state_.role == Role::leader) in.out.fail_waiting = ErrorCode::not_leader_or_follower;
  if (state_.role == Role::follower) in.out.stop_fetching = true;
  state_.role = Role::idle;
  state_.leader = model::no_broker;
  state_.followers.clear();
  state_.proposed_isr.reset();
  state_.epoch_start = Offset(0);
  state_.awaits = Awaits::nothing;
}

void Replica::on(const StopReplica& stop, Context& in) {
  if (stop.leader_epoch.value() >= 0 && stop.leader_epoch < state_.epoch) {
    in.out.error = ErrorCode::fenced_leader_epoch;
    return;
  }
  leave_role(in);
}

// --- what followers have ---

void Replica::on(const LeaderAppended&, Context& in) {
  ASSERT(leads());
  trace(Action::leader_append, in.log.end(), in);
  advance_high_watermark(in);
}

FetchVerdict Replica::judge(const FollowerFetch& fetch, const LogView& log) const {
  if (const ErrorCode error = check_leader(fetch.current_epoch); error != ErrorCode::none)
    return {.error = error, .diverging = {}};
  // It may be a replica of which this leader has not heard yet.
  const auto known = state_.followers.find(fetch.replica);
  if (known == state_.followers.end() || fetch.current_epoch != state_.epoch)
    return {.error = ErrorCode::unknown_leader_epoch, .diverging = {}};
  // A fetch of an earlier life comes late: it must not replace what the present one said
  // (KAFKA-15221).
  if (fetch.broker_epoch != no_broker_epoch && fetch.broker_epoch < known->second.broker_epoch)
    return {.error = ErrorCode::not_leader_or_follower, .diverging = {}};
  if (fetch.offset < log.start()) return {.error = ErrorCode::offset_out_of_range, .diverging = {}};
  if (fetch.last_epoch != model::no_leader_epoch) {
    const auto match = log.end_of(fetch.last_epoch);
    if (!match) return {.error = ErrorCode::offset_out_of_range, .diverging = {}};
    if (match->epoch < fetch.last_epoch || match->end < fetch.offset) return {.diverging = match};
  }
  if (fetch.offset > log.end()) return {.error = ErrorCode::offset_out_of_range, .diverging = {}};
  return {};
}

// spec: HandleFetch. Only what agrees with our log is counted.
void Replica::on(const FollowerFetch& fetch, Context& in) {
  const FetchVerdict verdict = judge(fetch, in.log);
  in.out.verdict = verdict;
  if (verdict.error != ErrorCode::none || verdict.diverging) return;
  RemoteReplica& follower = state_.followers.at(fetch.replica);
  const bool repeats = follower.end == fetch.offset && follower.broker_epoch == fetch.broker_epoch;
  note_fetch(follower, fetch, in);
  trace(Action::handle_fetch, fetch.offset, in, fetch.replica);
  in.out.trace.back().repeats = repeats;
  expand_isr(fetch.replica, follower, in);
  advance_high_watermark(in);
}

// A follower that fetches slower than the log grows is still in time if it reaches, with one fetch,
// what was the end at the one before.
void Replica::note_fetch(RemoteReplica& follower, const FollowerFetch& fetch,
                         const Context& in) const {
  if (fetch.offset >= in.log.end())
    follower.caught_up_at = in.now;
  else if (follower.end != model::no_offset && fetch.offset >= follower.leader_end_then)
    follower.caught_up_at =
        std::max(follower.caught_up_at.value_or(follower.fetched_at), follower.fetched_at);
  follower.end = fetch.offset;
  follower.log_start = fetch.log_start;
  follower.broker_epoch = fetch.broker_epoch;
  follower.fetched_at = in.now;
  follower.leader_end_then = in.log.end();
}

// --- the high watermark ---

void Replica::advance_high_watermark(Context& in) {
  if (!leads() || !may_commit()) return;
  Offset to = in.log.counted_end();
  for (const auto& [id, follower] : state_.followers)
    if (is_counted(id, follower, in)) to = std::min(to, follower.end);
  if (to <= state_.high_watermark) return;
  state_.high_watermark = to;
  in.out.high_watermark = to;
  trace(Action::advance_high_watermark, to, in);
}

void Replica::on(const Flushed&, Context& in) {
  advance_high_watermark(in);
  if (state_.awaits == Awaits::disk) fetch_on(in);
}

void Replica::on(const MinInsyncReplicasChanged& change, Context& in) {
  settings_.min_insync_replicas = change.min_insync_replicas;
  advance_high_watermark(in);
}

}  // namespace gregor::replication
