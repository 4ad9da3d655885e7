// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/member.h"

#include <fmt/format.h>

#include "protocol/messages/heartbeat.h"
#include "protocol/messages/leave_group.h"
#include "protocol/messages/sync_group.h"

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

namespace {

constexpr std::int32_t session_timeout_ms = 6000;
constexpr std::int32_t rebalance_timeout_ms = 3000;
constexpr const char* protocol_type = "simulated";
constexpr const char* protocol_name = "in turn";

// Versions: ids are given before a member may join; topics have names.
constexpr std::int16_t joins_with_given_ids = 4;
constexpr std::int16_t leaves_by_list = 3;
constexpr std::int16_t joins_with_instances = 5;
constexpr std::int16_t syncs_with_instances = 3;
constexpr std::int16_t heartbeats_with_instances = 3;
constexpr std::int16_t commits_with_instances = 7;

// A share is the text of the places of its partitions in the plan: "0 3 6".
base::Bytes to_bytes(const std::vector<std::size_t>& share) {
  std::string text;
  for (const std::size_t place : share) text += fmt::format("{} ", place);
  return base::to_bytes(base::as_bytes(text));
}

std::vector<TopicPartition> share_from(base::BytesView bytes,
                                       const std::vector<TopicPartition>& all) {
  std::vector<TopicPartition> share;
  std::size_t place = 0;
  for (const char c : base::as_text(bytes)) {
    if (c == ' ') {
      share.push_back(all.at(std::exchange(place, 0)));
      continue;
    }
    place = 10 * place + static_cast<std::size_t>(c - '0');
  }
  return share;
}

}  // namespace

void Member::operate() {
  if (!coordinator_) return find_coordinator();
  if (!place_) return join();
  if (!is_finishing() && plan_.instance_id() && before_ && dice_.chance(1, 8))
    return speak_as_before();
  if (!is_finishing() && dice_.chance(1, 60))
    return plan_.instance_id() && dice_.chance(3, 4) ? start_again() : leave();
  if (place_->share.empty() || dice_.chance(1, 3)) return heartbeat();
  const TopicPartition partition = dice_.pick(place_->share);
  // A thread of it may not have heard yet of the generation that it is in.
  const bool late = dice_.chance(1, 30);
  if (late || dice_.chance(1, 2))
    commit(partition, place_->generation - (late ? 1 : 0));
  else
    fetch_offset(partition, [this, partition, begun = env_.now()](std::int64_t offset) {
      group_.found(partition, offset, begun);
      operation_done(false);
    });
}

void Member::failed(const char* api, std::optional<ErrorCode> code) {
  if (!code) {
    coordinator_.reset();
    return operation_done(false);
  }
  env_.mark(fmt::format("{} answered {}", api, model::name_of(*code)));
  switch (*code) {
    case ErrorCode::group_id_not_found:  // a power cut has taken it
      if (ledger_.power_cuts() == 0) return refuse(api, *code);
      [[fallthrough]];
    case ErrorCode::unknown_member_id:
      member_id_.clear();
      place_.reset();
      break;
    case ErrorCode::illegal_generation:
    case ErrorCode::rebalance_in_progress:
      place_.reset();
      break;
    case ErrorCode::fenced_instance_id:
      if (!plan_.instance_id()) return refuse(api, *code);
      if (!join_lost_) group_.fenced_while_alive(plan_.instance);
      member_id_.clear();
      place_.reset();
      break;
    default:
      coordinator_.reset();
      if (!model::is_retriable(*code)) return refuse(api, *code);
  }
  operation_done(false);
}

void Member::succeeded() {
  if (is_finishing()) return leave();
  operation_done(true);
}

// --- a generation ---

