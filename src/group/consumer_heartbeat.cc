// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ConsumerGroupHeartbeat: a member joins (epoch 0), stays, or leaves (-1; -2: to be back).

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/ranges.h"
#include "group/assignor.h"
#include "group/consumer_machine.h"
#include "group/conversion.h"
#include "group/topic_pattern.h"

namespace gregor::group {

using model::Error;
using model::ErrorCode;
using model::fail;
using protocol::ConsumerGroupHeartbeatRequest;
using protocol::ConsumerGroupHeartbeatResponse;

namespace {

// From this version on members choose their ids themselves.
constexpr model::ApiVersion own_member_id{1};

bool is_set_and_empty(const std::optional<std::string>& text) { return text && text->empty(); }

model::Result<> check_join(const ConsumerGroupHeartbeatRequest& request) {
  if (request.rebalance_timeout_ms == -1)
    return fail(ErrorCode::invalid_request,
                "RebalanceTimeoutMs must be provided in first request.");
  if (!request.topic_partitions || !request.topic_partitions->empty())
    return fail(ErrorCode::invalid_request, "TopicPartitions must be empty when (re-)joining.");
  // Both may be empty: who subscribes to nothing belongs to the group all the same.
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex)
    return fail(ErrorCode::invalid_request,
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
                "(re-)joining.");
  return {};
}

// What the request leaves out stays as it was.
MemberMetadata said_by(const Request& from, const ConsumerGroupHeartbeatRequest& request,
                       const ConsumerMember* known) {
  MemberMetadata out;
  if (known != nullptr) out = known->metadata;
  out.client_id = from.client_id;
  out.client_host = from.client_host;
  out.classic.reset();
  if (request.instance_id) out.instance_id = request.instance_id;
  if (request.rack_id) out.rack_id = request.rack_id;
  if (request.rebalance_timeout_ms != -1) out.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.server_assignor) out.assignor = request.server_assignor;
  if (request.subscribed_topic_names)
    out.topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  if (request.subscribed_topic_regex) out.pattern = *request.subscribed_topic_regex;
  return out;
}

model::Result<> check_epoch(const ConsumerMember& member,
                            const ConsumerGroupHeartbeatRequest& request) {
  const CurrentAssignment& current = member.current;
  const std::int32_t epoch = request.member_epoch;
  // It begins again, with nothing in its hands.
  if (epoch == joining_epoch || epoch == current.epoch) return {};
  // The answer that told it of the newer epoch may have been lost.
  if (epoch == current.previous_epoch && epoch < current.epoch && request.topic_partitions &&
      contains_all(current.assigned, partitions_of(*request.topic_partitions)))
    return {};
  return fail(ErrorCode::fenced_member_epoch,
              fmt::format("The consumer group member has a {} member epoch ({}) than the one known "
                          "by the group coordinator ({}). The member must abandon all its "
                          "partitions and rejoin.",
                          epoch > current.epoch ? "greater" : "smaller", epoch, current.epoch));
}

// A request that leaves nothing out wants to hear everything.
bool is_full_request(const ConsumerGroupHeartbeatRequest& request) {
  return request.member_epoch == joining_epoch ||
         (request.rebalance_timeout_ms != -1 && request.topic_partitions &&
          (request.subscribed_topic_names || request.subscribed_topic_regex));
}

}  // namespace

model::Result<> ConsumerMachine::check_form(const Request& from,
                                            const ConsumerGroupHeartbeatRequest& request) const {
  const auto invalid = [](const char* why) { return fail(ErrorCode::invalid_request, why); };
  const std::int32_t epoch = request.member_epoch;
  if (request.group_id.empty()) return invalid("GroupId can't be empty.");
  if (request.member_id.empty() && (from.version >= own_member_id || epoch != joining_epoch))
    return invalid("MemberId can't be empty.");
  if (is_set_and_empty(request.instance_id)) return invalid("InstanceId can't be empty.");
  if (is_set_and_empty(request.rack_id)) return invalid("RackId can't be empty.");
  if (epoch < away_epoch) return invalid("MemberEpoch is invalid.");
  if (epoch == away_epoch && !request.instance_id) return invalid("InstanceId can't be null.");
  if (epoch == joining_epoch)
    if (const auto joins = check_join(request); !joins) return joins;

  const auto& assignors = desk_.settings().consumer.assignors;
  if (request.server_assignor && !base::contains(assignors, *request.server_assignor))
    return fail(ErrorCode::unsupported_assignor,
                fmt::format("ServerAssignor {} is not supported. Supported assignors: {}.",
                            *request.server_assignor, fmt::join(assignors, ", ")));
  if (request.subscribed_topic_regex && !request.subscribed_topic_regex->empty())
    if (const auto pattern = TopicPattern::parse(*request.subscribed_topic_regex); !pattern)
      return fail(pattern.error());
  return {};
}

