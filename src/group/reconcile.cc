// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/reconcile.h"

#include <algorithm>

namespace gregor::group {

namespace {

bool still_owns(const std::optional<Partitions>& owned, const Partitions& some) {
  return !owned || overlap(*owned, some);
}

Partitions in_other_hands(const ConsumerGroup& group, const std::string& member,
                          const Partitions& wanted) {
  Partitions out;
  std::ranges::copy_if(wanted, std::back_inserter(out), [&](const TopicIdPartition& one) {
    const std::string* const holder = group.holder(one);
    return holder != nullptr && *holder != member;
  });
  return out;
}

// From an epoch in which nothing is left to be given up.
CurrentAssignment advance(const ConsumerGroup& group, const ConsumerMember& member,
                          std::int32_t epoch, const Goal& goal,
                          const std::optional<Partitions>& owned) {
  const CurrentAssignment& now = member.current;
  CurrentAssignment next;
  next.previous_epoch = now.epoch;
  next.assigned = in_both(now.assigned, goal.target);
  Partitions revoked = in_first_only(now.assigned, goal.target);
  if (!revoked.empty() && still_owns(owned, revoked)) {
    next.state = MemberState::unrevoked_partitions;
    next.epoch = epoch;
    next.pending_revocation = std::move(revoked);
    return next;
  }
  const Partitions lacking = in_first_only(goal.target, next.assigned);
  const Partitions unreleased = in_other_hands(group, member.id, lacking);
  next.assigned = in_either(next.assigned, in_first_only(lacking, unreleased));
  next.state = unreleased.empty() ? MemberState::stable : MemberState::unreleased_partitions;
  next.epoch = goal.epoch;
  if (next.epoch == now.epoch) next.previous_epoch = now.previous_epoch;
  return next;
}

}  // namespace

CurrentAssignment reconcile(const ConsumerGroup& group, const ConsumerMember& member,
                            const Goal& goal, const std::optional<Partitions>& owned) {
  const CurrentAssignment& now = member.current;
  switch (now.state) {
    case MemberState::stable:
      if (now.epoch == goal.epoch) return now;
      return advance(group, member, now.epoch, goal, owned);
    case MemberState::unrevoked_partitions:
      if (still_owns(owned, now.pending_revocation)) return now;
      return advance(group, member, now.epoch + 1, goal, owned);
    case MemberState::unreleased_partitions:
      return advance(group, member, now.epoch, goal, owned);
  }
  return now;
}

bool waits_for_others(const ConsumerGroup& group, const ConsumerMember& member) {
  const Partitions lacking = in_first_only(group.target_of(member.id), member.current.assigned);
  return !in_other_hands(group, member.id, lacking).empty();
}

}  // namespace gregor::group
