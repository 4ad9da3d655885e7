// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Who is in sync: the leader proposes, the controller decides. Until the leader knows the outcome
// of a proposal it counts both the old members and the new ones.

#include <utility>

#include "base/assert.h"
#include "replication/replica.h"

namespace gregor::replication {

using model::ErrorCode;

namespace {

// How long a leader waits after a refusal before it proposes somebody again.
constexpr std::int64_t after_refusal_ms = 1000;

}  // namespace

bool Replica::is_caught_up(const RemoteReplica& follower, const Context& in) const {
  if (follower.end == in.log.end()) return true;
  return follower.caught_up_at && in.now - *follower.caught_up_at <= settings_.lag_ms_max;
}

// Besides the maximal ISR those that are about to join: otherwise the high watermark of a busy
// partition would run before them for ever.
bool Replica::is_counted(BrokerId id, const RemoteReplica& follower, const Context& in) const {
  if (state_.may_be_in_sync(id)) return true;
  return in.now >= state_.expand_not_before && is_caught_up(follower, in);
}

void Replica::on(const TimeReached&, Context& in) {
  if (!leads()) return;
  shrink_isr(in);
  advance_high_watermark(in);
}

void Replica::shrink_isr(Context& in) {
  if (state_.proposed_isr) return;
  BrokerSet isr = state_.isr;
  for (const auto& [id, follower] : state_.followers)
    if (!is_caught_up(follower, in)) isr.erase(id);
  if (isr.size() == state_.isr.size()) return;
  propose(std::move(isr), in);
  trace(Action::shrink_isr, state_.high_watermark, in);
}

// A follower is in sync if it has what is committed and, because a new leader may not know yet what
// is, has reached the start of the epoch (KAFKA-7128). What it has below the leader's log start
// nobody can compare any more: that must be gone first, or it could come back when it leads.
void Replica::expand_isr(BrokerId id, const RemoteReplica& follower, Context& in) {
  if (state_.proposed_isr || state_.isr.contains(id) || !state_.replicas.contains(id)) return;
  if (in.now < state_.expand_not_before) return;
  if (follower.end < state_.high_watermark || follower.end < state_.epoch_start) return;
  if (follower.log_start != model::no_offset && follower.log_start < in.log.start()) return;
  BrokerSet isr = state_.isr;
  isr.insert(id);
  propose(std::move(isr), in);
  trace(Action::expand_isr, follower.end, in, id);
}

void Replica::propose(BrokerSet isr, Context& in) {
  state_.proposed_isr = std::move(isr);
  send_proposal(in);
}

void Replica::send_proposal(Context& in) const {
  IsrProposal proposal{
      .leader_epoch = state_.epoch, .partition_epoch = state_.partition_epoch, .isr = {}};
  for (const BrokerId id : *state_.proposed_isr) {
    const auto follower = state_.followers.find(id);
    const bool is_self = follower == state_.followers.end();
    proposal.isr.push_back({id, is_self ? no_broker_epoch : follower->second.broker_epoch});
  }
  in.out.propose = std::move(proposal);
}

void Replica::on(const AlterPartitionAnswer& answer, Context& in) {
  // It counts if it is about this epoch and this proposal (KAFKA-12686).
  const bool is_awaited = leads() && state_.proposed_isr && answer.leader_epoch == state_.epoch &&
                          answer.partition_epoch == state_.partition_epoch;
  if (!is_awaited) return;
  switch (answer.error) {
    case ErrorCode::none:
      return commit_isr(answer, in);
    // It is certain that nothing has changed.
    case ErrorCode::ineligible_replica:
    case ErrorCode::operation_not_attempted:
      state_.proposed_isr.reset();
      state_.expand_not_before = in.now + after_refusal_ms;
      return advance_high_watermark(in);
    // The controller knows more than we do, and is about to tell us by LeaderAndIsr. Until then the
    // proposal may or may not be true.
    case ErrorCode::fenced_leader_epoch:
    case ErrorCode::new_leader_elected:
    case ErrorCode::invalid_update_version:
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id:
    case ErrorCode::invalid_request:
      return;
    default:  // of the way to the controller: once more
      return send_proposal(in);
  }
}

void Replica::commit_isr(const AlterPartitionAnswer& answer, Context& in) {
  const bool is_ours = answer.new_leader_epoch == state_.epoch &&
                       answer.new_partition_epoch >= state_.partition_epoch;
  if (is_ours) take_isr(answer.isr, answer.eligible, answer.new_partition_epoch, in);
}

// What the controller has, whatever was proposed.
void Replica::take_isr(const BrokerSet& isr, const BrokerSet& eligible,
                       PartitionEpoch partition_epoch, Context& in) {
  if (!isr.contains(settings_.self)) return;  // another leader is being named
  state_.proposed_isr.reset();
  state_.isr = isr;
  state_.eligible = eligible;
  state_.partition_epoch = partition_epoch;
  for (const BrokerId id : isr)
    if (id != settings_.self) state_.followers.try_emplace(id);
  trace(Action::commit_isr, state_.high_watermark, in);
  // Nothing will be committed until somebody joins; who waits should not have to find out by a
  // timeout.
  if (!may_commit()) in.out.fail_waiting = ErrorCode::not_enough_replicas_after_append;
  advance_high_watermark(in);
}

}  // namespace gregor::replication