void ConsumerMachine::serve(const Request& from, const ConsumerGroupHeartbeatRequest& request,
                            Effects& out) {
  if (const auto well_formed = check_form(from, request); !well_formed)
    return refuse(from, well_formed.error(), out);
  if (request.member_epoch == leaving_epoch || request.member_epoch == away_epoch)
    return leave(from, request, out);
  stay(from, request, out);
}

model::Result<ConsumerMachine::Entry> ConsumerMachine::enter(
    const ConsumerGroupHeartbeatRequest& request) {
  const std::string& name = request.group_id;
  Entry entry;
  entry.known = find(name);
  if (entry.known != nullptr) return entry;
  const auto classic = desk_.state().groups.find(name);
  if (request.member_epoch != joining_epoch)
    return fail(ErrorCode::group_id_not_found,
                classic == desk_.state().groups.end()
                    ? fmt::format("Consumer group {} not found.", name)
                    : fmt::format("Group {} is not a consumer group.", name));
  if (classic == desk_.state().groups.end()) {
    entry.fresh.emplace(name);
    return entry;
  }
  entry.classic = &classic->second;
  if (classic->second.is(GroupState::empty)) {
    entry.fresh.emplace(name);
    return entry;
  }
  const ConsumerSettings& settings = desk_.settings().consumer;
  const bool may = settings.upgrade && classic->second.is_consumer_group() &&
                   !classic->second.members().empty() &&
                   std::cmp_less_equal(classic->second.members().size(), settings.group_size_max);
  if (!may)
    return fail(ErrorCode::group_id_not_found,
                fmt::format("Group {} is not a consumer group.", name));
  auto group = upgraded(classic->second, desk_.cluster());
  if (!group)
    return fail(ErrorCode::group_id_not_found,
                fmt::format("Cannot upgrade classic group {} to consumer group because the "
                            "embedded consumer protocol is malformed.",
                            name));
  // What its leader has assigned stands, unless this request brings news: a static member that only
  // changes its protocol disturbs nobody.
  if (classic->second.is(GroupState::stable) && is_assigned(*group))
    group->apply(EpochChange{name, EpochChange::Value{group->epoch(), hash_of_topics(*group)}});
  entry.fresh = std::move(*group);
  return entry;
}

model::Result<ConsumerMachine::Asker> ConsumerMachine::identify(
    const ConsumerGroup& group, const std::string& id,
    const ConsumerGroupHeartbeatRequest& request) {
  const bool joins = request.member_epoch == joining_epoch;
  const ConsumerMember* member = group.find(id);
  if (request.instance_id) {
    const std::string& instance = *request.instance_id;
    const ConsumerMember* const holder = group.static_member(instance);
    if (holder == nullptr && !joins)
      return fail(ErrorCode::unknown_member_id, "Instance id " + instance + " is unknown.");
    if (holder != nullptr && holder->id != id && !joins)
      return fail(ErrorCode::fenced_instance_id,
                  fmt::format("Static member {} with instance id {} was fenced by member {}.", id,
                              instance, holder->id));
    // The place is free when its holder has said that it is away, also to the holder itself. One of
    // the classic protocol cannot say so.
    if (holder != nullptr && joins && !holder->is_classic() && holder->current.epoch != away_epoch)
      return fail(ErrorCode::unreleased_instance_id,
                  fmt::format("Static member {} with instance id {} cannot join the group because "
                              "the instance id is owned by {} member.",
                              id, instance, holder->id));
    if (holder != nullptr && holder->id != id) return Asker{.id = id, .replaces = holder->id};
  }
  if (member == nullptr && !joins)
    return fail(ErrorCode::unknown_member_id,
                fmt::format("Member {} is not a member of group {}.", id, group.id()));
  if (member == nullptr) return Asker{.id = id};
  if (const auto current = check_epoch(*member, request); !current) return fail(current.error());
  return Asker{.id = id};
}

bool ConsumerMachine::is_full(const ConsumerGroup& group, std::string_view member) const {
  return group.find(member) == nullptr &&
         std::cmp_greater_equal(group.members().size(), desk_.settings().consumer.group_size_max);
}

