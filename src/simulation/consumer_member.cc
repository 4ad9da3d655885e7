// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/consumer_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

namespace {

// In the place of an epoch.
constexpr std::int32_t leaving = -1;
constexpr std::int32_t away = -2;  // a static member, that will be back
constexpr std::int32_t rebalance_max_ms = 300'000;
constexpr std::int16_t commits_with_epochs = 9;

// No connection keeps a request for longer.
constexpr std::int64_t latest_us = 30 * second;

}  // namespace

std::string ConsumerMember::new_id() { return fmt::format("{}-{}", name(), ++lives_); }

void ConsumerMember::operate() {
  if (!coordinator_) return find_coordinator();
  for (const std::string& topic : topics_)
    if (client_.topic_id(topic).is_zero()) return learn(topic);
  if (epoch_ == 0) return heartbeat();
  if (!is_finishing() && plan_.instance_id() && before_ && dice_.chance(1, 8))
    return speak_as_before();
  if (!is_finishing() && dice_.chance(1, 60))
    return plan_.instance_id() && dice_.chance(3, 4) ? start_again() : leave(leaving);
  settle();
  if (owned_.empty() || dice_.chance(1, 2)) return heartbeat();
  const TopicPartition partition =
      *std::next(owned_.begin(), static_cast<std::ptrdiff_t>(dice_.below(owned_.size())));
  // A thread of it may not have heard yet of the epoch that it is in.
  const bool late = dice_.chance(1, 30);
  if (late || dice_.chance(1, 2)) return commit(partition, epoch_ - (late ? 1 : 0));
  fetch_offset(partition, [this, partition, begun = env_.now()](std::int64_t offset) {
    group_.found(partition, offset, begun);
    operation_done(false);
  });
}

void ConsumerMember::learn(const std::string& topic) {
  const TopicPartition first{topic, model::PartitionIndex(0)};
  client_.forget_leader(first);
  client_.with_leader(
      first, [this](const std::optional<ClusterClient::Leader>&) { operation_done(false); });
}

void ConsumerMember::failed(const char* api, std::optional<ErrorCode> code) {
  // It may have joined all the same.
  const bool released = std::exchange(released_, false);
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
    case ErrorCode::fenced_member_epoch:
      abandon();
      break;
    case ErrorCode::stale_member_epoch:
      break;
    case ErrorCode::fenced_instance_id:
      if (!plan_.instance_id()) return refuse(api, *code);
      if (is_sure() && is_coordinated()) group_.fenced_while_alive(plan_.instance);
      abandon();
      break;
    case ErrorCode::unreleased_instance_id:  // until the session of who has its place ends
      if (!plan_.instance_id() ||
          (released && is_sure() && is_coordinated() && ledger_.power_cuts() == 0))
        return refuse(api, *code);
      break;
    default:
      coordinator_.reset();
      if (!model::is_retriable(*code)) return refuse(api, *code);
  }
  operation_done(false);
}

void ConsumerMember::abandon() {
  epoch_ = 0;
  owned_.clear();
  target_.clear();
  said_.reset();
  group_.holds(member_id_, {}, env_.now());
}

void ConsumerMember::succeeded() {
  if (is_finishing()) return leave(leaving);
  operation_done(true);
}

// --- heartbeats ---

// Not in full: without what the coordinator knows already.
ConsumerGroupHeartbeatRequest ConsumerMember::say(std::int32_t epoch, bool in_full) const {
  ConsumerGroupHeartbeatRequest request;
  request.group_id = group_id_;
  request.member_id = member_id_;
  request.member_epoch = epoch;
  request.instance_id = plan_.instance_id();
  if (in_full) {
    request.rebalance_timeout_ms = rebalance_max_ms;
    request.subscribed_topic_names.emplace(topics_.begin(), topics_.end());
  }
  if (!in_full && said_ == owned_) return request;
  std::map<std::string, std::vector<std::int32_t>> by_topic;
  for (const TopicPartition& partition : owned_)
    by_topic[partition.topic].push_back(partition.partition.value());
  auto& owned = request.topic_partitions.emplace();
  for (auto& [topic, partitions] : by_topic)
    owned.push_back({client_.topic_id(topic), std::move(partitions), {}});
  return request;
}

void ConsumerMember::heartbeat() {
  const bool in_full = epoch_ == 0 || !said_ || dice_.chance(1, 3);
  if (epoch_ == 0) group_.joins(plan_.instance);
  client_.call<ConsumerGroupHeartbeatResponse>(
      *coordinator_, say(epoch_, in_full),
      client_.some_version(ConsumerGroupHeartbeatRequest::api_key, 0),
      [this, sent = env_.now(), said = owned_](const Answer& answer) {
        on_heartbeat(answer, sent, said);
      });
}

