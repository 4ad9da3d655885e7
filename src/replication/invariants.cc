// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "replication/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "base/assert.h"

namespace gregor::replication {

namespace {

bool is_leader(const Step& step) { return step.state.role == Role::leader; }
bool is_cut(const Step& step) {
  return step.effects.truncate_to.has_value() || step.effects.restart_at.has_value();
}
bool same_role(const Step& step) {
  return step.before.epoch == step.state.epoch && step.before.role == step.state.role;
}

template <class Holds>
bool every_counted(const Step& step, const Holds& holds) {
  return std::ranges::all_of(step.state.followers, [&](const auto& entry) {
    return !step.state.may_be_in_sync(entry.first) || holds(entry.second);
  });
}

// Those whom the proposal brings in.
template <class Holds>
bool every_newcomer(const Step& step, const Holds& holds) {
  if (!step.effects.propose || step.before.proposed) return true;  // the latter: said once more
  return std::ranges::all_of(step.effects.propose->isr, [&](const IsrProposal::Member& member) {
    return step.state.isr.contains(member.id) || holds(step.state.followers.at(member.id));
  });
}

constexpr std::array replica_checks = {
    // C6. The ISR of a leader has the leader in it; so has what it proposes.
    Invariant{"LeaderInIsr",
              [](const Step& step) {
                return !is_leader(step) ||
                       (step.state.isr.contains(step.self) &&
                        (!step.state.proposed_isr || step.state.proposed_isr->contains(step.self)));
              }},
    // R9. Nothing is committed while the ISR is too small.
    Invariant{"CommitsWithEnoughInSync",
              [](const Step& step) {
                return !is_leader(step) || !step.effects.high_watermark ||
                       (step.state.isr.size() >= step.min_in_sync && step.state.eligible.empty());
              }},
    // R8. What is newly committed is with everybody who may be in sync, the leader's disk included.
    Invariant{"HighWatermarkOnMaximalIsr",
              [](const Step& step) {
                if (!is_leader(step) || !step.effects.high_watermark) return true;
                const Offset to = *step.effects.high_watermark;
                return to <= step.log.counted_end() &&
                       every_counted(step, [&](const RemoteReplica& f) { return f.end >= to; });
              }},
    Invariant{"HighWatermarkWithinLog",
              [](const Step& step) {
                return is_cut(step) || step.state.high_watermark <= step.log.end();
              }},
    // R10. Only a log that loses its end takes the high watermark back.
    Invariant{"HighWatermarkNeverGoesBack",
              [](const Step& step) {
                return is_cut(step) || std::holds_alternative<Truncated>(step.event) ||
                       step.state.high_watermark >= step.before.high_watermark;
              }},
    // Nobody who leads truncates, nor does a new leader on its way in.
    Invariant{"LeaderNeverTruncates",
              [](const Step& step) {
                return !is_cut(step) ||
                       (step.state.role == Role::follower && step.before.role == Role::follower);
              }},
    // R16. A follower's log changes only by what its present leader said of its present epoch.
    Invariant{"ResponseOfThisEpoch",
              [](const Step& step) {
                const auto* const response = std::get_if<FetchResponse>(&step.event);
                return response == nullptr || (!is_cut(step) && !step.effects.append_fetched) ||
                       (response->current_epoch == step.state.epoch &&
                        response->offset == step.log.end());
              }},
    // R16. A fetch is answered with records, and counted, only between two in the same epoch.
    Invariant{"FetchOfThisEpoch",
              [](const Step& step) {
                const auto* const fetch = std::get_if<FollowerFetch>(&step.event);
                return fetch == nullptr || !step.effects.verdict ||
                       step.effects.verdict->error != model::ErrorCode::none ||
                       (is_leader(step) && fetch->current_epoch == step.state.epoch);
              }},
    // A new leader knows nothing of its followers.
    Invariant{"FollowersOfThisEpoch",
              [](const Step& step) {
                return same_role(step) ||
                       std::ranges::all_of(step.state.followers, [](const auto& entry) {
                         return entry.second.end == model::no_offset;
                       });
              }},
    Invariant{"EpochNeverGoesBack",
              [](const Step& step) { return step.state.epoch >= step.before.epoch; }},
    // Another role, another epoch (or none: StopReplica).
    Invariant{"NewRoleHasNewEpoch",
              [](const Step& step) {
                return step.state.role == step.before.role || step.state.role == Role::idle ||
                       step.state.epoch > step.before.epoch;
              }},
    // C9, from the proposer's side.
    Invariant{"PartitionEpochNeverGoesBack",
              [](const Step& step) {
                return step.state.epoch != step.before.epoch ||
                       step.state.partition_epoch >= step.before.partition_epoch;
              }},
    Invariant{"OneProposalAtATime",
              [](const Step& step) {
                if (!step.effects.propose) return true;
                const bool again = std::holds_alternative<AlterPartitionAnswer>(step.event);
                return is_leader(step) && step.state.proposed_isr &&
                       step.before.proposed == again &&
                       step.effects.propose->leader_epoch == step.state.epoch &&
                       step.effects.propose->partition_epoch == step.state.partition_epoch;
              }},
    // R17, R6. Who joins has what is committed, and what may have been before this epoch.
    Invariant{"JoinsOnlyCaughtUp",
              [](const Step& step) {
                return every_newcomer(step, [&](const RemoteReplica& f) {
                  return f.end >= step.before.high_watermark && f.end >= step.state.epoch_start;
                });
              }},
    // R14. The epoch of a leader is in its log from the start.
    Invariant{"EpochIsInTheLog",
              [](const Step& step) {
                return !is_leader(step) || step.effects.begin_epoch == step.state.epoch ||
                       step.log.latest_epoch() == step.state.epoch;
              }},
    Invariant{"IncompleteDoesNotLead",
              [](const Step& step) { return !is_leader(step) || !step.state.incomplete; }},
    Invariant{"FollowersFollow",
              [](const Step& step) {
                const bool follows = step.state.role == Role::follower;
                return follows == (step.state.awaits != Awaits::nothing) &&
                       (!follows || (step.state.followers.empty() && !step.state.proposed_isr));
              }},
};

}  // namespace

Before Before::of(const State& state) {
  return {.role = state.role,
          .epoch = state.epoch,
          .partition_epoch = state.partition_epoch,
          .high_watermark = state.high_watermark,
          .proposed = state.proposed_isr.has_value()};
}

std::span<const Invariant> invariants() { return replica_checks; }

void check_invariants(const Step& step) {
  for (const Invariant& invariant : replica_checks)
    ASSERT(invariant.holds(step),
           fmt::format("{}: broker {} epoch {} high watermark {} log end {}", invariant.name,
                       step.self.value(), step.state.epoch.value(),
                       step.state.high_watermark.value(), step.log.end().value()));
}

}  // namespace gregor::replication
