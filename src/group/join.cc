// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "group/machine.h"
#include "group/member_id.h"

namespace gregor::group {

using model::ErrorCode;

// The version from which a new dynamic member is first told its id, and joins with that.
constexpr model::ApiVersion id_required{4};
// The version from which a leader may be told that it need not assign anew.
constexpr model::ApiVersion skip_assignment{9};
// A client has this long to come back for the rebalance that it has asked for, because the answer
// to its first join may be held back for longer than its session.
constexpr std::int32_t new_member_timeout_ms = 5 * 60 * 1000;

struct Coordinator::Machine::Joining {
  const Request& from;
  const protocol::JoinGroupRequest& request;
  std::vector<Protocol> protocols;
  std::int32_t rebalance_timeout_ms;
};

namespace {

std::vector<Protocol> protocols_of(const protocol::JoinGroupRequest& request) {
  std::vector<Protocol> out;
  std::set<std::string_view> names;
  for (const auto& one : request.protocols)
    if (names.insert(one.name).second) out.push_back({one.name, one.metadata});
  return out;
}

}  // namespace

void Coordinator::Machine::serve(const Request& from, const protocol::JoinGroupRequest& request,
                                 Effects& out) {
  if (request.group_id.empty())
    return refuse_join(from.token, request.member_id, ErrorCode::invalid_group_id, out);
  if (request.session_timeout_ms < settings_.session_timeout_ms_min ||
      request.session_timeout_ms > settings_.session_timeout_ms_max)
    return refuse_join(from.token, request.member_id, ErrorCode::invalid_session_timeout, out);
  if (const ConsumerGroup* const group = consumer_.find(request.group_id)) {
    if (!group->members().empty()) return consumer_.serve(from, request, out);
    append_in_parts(consumer_.remove_empty(request.group_id), out);
    find_or_make_group(request.group_id);
  }
  const bool is_new = request.member_id.empty();
  if (!is_new && find_group(request.group_id) == nullptr)
    return refuse_join(from.token, request.member_id, ErrorCode::unknown_member_id, out);

  ClassicGroup& group = find_or_make_group(request.group_id);
  const bool names_timeout = from.version > model::ApiVersion{0};
  Joining join{from, request, protocols_of(request),
               std::max(names_timeout ? request.rebalance_timeout_ms : request.session_timeout_ms,
                        std::int32_t{0})};
  if (!has_room_for(group, request.member_id)) {
    if (group.find(request.member_id) != nullptr || group.is_pending(request.member_id)) {
      remove_member(group, request.member_id, out);
      complete_if_all_joined(group, out);
    }
    refuse_join(from.token, "", ErrorCode::group_max_size_reached, out);
  } else if (!group.supports(request.protocol_type, join.protocols)) {
    refuse_join(from.token, request.member_id, ErrorCode::inconsistent_group_protocol, out);
  } else if (is_new) {
    join_as_new(join, group, out);
  } else {
    join_as_known(join, group, out);
  }
  drop_if_unborn(request.group_id);
}

bool Coordinator::Machine::has_room_for(const ClassicGroup& group, std::string_view id) const {
  const auto most = static_cast<std::size_t>(settings_.group_size_max);
  const Member* const member = group.find(id);
  switch (group.state()) {
    case GroupState::empty:
      return true;
    // Whoever joins first gets in: a group over its limit shrinks to it.
    case GroupState::preparing_rebalance:
      return (member != nullptr && member->joining) || group.joining() < most;
    case GroupState::completing_rebalance:
    case GroupState::stable:
      return member != nullptr || group.members().size() < most;
  }
  return false;
}

void Coordinator::Machine::join_as_new(Joining& join, ClassicGroup& group, Effects& out) {
  const std::string id = new_member_id(join.from, join.request.group_instance_id);
  if (join.request.group_instance_id) {
    if (const std::string* const holder = group.static_member(*join.request.group_instance_id)) {
      const std::string old_id = *holder;
      replace_static_member(join, group, old_id, id, out);
    } else if (store_new_id(group, *join.request.group_instance_id, id, out)) {
      add_member(join, group, id, out);
    } else {
      refuse_join(join.from.token, "", ErrorCode::unknown_server_error, out);
    }
  } else if (join.from.version >= id_required) {
    hand_out_id(join, group, out);
  } else {
    add_member(join, group, id, out);
  }
}

void Coordinator::Machine::hand_out_id(const Joining& join, ClassicGroup& group, Effects& out) {
  if (group.pending().size() >= pending_members_max) {
    const std::string oldest = group.pending().front();
    forget_pending(group, oldest);
  }
  const std::string id = new_member_id(join.from, join.request.group_instance_id);
  group.add_pending(id);
  expect_heartbeat(group, id, join.request.session_timeout_ms);
  refuse_join(join.from.token, id, ErrorCode::member_id_required, out);
}

void Coordinator::Machine::join_as_known(Joining& join, ClassicGroup& group, Effects& out) {
  const std::string& id = join.request.member_id;
  if (group.is_pending(id) && !join.request.group_instance_id)
    return add_member(join, group, id, out);
  const ErrorCode error = check_member(group, id, join.request.group_instance_id);
  if (error != ErrorCode::none) return refuse_join(join.from.token, id, error, out);

  const Member& member = *group.find(id);
  const bool unchanged = member.protocols == join.protocols;
  switch (group.state()) {
    case GroupState::empty:
      return refuse_join(join.from.token, id, ErrorCode::unknown_member_id, out);
    case GroupState::preparing_rebalance:
      return rejoin(join, group, out);
    // It did not hear the answer to its join.
    case GroupState::completing_rebalance:
      if (!unchanged) return rejoin(join, group, out);
      break;
    // A leader asks for a new assignment in this way.
    case GroupState::stable:
      if (!unchanged || group.is_leader(id)) return rejoin(join, group, out);
      break;
  }
  answer_joined(group, member, join.from.token, out);
}

void Coordinator::Machine::add_member(Joining& join, ClassicGroup& group, const std::string& id,
                                      Effects& out) {
  if (group.is(GroupState::preparing_rebalance) && group.previous_state() == GroupState::empty)
    group.member_added = true;
  group.add({.id = id,
             .instance_id = join.request.group_instance_id,
             .client_id = join.from.client_id,
             .client_host = join.from.client_host,
             .rebalance_timeout_ms = join.rebalance_timeout_ms,
             .session_timeout_ms = join.request.session_timeout_ms,
             .protocols = std::move(join.protocols),
             .joining = join.from.token,
             .is_new = true},
            join.request.protocol_type);
  expect_heartbeat(group, id, new_member_timeout_ms);
  rebalance_or_complete(group, out);
}

void Coordinator::Machine::rejoin(Joining& join, ClassicGroup& group, Effects& out) {
  const std::string& id = join.request.member_id;
  // Only the newest of several joins of a member waits.
  if (const auto earlier = group.find(id)->joining) {
    group.set_joining(id, std::nullopt);
    refuse_join(*earlier, id, ErrorCode::rebalance_in_progress, out);
  }
  group.update(id, std::move(join.protocols), join.rebalance_timeout_ms,
               join.request.session_timeout_ms);
  group.set_joining(id, join.from.token);
  rebalance_or_complete(group, out);
}

void Coordinator::Machine::replace_static_member(Joining& join, ClassicGroup& group,
                                                 const std::string& old_id,
                                                 const std::string& new_id, Effects& out) {
  // Another living member of that instance id is out, in whatever it was doing.
  if (const auto token = group.find(old_id)->joining) {
    group.set_joining(old_id, std::nullopt);
    refuse_join(*token, old_id, ErrorCode::fenced_instance_id, out);
  }
  if (const auto token = group.find(old_id)->syncing) {
    group.set_syncing(old_id, std::nullopt);
    protocol::SyncGroupResponse fenced;
    fenced.error_code = ErrorCode::fenced_instance_id;
    answer(*token, std::move(fenced), out);
  }
  timers_.cancel({TimerKey::Kind::session, group.id(), old_id});
  const std::string leader_before = group.leader().value_or("");
  const bool led = group.is_leader(old_id);
  group.replace_static(old_id, new_id);
  expect_heartbeat(group, new_id, join.request.session_timeout_ms);
  group.update(new_id, std::move(join.protocols), join.rebalance_timeout_ms,
               join.request.session_timeout_ms);

  const bool stays =
      group.is(GroupState::stable) && group.select_protocol() == group.protocol().value_or("");
  const bool stored = stays ? store_group(group, out)
                            : store_new_id(group, *join.request.group_instance_id, new_id, out);
  if (!stays || !stored) {
    group.set_joining(new_id, join.from.token);
    if (group.is(GroupState::preparing_rebalance)) return complete_if_all_joined(group, out);
    return prepare_rebalance(group, out);
  }
  // Everybody keeps what it has. An old leader must not find that it leads, or it would assign.
  auto response = protocol::JoinGroupResponse{};
  response.member_id = new_id;
  response.generation_id = group.generation();
  response.protocol_type = group.protocol_type();
  response.protocol_name = group.protocol();
  response.leader =
      join.from.version >= skip_assignment ? group.leader().value_or("") : leader_before;
  if (join.from.version >= skip_assignment && led) {
    response.skip_assignment = true;
    for (const auto& [id, member] : group.members()) {
      auto& one = response.members.emplace_back();
      one.member_id = id;
      one.group_instance_id = member.instance_id;
      one.metadata = base::to_bytes(member.metadata_for(group.protocol().value_or("")));
    }
  }
  answer(join.from.token, std::move(response), out);
}

// In the generation that was stored last, the instance gets its new member id: whoever takes over
// in the middle of a rebalance must not fence the living one.
bool Coordinator::Machine::store_new_id(ClassicGroup& group, const std::string& instance_id,
                                        const std::string& new_id, Effects& out) {
  if (!group.stored()) return true;
  auto value = *group.stored();
  const auto member = std::ranges::find(
      value.members, instance_id, &protocol::GroupMetadataValue::MemberMetadata::group_instance_id);
  if (member == value.members.end()) return true;
  if (value.leader == member->member_id) value.leader = new_id;
  member->member_id = new_id;
  if (!append({group_record(group.id(), value)}, out)) return false;
  group.set_stored(std::move(value));
  return true;
}

void Coordinator::Machine::answer_joined(const ClassicGroup& group, const Member& member,
                                         Token token, Effects& out) {
  protocol::JoinGroupResponse response;
  response.member_id = member.id;
  response.generation_id = group.generation();
  response.protocol_type = group.protocol_type();
  response.protocol_name = group.protocol();
  response.leader = group.leader().value_or("");
  // The leader gets the members in order to assign; in a stable group it has done so.
  if (group.is_leader(member.id) && group.is(GroupState::completing_rebalance)) {
    for (const auto& [id, other] : group.members()) {
      auto& one = response.members.emplace_back();
      one.member_id = id;
      one.group_instance_id = other.instance_id;
      one.metadata = base::to_bytes(other.metadata_for(group.protocol().value_or("")));
    }
  }
  answer(token, std::move(response), out);
}

void Coordinator::Machine::refuse_join(Token token, std::string member_id, ErrorCode error,
                                       Effects& out) {
  protocol::JoinGroupResponse response;
  response.error_code = error;
  response.member_id = std::move(member_id);
  response.protocol_name = std::nullopt;
  answer(token, std::move(response), out);
}

}  // namespace gregor::group