void ConsumerMachine::stay(const Request& from, const ConsumerGroupHeartbeatRequest& request,
                           Effects& out) {
  auto entry = enter(request);
  if (!entry) return refuse(from, entry.error(), out);
  ConsumerGroup& group = entry->group();
  const std::string id =
      request.member_id.empty() ? model::to_string(from.fresh) : request.member_id;
  const bool returns = request.instance_id && group.static_member(*request.instance_id) != nullptr;
  if (!returns && is_full(group, id))
    return refuse(from,
                  {ErrorCode::group_max_size_reached,
                   fmt::format("The consumer group has reached its maximum capacity of {} members.",
                               desk_.settings().consumer.group_size_max)},
                  out);
  const auto asker = identify(group, id, request);
  if (!asker) return refuse(from, asker.error(), out);

  std::optional<Partitions> owned;
  if (request.topic_partitions) owned = partitions_of(*request.topic_partitions);
  const ConsumerMember* const known = group.find(asker->replaces.value_or(id));
  const CurrentAssignment before = known == nullptr ? CurrentAssignment{} : known->current;
  const MemberMetadata said = said_by(from, request, known);
  ConsumerPlan plan(group);
  update(plan, *asker, said, owned);
  if (!commit(plan, *entry, out))
    return refuse(from, {ErrorCode::unknown_server_error, "The group is too large to be stored."},
                  out);
  if (asker->replaces) cancel_timers(request.group_id, *asker->replaces);
  const ConsumerGroup& now = *find(request.group_id);
  const CurrentAssignment& current = now.find(id)->current;
  // The time to give something up begins when it is asked to.
  if (current != before)
    desk_.timers().cancel({TimerKey::Kind::consumer_revocation, request.group_id, id});
  watch(now, id);

  ConsumerGroupHeartbeatResponse response;
  response.member_id = id;
  response.member_epoch = current.epoch;
  response.heartbeat_interval_ms = desk_.settings().consumer.heartbeat_interval_ms;
  if (is_full_request(request) || before.assigned != current.assigned) {
    using Assigned = ConsumerGroupHeartbeatResponse::TopicPartitions;
    response.assignment.emplace().topic_partitions = entries_of<Assigned>(current.assigned);
  }
  desk_.answer(from.token, std::move(response), out);
}

void ConsumerMachine::leave(const Request& from, const ConsumerGroupHeartbeatRequest& request,
                            Effects& out) {
  ConsumerGroup* const group = find(request.group_id);
  if (group == nullptr)
    return refuse(from,
                  {ErrorCode::group_id_not_found,
                   fmt::format("Group {} is not a consumer group.", request.group_id)},
                  out);
  const ConsumerMember* member = group->find(request.member_id);
  if (request.instance_id) {
    member = group->static_member(*request.instance_id);
    if (member != nullptr && member->id != request.member_id)
      return refuse(from, {ErrorCode::fenced_instance_id, "The instance id is another member's."},
                    out);
  }
  if (member == nullptr)
    return refuse(
        from,
        {ErrorCode::unknown_member_id, fmt::format("Member {} is not a member of group {}.",
                                                   request.member_id, request.group_id)},
        out);
  bool done = true;
  if (request.member_epoch == leaving_epoch) {
    done = remove(*group, {member->id}, out);
  } else {
    // It keeps its place until its session ends, and what it was to give up, it has given up.
    CurrentAssignment away = member->current;
    away.previous_epoch = away.epoch;
    away.epoch = away_epoch;
    away.state = MemberState::stable;
    away.pending_revocation.clear();
    ConsumerPlan plan(*group);
    plan.set_current(member->id, std::move(away));
    Entry entry{.known = group};
    done = commit(plan, entry, out);
    desk_.timers().cancel(
        {TimerKey::Kind::consumer_revocation, request.group_id, request.member_id});
  }
  if (!done) return refuse(from, {ErrorCode::unknown_server_error, "It could not be stored."}, out);
  ConsumerGroupHeartbeatResponse response;
  response.member_id = request.member_id;
  response.member_epoch = request.member_epoch;
  desk_.answer(from.token, std::move(response), out);
}

void ConsumerMachine::refuse(const Request& from, const Error& error, Effects& out) {
  ConsumerGroupHeartbeatResponse response;
  response.error_code = error.code;
  response.error_message = error.detail;
  desk_.answer(from.token, std::move(response), out);
}

}  // namespace gregor::group
