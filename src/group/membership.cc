// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Sync, heartbeat and leave: what members do between two joins.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "group/machine.h"

namespace gregor::group {

using model::ErrorCode;

namespace {

// A client that names what it believes the group uses is held to it.
bool contradicts(const std::optional<std::string>& named, const std::optional<std::string>& used) {
  return named && used && *named != *used;
}

// Whether the assignment gives something to somebody who is not in the group.
bool names_others(const ClassicGroup& group, const protocol::SyncGroupRequest& request) {
  return std::ranges::any_of(request.assignments,
                             [&](const auto& one) { return group.find(one.member_id) == nullptr; });
}

}  // namespace

ErrorCode Coordinator::Machine::check_member(const ClassicGroup& group, std::string_view member,
                                             const std::optional<std::string>& instance_id) {
  if (instance_id) {
    const std::string* const holder = group.static_member(*instance_id);
    if (holder == nullptr) return ErrorCode::unknown_member_id;
    if (*holder != member) return ErrorCode::fenced_instance_id;
  }
  return group.find(member) == nullptr ? ErrorCode::unknown_member_id : ErrorCode::none;
}

// --- sync ---

ErrorCode Coordinator::Machine::check_sync(const ClassicGroup& group,
                                           const protocol::SyncGroupRequest& request) {
  const ErrorCode error = check_member(group, request.member_id, request.group_instance_id);
  if (error != ErrorCode::none) return error;
  if (request.generation_id != group.generation()) return ErrorCode::illegal_generation;
  if (contradicts(request.protocol_type, group.protocol_type()) ||
      contradicts(request.protocol_name, group.protocol()))
    return ErrorCode::inconsistent_group_protocol;
  return ErrorCode::none;
}

void Coordinator::Machine::serve(const Request& from, const protocol::SyncGroupRequest& request,
                                 Effects& out) {
  const auto refuse = [&](Token token, ErrorCode error) {
    protocol::SyncGroupResponse response;
    response.error_code = error;
    answer(token, std::move(response), out);
  };
  if (request.group_id.empty()) return refuse(from.token, ErrorCode::invalid_group_id);
  if (consumer_.find(request.group_id) != nullptr) return consumer_.serve(from, request, out);
  ClassicGroup* const group = find_group(request.group_id);
  if (group == nullptr || group->is(GroupState::empty))
    return refuse(from.token, ErrorCode::unknown_member_id);
  if (const ErrorCode error = check_sync(*group, request); error != ErrorCode::none)
    return refuse(from.token, error);
  if (group->is(GroupState::preparing_rebalance))
    return refuse(from.token, ErrorCode::rebalance_in_progress);
  // Made for a generation of this number that another coordinator began, with other members.
  if (group->is(GroupState::completing_rebalance) && names_others(*group, request))
    return refuse(from.token, ErrorCode::rebalance_in_progress);

  group->remove_pending_sync(request.member_id);
  if (group->pending_sync().empty()) timers_.cancel({TimerKey::Kind::sync, group->id(), {}});
  // Only the newest of several syncs of a member waits.
  if (const auto earlier = group->find(request.member_id)->syncing) {
    group->set_syncing(request.member_id, std::nullopt);
    refuse(*earlier, ErrorCode::rebalance_in_progress);
  }
  group->set_syncing(request.member_id, from.token);
  if (group->is(GroupState::stable)) return answer_syncs(*group, ErrorCode::none, out);
  if (group->is_leader(request.member_id)) assign(*group, request, out);
}

void Coordinator::Machine::assign(ClassicGroup& group, const protocol::SyncGroupRequest& request,
                                  Effects& out) {
  for (const auto& [id, member] : group.members()) group.set_assignment(id, {});
  for (const auto& one : request.assignments) group.set_assignment(one.member_id, one.assignment);
  group.transition_to(GroupState::stable, now_.wall);
  if (store_group(group, out)) return answer_syncs(group, ErrorCode::none, out);
  // Too large to be kept: nobody may learn of it.
  for (const auto& [id, member] : group.members()) group.set_assignment(id, {});
  answer_syncs(group, ErrorCode::unknown_server_error, out);
  prepare_rebalance(group, out);
}

void Coordinator::Machine::answer_syncs(ClassicGroup& group, ErrorCode error, Effects& out) {
  std::vector<std::string> waiting;
  for (const auto& [id, member] : group.members())
    if (member.syncing) waiting.push_back(id);
  for (const std::string& id : waiting) {
    const Member& member = *group.find(id);
    protocol::SyncGroupResponse response;
    response.error_code = error;
    if (error == ErrorCode::none) {
      response.protocol_type = group.protocol_type();
      response.protocol_name = group.protocol();
      response.assignment = member.assignment;
    }
    answer(*member.syncing, std::move(response), out);
    group.set_syncing(id, std::nullopt);
    expect_heartbeat(group, id, member.session_timeout_ms);
  }
}

// --- heartbeat ---

void Coordinator::Machine::serve(const Request& from, const protocol::HeartbeatRequest& request,
                                 Effects& out) {
  if (consumer_.find(request.group_id) != nullptr) return consumer_.serve(from, request, out);
  const ErrorCode error = [&] {
    if (request.group_id.empty()) return ErrorCode::invalid_group_id;
    const ClassicGroup* const group = find_group(request.group_id);
    if (group == nullptr) return ErrorCode::unknown_member_id;
    const ErrorCode wrong = check_member(*group, request.member_id, request.group_instance_id);
    if (wrong != ErrorCode::none) return wrong;
    if (request.generation_id != group->generation()) return ErrorCode::illegal_generation;
    expect_heartbeat(*group, request.member_id, group->find(request.member_id)->session_timeout_ms);
    return group->is(GroupState::preparing_rebalance) ? ErrorCode::rebalance_in_progress
                                                      : ErrorCode::none;
  }();
  protocol::HeartbeatResponse response;
  response.error_code = error;
  answer(from.token, response, out);
}

// --- leave ---

void Coordinator::Machine::serve(const Request& from, const protocol::LeaveGroupRequest& request,
                                 Effects& out) {
  constexpr model::ApiVersion several_members{3};
  protocol::LeaveGroupResponse response;
  if (request.group_id.empty()) {
    response.error_code = ErrorCode::invalid_group_id;
    return answer(from.token, std::move(response), out);
  }
  if (consumer_.find(request.group_id) != nullptr) return consumer_.serve(from, request, out);
  auto members = request.members;
  if (from.version < several_members) members.emplace_back().member_id = request.member_id;

  ClassicGroup* const group = find_group(request.group_id);
  bool left = false;
  for (const auto& member : members) {
    auto& one = response.members.emplace_back();
    one.member_id = member.member_id;
    one.group_instance_id = member.group_instance_id;
    one.error_code = group == nullptr
                         ? ErrorCode::unknown_member_id
                         : leave(*group, member.member_id, member.group_instance_id, out);
    left |= one.error_code == ErrorCode::none;
  }
  if (left && !group->is(GroupState::empty)) rebalance_or_complete(*group, out);
  if (from.version < several_members) {
    response.error_code = response.members.front().error_code;
    response.members.clear();
  }
  answer(from.token, std::move(response), out);
  drop_if_unborn(request.group_id);
}

ErrorCode Coordinator::Machine::leave(ClassicGroup& group, std::string_view member,
                                      const std::optional<std::string>& instance_id, Effects& out) {
  // An administrator knows static members by their instance ids only.
  if (member.empty()) {
    const std::string* const holder = instance_id ? group.static_member(*instance_id) : nullptr;
    if (holder == nullptr) return ErrorCode::unknown_member_id;
    const std::string id = *holder;
    remove_member(group, id, out);
    return ErrorCode::none;
  }
  if (group.is_pending(member)) {
    forget_pending(group, std::string(member));
    return ErrorCode::none;
  }
  const ErrorCode error = check_member(group, member, instance_id);
  if (error == ErrorCode::none) remove_member(group, std::string(member), out);
  return error;
}

}  // namespace gregor::group
