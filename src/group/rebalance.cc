// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What follows when members come and go, and when they stay away.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "group/machine.h"

namespace gregor::group {

using model::ErrorCode;

void Coordinator::Machine::rebalance_or_complete(ClassicGroup& group, Effects& out) {
  if (group.is(GroupState::preparing_rebalance))
    complete_if_all_joined(group, out);
  else
    prepare_rebalance(group, out);
}

void Coordinator::Machine::prepare_rebalance(ClassicGroup& group, Effects& out) {
  if (group.is(GroupState::completing_rebalance)) {
    for (const auto& [id, member] : group.members()) group.set_assignment(id, {});
    answer_syncs(group, ErrorCode::rebalance_in_progress, out);
  }
  group.clear_pending_sync();
  timers_.cancel({TimerKey::Kind::sync, group.id(), {}});
  const bool was_empty = group.is(GroupState::empty);
  group.transition_to(GroupState::preparing_rebalance, now_.wall);
  if (!was_empty) {
    timers_.set({TimerKey::Kind::join, group.id(), {}}, after(group.rebalance_timeout_ms()));
    return complete_if_all_joined(group, out);
  }
  // The first of many that start together: let them all in at once.
  const std::int32_t delay = std::max(settings_.initial_rebalance_delay_ms, 0);
  group.member_added = false;
  group.delay_left_ms = std::max(group.rebalance_timeout_ms() - delay, 0);
  timers_.set({TimerKey::Kind::join, group.id(), {}}, after(delay));
}

void Coordinator::Machine::complete_if_all_joined(ClassicGroup& group, Effects& out) {
  if (!group.is(GroupState::preparing_rebalance) || !group.all_joined()) return;
  // A group that was empty waits until its delay is over.
  if (group.previous_state() == GroupState::empty) return;
  complete_join(group, out);
}

void Coordinator::Machine::join_time_is_up(ClassicGroup& group, Effects& out) {
  if (!group.is(GroupState::preparing_rebalance)) return;
  if (group.previous_state() == GroupState::empty && group.member_added &&
      group.delay_left_ms > 0) {
    const std::int32_t delay =
        std::min(std::max(settings_.initial_rebalance_delay_ms, 0), group.delay_left_ms);
    group.member_added = false;
    group.delay_left_ms -= delay;
    timers_.set({TimerKey::Kind::join, group.id(), {}}, after(delay));
    return;
  }
  complete_join(group, out);
}

void Coordinator::Machine::complete_join(ClassicGroup& group, Effects& out) {
  timers_.cancel({TimerKey::Kind::join, group.id(), {}});
  std::vector<std::string> absent;
  for (const auto& [id, member] : group.members())
    if (!member.joining && !member.instance_id) absent.push_back(id);
  for (const std::string& id : absent) remove_member(group, id, out);

  if (!group.members().empty() && !group.elect_leader_among_joined()) {
    // Static members only, and none has come: they keep their places.
    timers_.set({TimerKey::Kind::join, group.id(), {}},
                after(std::max(group.rebalance_timeout_ms(), 1)));
    return;
  }
  group.begin_generation(now_.wall);
  if (group.is(GroupState::empty)) {
    // Of a group that never had a generation there is nothing to correct.
    if (group.stored() && !store_group(group, out))
      out.notes.push_back("The end of group " + group.id() + " is too large to be written.");
    return;
  }
  std::vector<std::string> ids;
  for (const auto& [id, member] : group.members()) ids.push_back(id);
  for (const std::string& id : ids) {
    const Member& member = *group.find(id);
    if (const auto token = member.joining) {
      group.set_joining(id, std::nullopt);
      answer_joined(group, member, *token, out);
    }
    expect_heartbeat(group, id, member.session_timeout_ms);
    group.add_pending_sync(id);
  }
  timers_.set({TimerKey::Kind::sync, group.id(), {}}, after(group.rebalance_timeout_ms()));
}

void Coordinator::Machine::sync_time_is_up(ClassicGroup& group, Effects& out) {
  const bool waits = group.is(GroupState::completing_rebalance) || group.is(GroupState::stable);
  if (!waits || group.pending_sync().empty()) return;
  const ClassicGroup::Ids silent = group.pending_sync();
  for (const std::string& id : silent) remove_member(group, id, out);
  prepare_rebalance(group, out);
}

void Coordinator::Machine::session_expired(const TimerKey& key, Effects& out) {
  ClassicGroup* const group = find_group(key.group);
  if (group == nullptr) return;
  if (group->is_pending(key.member)) {
    forget_pending(*group, key.member);
    return complete_if_all_joined(*group, out);
  }
  const Member* const member = group->find(key.member);
  if (member == nullptr) return;
  // One that waits for the others cannot be expected to say anything, unless it has waited for as
  // long as a new one may.
  if (!member->is_new && (member->joining || member->syncing)) return;
  remove_member(*group, key.member, out);
  rebalance_or_complete(*group, out);
}

void Coordinator::Machine::remove_member(ClassicGroup& group, const std::string& id, Effects& out) {
  if (const Member* const member = group.find(id)) {
    const auto joining = member->joining;
    const auto syncing = member->syncing;
    group.set_joining(id, std::nullopt);
    group.set_syncing(id, std::nullopt);
    if (joining) refuse_join(*joining, "", ErrorCode::unknown_member_id, out);
    if (syncing) {
      protocol::SyncGroupResponse response;
      response.error_code = ErrorCode::unknown_member_id;
      answer(*syncing, std::move(response), out);
    }
  }
  timers_.cancel({TimerKey::Kind::session, group.id(), id});
  group.remove(id);
}

void Coordinator::Machine::forget_pending(ClassicGroup& group, const std::string& id) {
  timers_.cancel({TimerKey::Kind::session, group.id(), id});
  group.remove(id);
}

// --- a group that changes its protocol ---

void Coordinator::Machine::retire(const std::string& name, Effects& out) {
  ClassicGroup* const group = find_group(name);
  ASSERT(group != nullptr, name);
  std::vector<std::string> ids;
  for (const auto& [id, member] : group->members()) ids.push_back(id);
  for (const std::string& id : ids) {
    const auto joining = group->find(id)->joining;
    group->set_joining(id, std::nullopt);
    if (joining) refuse_join(*joining, id, ErrorCode::rebalance_in_progress, out);
  }
  answer_syncs(*group, ErrorCode::rebalance_in_progress, out);
  for (const std::string& id : ids) remove_member(*group, id, out);
  remove_group(name);
}

void Coordinator::Machine::adopt(ClassicGroup adopted, Then then, Effects& out) {
  const std::string name = adopted.id();
  ClassicGroup& group = state_.groups.insert_or_assign(name, std::move(adopted)).first->second;
  for (const auto& [id, member] : group.members())
    expect_heartbeat(group, id, member.session_timeout_ms);
  if (then == Then::rebalance) prepare_rebalance(group, out);
}

void Coordinator::Machine::drop_if_unborn(const std::string& name) {
  const ClassicGroup* const group = find_group(name);
  if (group == nullptr || !group->is(GroupState::empty)) return;
  if (group->stored() || !group->pending().empty() || state_.offsets.of_group(name) != nullptr)
    return;
  remove_group(name);
}

void Coordinator::Machine::expect_heartbeat(const ClassicGroup& group, const std::string& member,
                                            std::int32_t timeout_ms) {
  timers_.set({TimerKey::Kind::session, group.id(), member}, after(timeout_ms));
}

}  // namespace gregor::group