void Member::join() {
  group_.joins(plan_.instance);
  JoinGroupRequest request;
  request.group_id = group_id_;
  request.session_timeout_ms = session_timeout_ms;
  request.rebalance_timeout_ms = rebalance_timeout_ms;
  request.member_id = member_id_;
  request.group_instance_id = plan_.instance_id();
  request.protocol_type = protocol_type;
  request.protocols.emplace_back().name = protocol_name;
  client_.call<JoinGroupResponse>(
      *coordinator_, request,
      client_.some_version(JoinGroupRequest::api_key,
                           plan_.instance_id() ? joins_with_instances : joins_with_given_ids),
      [this](ClusterClient::Answer<JoinGroupResponse> answer) {
        join_lost_ = join_lost_ || (!answer && member_id_.empty());
        if (!answer) return failed("JoinGroup", std::nullopt);
        joined(**answer);
      });
}

void Member::joined(const JoinGroupResponse& told) {
  if (told.error_code == ErrorCode::member_id_required) {
    member_id_ = told.member_id;
    return operation_done(false);
  }
  if (told.error_code != ErrorCode::none) return failed("JoinGroup", told.error_code);
  member_id_ = told.member_id;
  sync(told.generation_id, told);
}

void Member::sync(std::int32_t generation, const JoinGroupResponse& told) {
  SyncGroupRequest request;
  request.group_id = group_id_;
  request.generation_id = generation;
  request.member_id = member_id_;
  request.protocol_type = protocol_type;
  request.protocol_name = protocol_name;
  request.group_instance_id = plan_.instance_id();
  if (told.leader == member_id_ && !told.skip_assignment) {
    for (std::size_t i = 0; i < told.members.size(); ++i) {
      std::vector<std::size_t> share;
      for (std::size_t place = i; place < plan_.partitions.size(); place += told.members.size())
        share.push_back(place);
      auto& to = request.assignments.emplace_back();
      to.member_id = told.members[i].member_id;
      to.assignment = to_bytes(share);
    }
  }
  client_.call<SyncGroupResponse>(
      *coordinator_, request,
      client_.some_version(SyncGroupRequest::api_key,
                           plan_.instance_id() ? syncs_with_instances : 0),
      [this, generation](ClusterClient::Answer<SyncGroupResponse> answer) {
        if (!answer) return failed("SyncGroup", std::nullopt);
        if ((*answer)->error_code != ErrorCode::none)
          return failed("SyncGroup", (*answer)->error_code);
        env_.mark("a member has its share of a generation");
        place_ = {generation, share_from((*answer)->assignment, plan_.partitions)};
        group_.assigned(generation, owner(), place_->share);
        operation_done(false);
      });
}

void Member::heartbeat() {
  HeartbeatRequest request;
  request.group_id = group_id_;
  request.generation_id = place_->generation;
  request.member_id = member_id_;
  request.group_instance_id = plan_.instance_id();
  client_.call<HeartbeatResponse>(
      *coordinator_, request,
      client_.some_version(HeartbeatRequest::api_key,
                           plan_.instance_id() ? heartbeats_with_instances : 0),
      [this](ClusterClient::Answer<HeartbeatResponse> answer) {
        const bool accepted = answer && (*answer)->error_code == ErrorCode::none;
        group_.heartbeat(plan_.instance, accepted ? coordinator_ : std::nullopt);
        if (!answer) return failed("Heartbeat", std::nullopt);
        if (!accepted) return failed("Heartbeat", (*answer)->error_code);
        if (place_->share.empty()) return succeeded();
        operation_done(false);
      });
}

// Whether it is heard or not, the next one is another member.
void Member::leave() {
  LeaveGroupRequest request;
  request.group_id = group_id_;
  const std::int16_t version =
      client_.some_version(LeaveGroupRequest::api_key, plan_.instance_id() ? leaves_by_list : 0);
  if (version >= leaves_by_list) {
    auto& leaver = request.members.emplace_back();
    leaver.member_id = member_id_;
    leaver.group_instance_id = plan_.instance_id();
  } else {
    request.member_id = member_id_;
  }
  place_.reset();
  member_id_.clear();
  before_.reset();
  client_.call<LeaveGroupResponse>(*coordinator_, request, version,
                                   [this](const ClusterClient::Answer<LeaveGroupResponse>&) {
                                     env_.mark("a member leaves");
                                     operation_done(true);
                                   });
}

