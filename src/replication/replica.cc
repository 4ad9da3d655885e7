// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "replication/replica.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/assert.h"
#include "replication/invariants.h"

namespace gregor::replication {

using model::ErrorCode;

Replica::Replica(Settings settings, Offset high_watermark, bool incomplete) : settings_(settings) {
  state_.high_watermark = high_watermark;
  state_.incomplete = incomplete;
}

void Replica::step(Instant now, const LogView& log, const Event& event, Effects& out) {
  const Before before = Before::of(state_);
  out.clear();
  Context in{now, log, out};
  std::visit([&](const auto& one) { on(one, in); }, event);
  check_invariants({before, state_, min_in_sync(), settings_.self, log, event, out});
}

std::size_t Replica::min_in_sync() const {
  return std::min(settings_.min_insync_replicas, state_.followers.size() + 1);
}

bool Replica::may_commit() const {
  return state_.isr.size() >= min_in_sync() && state_.eligible.empty();
}

void Replica::trace(Action action, Offset offset, Context& in, BrokerId peer) {
  Transition& made = in.out.trace.emplace_back(Transition{action, state_.epoch, offset, peer});
  if (!in.out.observed) return;
  if (!told_in_sync_ || told_in_sync_->isr != state_.isr ||
      told_in_sync_->proposed_isr != state_.proposed_isr)
    told_in_sync_ = std::make_shared<const InSyncSets>(state_.isr, state_.proposed_isr);
  made.after = Variables{.role = state_.role,
                         .leader = state_.leader,
                         .epoch = state_.epoch,
                         .partition_epoch = state_.partition_epoch,
                         .in_sync = told_in_sync_,
                         .start_offset = state_.epoch_start,
                         .log_start = in.log.start(),
                         .log_end = in.log.end(),
                         .high_watermark = state_.high_watermark};
}

ErrorCode Replica::check_epoch(LeaderEpoch current) const {
  if (current != model::no_leader_epoch && current < state_.epoch)
    return ErrorCode::fenced_leader_epoch;
  return current > state_.epoch ? ErrorCode::unknown_leader_epoch : ErrorCode::none;
}

ErrorCode Replica::check_leader(LeaderEpoch current) const {
  if (const ErrorCode error = check_epoch(current); error != ErrorCode::none) return error;
  return leads() ? ErrorCode::none : ErrorCode::not_leader_or_follower;
}

ErrorCode Replica::check_reader(LeaderEpoch current) const {
  if (const ErrorCode error = check_epoch(current); error != ErrorCode::none) return error;
  return state_.role == Role::idle ? ErrorCode::not_leader_or_follower : ErrorCode::none;
}

ErrorCode Replica::check_append(std::int16_t acks) const {
  if (!leads()) return ErrorCode::not_leader_or_follower;
  const bool all = acks == -1;
  return all && state_.isr.size() < min_in_sync() ? ErrorCode::not_enough_replicas
                                                  : ErrorCode::none;
}

ErrorCode Replica::check_end_known() const {
  return leads() && state_.high_watermark < state_.epoch_start ? ErrorCode::offset_not_available
                                                               : ErrorCode::none;
}

Offset Replica::low_watermark(const LogView& log) const {
  Offset out = log.start();
  for (const auto& [id, follower] : state_.followers)
    if (state_.isr.contains(id)) out = std::min(out, std::max(follower.log_start, Offset(0)));
  return out;
}

BrokerId Replica::preferred_read_replica(const BrokerSet& nearby, Offset offset) const {
  if (!leads() || nearby.contains(settings_.self)) return model::no_broker;
  using Merit = std::tuple<Offset, std::optional<Instant>, BrokerId>;
  std::optional<Merit> best;
  for (const BrokerId id : nearby) {
    const auto found = state_.followers.find(id);
    if (found == state_.followers.end() || !state_.isr.contains(id)) continue;
    const RemoteReplica& follower = found->second;
    const bool has_it = follower.log_start <= offset && offset <= follower.end;
    if (has_it)
      best = std::max(best, std::optional(Merit(follower.end, follower.caught_up_at, id)));
  }
  return best ? std::get<BrokerId>(*best) : model::no_broker;
}

}  // namespace gregor::replication