void ConsumerMember::on_heartbeat(const Answer& answer, Time sent, const Partitions& said) {
  if (!answer) {
    said_.reset();
    if (answer.error() == Unanswered::lost) late_until_ = env_.now() + latest_us;
    return failed("ConsumerGroupHeartbeat", std::nullopt);
  }
  const ConsumerGroupHeartbeatResponse& told = **answer;
  if (told.error_code != ErrorCode::none) {
    said_.reset();
    return failed("ConsumerGroupHeartbeat", told.error_code);
  }
  env_.mark("a member of the consumer protocol is heard");
  group_.heartbeat(plan_.instance, coordinator_);
  released_ = false;
  epoch_ = told.member_epoch;
  heard_ = sent;
  said_ = said;
  if (told.assignment) {
    target_.clear();
    for (const auto& topic : told.assignment->topic_partitions)
      for (const std::int32_t partition : topic.partitions)
        target_.insert({client_.topic_name(topic.topic_id), model::PartitionIndex(partition)});
  }
  settle();
  if (owned_.empty() && target_.empty()) return succeeded();
  operation_done(false);
}

// Lets go, if it has got round to it, and then takes.
void ConsumerMember::settle() {
  const bool keeps_all = std::ranges::includes(target_, owned_);
  if (!keeps_all && dice_.chance(1, 2)) return;
  owned_ = target_;
  group_.holds(member_id_, owned_,
               is_sure() ? heard_ + GroupLedger::session_timeout_us : env_.now());
}

void ConsumerMember::leave(std::int32_t how) {
  const auto request = say(how, false);
  abandon();
  member_id_ = new_id();
  released_ = false;
  client_.call<ConsumerGroupHeartbeatResponse>(
      *coordinator_, request, client_.some_version(ConsumerGroupHeartbeatRequest::api_key, 0),
      [this, how](const Answer& answer) {
        released_ = answer && (*answer)->error_code == ErrorCode::none;
        env_.mark(how == away ? "a static member goes away for a while" : "a member leaves");
        operation_done(how == leaving);
      });
}

// --- commits ---

void ConsumerMember::commit(const TopicPartition& partition, std::int32_t epoch) {
  const std::int64_t offset = group_.committing(partition);
  commit_offset(
      partition, offset,
      {.generation = epoch, .member_id = member_id_, .least_version = commits_with_epochs},
      [this, partition, offset, begun = env_.now(), epoch](Commit commit) {
        if (!commit) {
          if (commit.error() == Unanswered::unsent) group_.refused(partition, offset);
          return failed("OffsetCommit", std::nullopt);
        }
        const bool as_no_member = *commit == ErrorCode::stale_member_epoch ||
                                  *commit == ErrorCode::unknown_member_id ||
                                  *commit == ErrorCode::group_id_not_found;
        if (as_no_member) group_.refused(partition, offset);
        if (*commit != ErrorCode::none) return failed("OffsetCommit", *commit);
        group_.committed(partition, offset, epoch, begun);
        if (epoch < epoch_) group_.accepted_of_past_epoch(member_id_, epoch);
        succeeded();
      });
}

// --- static members ---

// With a word, so that its place is kept for it, or without: then it waits until its earlier life
// has been silent for a session.
void ConsumerMember::start_again() {
  env_.mark("a static member of the consumer protocol is started again");
  before_ = {member_id_, epoch_};
  if (dice_.chance(1, 2)) return leave(away);
  abandon();
  member_id_ = new_id();
  released_ = false;
  operation_done(false);
}

// The new life has its place: the earlier one is to be told so, whatever it sends.
void ConsumerMember::speak_as_before() {
  if (dice_.chance(1, 2))
    heartbeat_as_before();
  else
    commit_as_before();
}

void ConsumerMember::heartbeat_as_before() {
  ConsumerGroupHeartbeatRequest request;
  request.group_id = group_id_;
  request.member_id = before_->member_id;
  request.member_epoch = before_->epoch;
  request.instance_id = plan_.instance_id();
  client_.call<ConsumerGroupHeartbeatResponse>(
      *coordinator_, request, client_.some_version(ConsumerGroupHeartbeatRequest::api_key, 0),
      [this](const Answer& answer) {
        const auto code = answer ? std::optional((*answer)->error_code) : std::nullopt;
        if (code == ErrorCode::none && is_coordinated())
          group_.accepted_of_earlier_life("ConsumerGroupHeartbeat", plan_.instance);
        if (code == ErrorCode::unknown_member_id)
          group_.earlier_life_unknown("ConsumerGroupHeartbeat", plan_.instance, *coordinator_);
        if (!code) coordinator_.reset();
        operation_done(false);
      });
}

void ConsumerMember::commit_as_before() {
  const TopicPartition partition = dice_.pick(plan_.partitions);
  const std::int64_t offset = group_.committing(partition);
  commit_offset(partition, offset,
                {.generation = before_->epoch,
                 .member_id = before_->member_id,
                 .instance = plan_.instance_id(),
                 .least_version = commits_with_epochs},
                [this, partition, offset](Commit commit) {
                  if (commit == ErrorCode::none && is_coordinated())
                    group_.accepted_of_earlier_life("OffsetCommit", plan_.instance);
                  const bool is_refused = commit ? *commit == ErrorCode::unknown_member_id
                                                 : commit.error() == Unanswered::unsent;
                  if (is_refused) group_.refused(partition, offset);
                  if (!commit) coordinator_.reset();
                  operation_done(false);
                });
}

}  // namespace gregor::simulation
