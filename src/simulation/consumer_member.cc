// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/consumer_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

namespace {

constexpr std::int32_t leaving = -1;  // in the place of an epoch
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
  if (!is_finishing() && dice_.chance(1, 60)) return leave();
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
  if (is_finishing()) return leave();
  operation_done(true);
}

// --- heartbeats ---

// Not in full: without what the coordinator knows already.
ConsumerGroupHeartbeatRequest ConsumerMember::say(std::int32_t epoch, bool in_full) const {
  ConsumerGroupHeartbeatRequest request;
  request.group_id = group_id_;
  request.member_id = member_id_;
  request.member_epoch = epoch;
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
  const bool is_sure = env_.now() >= late_until_;
  group_.holds(member_id_, owned_, is_sure ? heard_ + GroupLedger::session_timeout_us : env_.now());
}

void ConsumerMember::leave() {
  const auto request = say(leaving, false);
  abandon();
  member_id_ = new_id();
  client_.call<ConsumerGroupHeartbeatResponse>(
      *coordinator_, request, client_.some_version(ConsumerGroupHeartbeatRequest::api_key, 0),
      [this](const Answer&) {
        env_.mark("a member leaves");
        operation_done(true);
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

}  // namespace gregor::simulation
