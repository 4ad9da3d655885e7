// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Members that speak the classic protocol in a consumer group. What the heartbeat's answer tells a
// member of the new protocol, they hear in pieces: a heartbeat says that they must join again, the
// join moves them towards their target, the sync tells what they have. When the last member of the
// new protocol is gone, the group becomes a classic one.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "group/consumer_machine.h"
#include "group/conversion.h"
#include "group/member_id.h"
#include "group/reconcile.h"

namespace gregor::group {

using model::ErrorCode;
using model::fail;
using namespace protocol;

namespace {

// The protocols that the other classic members of the group have in common with this one.
bool supports(const ConsumerGroup& group, const JoinGroupRequest& request) {
  if (request.protocol_type != consumer_protocol_type) return false;
  return std::ranges::any_of(request.protocols, [&](const auto& offered) {
    return std::ranges::all_of(group.members(), [&](const auto& one) {
      const ConsumerMember& member = one.second;
      if (!member.is_classic() || one.first == request.member_id) return true;
      return base::contains(member.metadata.classic->protocols, offered.name, &Protocol::name);
    });
  });
}

// The oldest version knows one timeout only.
std::int32_t rebalance_timeout_ms(const Request& from, const JoinGroupRequest& request) {
  const bool names_timeout = from.version > model::ApiVersion{0};
  return std::max(names_timeout ? request.rebalance_timeout_ms : request.session_timeout_ms, 0);
}

MemberMetadata said_by(const Request& from, const JoinGroupRequest& request,
                       const ConsumerProtocolSubscription& subscription) {
  MemberMetadata out{.instance_id = request.group_instance_id,
                     .rack_id = subscription.rack_id,
                     .client_id = from.client_id,
                     .client_host = from.client_host,
                     .rebalance_timeout_ms = rebalance_timeout_ms(from, request)};
  out.topics.insert(subscription.topics.begin(), subscription.topics.end());
  ClassicSide& classic = out.classic.emplace();
  classic.session_timeout_ms = request.session_timeout_ms;
  for (const auto& one : request.protocols)
    if (!base::contains(classic.protocols, one.name, &Protocol::name))
      classic.protocols.push_back({one.name, one.metadata});
  return out;
}

// The classic member of this id and instance.
std::expected<const ConsumerMember*, ErrorCode> find_classic(
    const ConsumerGroup& group, const std::string& id,
    const std::optional<std::string>& instance_id) {
  if (instance_id) {
    const ConsumerMember* const holder = group.static_member(*instance_id);
    if (holder == nullptr) return std::unexpected(ErrorCode::unknown_member_id);
    if (holder->id != id) return std::unexpected(ErrorCode::fenced_instance_id);
  }
  const ConsumerMember* const member = group.find(id);
  if (member == nullptr || !member->is_classic())
    return std::unexpected(ErrorCode::unknown_member_id);
  return member;
}

// Whoever asks may be an administrator, who knows static members by their instance ids only, and to
// whom it is the same which protocol a member speaks.
std::expected<const ConsumerMember*, ErrorCode> find_leaving(
    const ConsumerGroup& group, const LeaveGroupRequest::MemberIdentity& named) {
  const ConsumerMember* const found = named.group_instance_id
                                          ? group.static_member(*named.group_instance_id)
                                          : group.find(named.member_id);
  if (found == nullptr) return std::unexpected(ErrorCode::unknown_member_id);
  if (!named.member_id.empty() && found->id != named.member_id)
    return std::unexpected(ErrorCode::fenced_instance_id);
  return found;
}

// One that is giving something up has joined for that; it is told of what comes after it then.
bool is_behind(const ConsumerGroup& group, const ConsumerMember& member) {
  return member.current.epoch < group.epoch() &&
         member.current.state != MemberState::unrevoked_partitions;
}

bool must_join_again(const ConsumerGroup& group, const ConsumerMember& member) {
  switch (member.current.state) {
    case MemberState::stable:
      return member.current.epoch < group.epoch();
    case MemberState::unrevoked_partitions:
      return true;
    case MemberState::unreleased_partitions:
      return member.current.epoch < group.epoch() || !waits_for_others(group, member);
  }
  return true;
}

Response refused_join(const JoinGroupRequest& request, ErrorCode error) {
  return refused(RequestBody(request), error);
}

}  // namespace

// --- join ---

model::Result<ConsumerMachine::Asker> ConsumerMachine::identify(
    const ConsumerGroup& group, const std::string& id, const JoinGroupRequest& request) const {
  if (!request.group_instance_id) return Asker{.id = id};
  const ConsumerMember* const holder = group.static_member(*request.group_instance_id);
  if (request.member_id.empty()) {
    if (holder == nullptr) return Asker{.id = id};
    return Asker{.id = id, .replaces = holder->id};
  }
  if (holder == nullptr) return fail(ErrorCode::unknown_member_id);
  if (holder->id != id) return fail(ErrorCode::fenced_instance_id);
  return Asker{.id = id};
}

void ConsumerMachine::serve(const Request& from, const JoinGroupRequest& request, Effects& out) {
  constexpr model::ApiVersion id_required{4};
  const auto refuse_join = [&](ErrorCode error) {
    desk_.answer(from.token, refused_join(request, error), out);
  };
  ConsumerGroup& group = *find(request.group_id);
  const bool is_new = request.member_id.empty();
  const std::string id =
      is_new ? new_member_id(from, request.group_instance_id) : request.member_id;
  const bool returns =
      request.group_instance_id && group.static_member(*request.group_instance_id) != nullptr;
  if (!returns && is_full(group, id)) return refuse_join(ErrorCode::group_max_size_reached);
  if (!supports(group, request)) return refuse_join(ErrorCode::inconsistent_group_protocol);
  const auto subscription = parse_subscription(request.protocols.front().metadata);
  if (!subscription) return refuse_join(ErrorCode::inconsistent_group_protocol);
  if (is_new && !request.group_instance_id && from.version >= id_required) {
    auto told = std::get<JoinGroupResponse>(refused_join(request, ErrorCode::member_id_required));
    told.member_id = id;
    return desk_.answer(from.token, std::move(told), out);
  }
  const auto asker = identify(group, id, request);
  if (!asker) return refuse_join(asker.error().code);

  const bool becomes_classic = asker->replaces && may_downgrade(group, {*asker->replaces}, 1);
  const std::vector<ConsumerChange> removal = removal_of(group);
  ConsumerPlan plan(group);
  update(plan, *asker, said_by(from, request, *subscription),
         partitions_by_name(subscription->owned_partitions, desk_.cluster()));
  Entry entry{.known = &group};
  std::int32_t generation = plan.member(id).current.epoch;
  if (becomes_classic) {
    generation = group.epoch();
    if (!downgrade(group, removal, {}, Handover::Then::rest, out)) {
      plan.take_back();
      return refuse_join(ErrorCode::unknown_server_error);
    }
    cancel_timers(request.group_id, *asker->replaces);
  } else {
    if (!commit(plan, entry, out)) return refuse_join(ErrorCode::unknown_server_error);
    if (asker->replaces) cancel_timers(request.group_id, *asker->replaces);
    desk_.timers().cancel({TimerKey::Kind::consumer_join, request.group_id, id});
    watch(group, id);
    desk_.timers().set({TimerKey::Kind::consumer_sync, request.group_id, id},
                       desk_.after(rebalance_timeout_ms(from, request)));
  }
  JoinGroupResponse response;
  response.member_id = id;
  response.generation_id = generation;
  response.protocol_type = consumer_protocol_type;
  response.protocol_name = request.protocols.front().name;
  desk_.answer(from.token, std::move(response), out);
}

// --- sync ---

void ConsumerMachine::serve(const Request& from, const SyncGroupRequest& request, Effects& out) {
  const ConsumerGroup& group = *find(request.group_id);
  const auto member = find_classic(group, request.member_id, request.group_instance_id);
  const ErrorCode error = [&] {
    if (!member) return member.error();
    if (request.generation_id != (*member)->current.epoch) return ErrorCode::illegal_generation;
    if (request.protocol_type && *request.protocol_type != consumer_protocol_type)
      return ErrorCode::inconsistent_group_protocol;
    if (request.protocol_name &&
        *request.protocol_name != (*member)->metadata.classic->protocols.front().name)
      return ErrorCode::inconsistent_group_protocol;
    if (!is_behind(group, **member)) return ErrorCode::none;
    expect_join(group, **member);
    return ErrorCode::rebalance_in_progress;
  }();
  if (error != ErrorCode::none)
    return desk_.answer(from.token, refused(RequestBody(request), error), out);
  desk_.timers().cancel({TimerKey::Kind::consumer_sync, group.id(), request.member_id});
  watch(group, request.member_id);
  const Protocol& protocol = (*member)->metadata.classic->protocols.front();
  SyncGroupResponse response;
  response.protocol_type = consumer_protocol_type;
  response.protocol_name = protocol.name;
  response.assignment =
      encode_assignment((*member)->current.assigned, protocol.metadata, desk_.cluster());
  desk_.answer(from.token, std::move(response), out);
}

// --- heartbeat ---

void ConsumerMachine::serve(const Request& from, const HeartbeatRequest& request, Effects& out) {
  const ConsumerGroup& group = *find(request.group_id);
  const auto member = find_classic(group, request.member_id, request.group_instance_id);
  HeartbeatResponse response;
  if (!member) {
    response.error_code = member.error();
  } else if (request.generation_id != (*member)->current.epoch) {
    response.error_code = ErrorCode::illegal_generation;
  } else {
    watch(group, request.member_id);
    if (must_join_again(group, **member)) {
      response.error_code = ErrorCode::rebalance_in_progress;
      expect_join(group, **member);
    }
  }
  desk_.answer(from.token, response, out);
}

void ConsumerMachine::expect_join(const ConsumerGroup& group, const ConsumerMember& member) {
  const TimerKey key{TimerKey::Kind::consumer_join, group.id(), member.id};
  if (!desk_.timers().is_set(key))
    desk_.timers().set(key, desk_.after(member.metadata.rebalance_timeout_ms));
}

// --- leave ---

void ConsumerMachine::serve(const Request& from, const LeaveGroupRequest& request, Effects& out) {
  constexpr model::ApiVersion several_members{3};
  ConsumerGroup& group = *find(request.group_id);
  auto members = request.members;
  if (from.version < several_members) members.emplace_back().member_id = request.member_id;
  LeaveGroupResponse response;
  std::vector<std::string> leaving;
  for (const auto& member : members) {
    auto& one = response.members.emplace_back();
    one.member_id = member.member_id;
    one.group_instance_id = member.group_instance_id;
    const auto leaves = find_leaving(group, member);
    if (!leaves)
      one.error_code = leaves.error();
    else if (!base::contains(leaving, (*leaves)->id))
      leaving.push_back((*leaves)->id);
  }
  if (!leaving.empty() && !remove(group, leaving, out)) {
    response.members.clear();
    response.error_code = ErrorCode::unknown_server_error;
  }
  if (from.version < several_members && !response.members.empty()) {
    response.error_code = response.members.front().error_code;
    response.members.clear();
  }
  desk_.answer(from.token, std::move(response), out);
}

// --- back to the classic protocol ---

bool ConsumerMachine::may_downgrade(const ConsumerGroup& group,
                                    const std::vector<std::string>& without,
                                    std::size_t joining) const {
  if (!desk_.settings().consumer.downgrade) return false;
  std::size_t stay = joining;
  bool loses_the_last = false;
  std::map<std::string, std::size_t> speakers;  // of each protocol
  for (const auto& [id, member] : group.members()) {
    const bool leaves = base::contains(without, id);
    if (!leaves && !member.is_classic()) return false;
    if (!leaves) ++stay;
    if (!leaves)
      for (const Protocol& one : member.metadata.classic->protocols) ++speakers[one.name];
    loses_the_last |= leaves && !member.is_classic();
  }
  // Those who stay joined because they had a protocol in common; a foreign log may say otherwise.
  const bool agree = stay == joining || std::ranges::any_of(speakers, [&](const auto& one) {
                       return one.second == stay - joining;
                     });
  return loses_the_last && agree && stay > 0 &&
         std::cmp_less_equal(stay, desk_.settings().group_size_max);
}

bool ConsumerMachine::downgrade(ConsumerGroup& group, const std::vector<ConsumerChange>& removal,
                                const std::vector<std::string>& without, Handover::Then then,
                                Effects& out) {
  ClassicGroup classic = downgraded(group, without, desk_.cluster(), desk_.now().wall);
  std::vector<StoredRecord> records = records_of(removal);
  records.push_back(group_record(group.id(), *classic.stored()));
  if (!desk_.append(records, out)) return false;
  const std::string& name = classic.id();
  for (const auto& [id, member] : group.members()) cancel_timers(name, id);
  desk_.state().consumer_groups.erase(name);
  soft_.erase(name);
  handover_.adopt(std::move(classic), then, out);
  return true;
}

}  // namespace gregor::group