// --- commits ---

void Member::commit(const TopicPartition& partition, std::int32_t generation) {
  const std::int64_t offset = group_.committing(partition);
  commit_offset(partition, offset, identity(generation, member_id_),
                [this, partition, offset, begun = env_.now(), generation](Commit commit) {
                  if (!commit) {
                    if (commit.error() == Unanswered::unsent) group_.refused(partition, offset);
                    return failed("OffsetCommit", std::nullopt);
                  }
                  const bool as_no_member = *commit == ErrorCode::illegal_generation ||
                                            *commit == ErrorCode::unknown_member_id ||
                                            *commit == ErrorCode::group_id_not_found ||
                                            *commit == ErrorCode::fenced_instance_id ||
                                            *commit == ErrorCode::rebalance_in_progress;
                  if (as_no_member) group_.refused(partition, offset);
                  if (*commit == ErrorCode::illegal_generation && generation != place_->generation)
                    return operation_done(false);
                  if (*commit != ErrorCode::none) return failed("OffsetCommit", *commit);
                  group_.committed(partition, offset, generation, begun);
                  succeeded();
                });
}

// --- static members ---

// Who has the share of a generation, also when it is started again in it.
const std::string& Member::owner() const {
  return plan_.instance.empty() ? member_id_ : plan_.instance;
}

Member::Identity Member::identity(std::int32_t generation, const std::string& member_id) const {
  Identity identity{
      .generation = generation, .member_id = member_id, .instance = plan_.instance_id()};
  if (identity.instance) identity.least_version = commits_with_instances;
  return identity;
}

void Member::start_again() {
  env_.mark("a static member is started again");
  before_ = {member_id_, place_->generation};
  member_id_.clear();
  place_.reset();
  operation_done(false);
}

// The new life has its id, and its place: the earlier one is to be told so, whatever it sends.
void Member::speak_as_before() {
  if (dice_.chance(1, 2))
    heartbeat_as_before();
  else
    commit_as_before();
}

void Member::heartbeat_as_before() {
  HeartbeatRequest request;
  request.group_id = group_id_;
  request.generation_id = before_->generation;
  request.member_id = before_->member_id;
  request.group_instance_id = plan_.instance_id();
  client_.call<HeartbeatResponse>(
      *coordinator_, request,
      client_.some_version(HeartbeatRequest::api_key, heartbeats_with_instances),
      [this](ClusterClient::Answer<HeartbeatResponse> answer) {
        if (!answer) coordinator_.reset();
        if (answer) told_as_before("Heartbeat", (*answer)->error_code);
        operation_done(false);
      });
}

void Member::told_as_before(const char* api, ErrorCode code) {
  if (code == ErrorCode::none) group_.accepted_of_earlier_life(api, plan_.instance);
  if (code == ErrorCode::unknown_member_id)
    group_.earlier_life_unknown(api, plan_.instance, *coordinator_);
}

void Member::commit_as_before() {
  const TopicPartition partition = dice_.pick(plan_.partitions);
  const std::int64_t offset = group_.committing(partition);
  commit_offset(partition, offset, identity(before_->generation, before_->member_id),
                [this, partition, offset](Commit commit) {
                  if (!commit) coordinator_.reset();
                  if (commit) told_as_before("OffsetCommit", *commit);
                  const bool is_refused = commit ? *commit == ErrorCode::fenced_instance_id
                                                 : commit.error() == Unanswered::unsent;
                  if (is_refused) group_.refused(partition, offset);
                  operation_done(false);
                });
}

}  // namespace gregor::simulation
