// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/committer.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

void Committer::operate() {
  if (!coordinator_) return find_coordinator();
  const TopicPartition& partition = dice_.pick(plan_.partitions);
  if (dice_.chance(1, 2))
    commit(partition);
  else
    fetch(partition);
}

void Committer::find_coordinator() {
  FindCoordinatorRequest request;
  request.coordinator_keys = {group_};
  client_.call_any<FindCoordinatorResponse>(
      request, client_.some_version(FindCoordinatorRequest::api_key, 4),
      [this](ClusterClient::Answer<FindCoordinatorResponse> answer) {
        if (!answer) return operation_done(false);
        const auto& told = (*answer)->coordinators.at(0);
        if (told.error_code == ErrorCode::none)
          coordinator_ = {told.host, static_cast<std::uint16_t>(told.port)};
        else if (!model::is_retriable(told.error_code))
          return refuse("FindCoordinator", told.error_code);
        operation_done(false);
      });
}

void Committer::failed(const char* api, std::optional<ErrorCode> code) {
  coordinator_.reset();
  if (code) {
    env_.mark(fmt::format("{} answered {}", api, model::name_of(*code)));
    if (!model::is_retriable(*code)) return refuse(api, *code);
  }
  operation_done(false);
}

// --- commits ---

void Committer::commit(const TopicPartition& partition) {
  const std::int64_t offset = ++next_offset_;
  Register& of = registers_[partition];
  of.past.insert(offset);
  of.unknown.insert(offset);
  OffsetCommitRequest request;
  request.group_id = group_;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  auto& asked = topic.partitions.emplace_back();
  asked.partition_index = partition.partition.value();
  asked.committed_offset = offset;
  constexpr std::int16_t newest_by_name = 9;
  client_.call<OffsetCommitResponse>(
      *coordinator_, request,
      std::min(newest_by_name, client_.some_version(OffsetCommitRequest::api_key, 2)),
      [this, partition, offset,
       cuts = ledger_.power_cuts()](ClusterClient::Answer<OffsetCommitResponse> answer) {
        Register& known = registers_[partition];
        if (!answer) {
          if (answer.error() == Unanswered::unsent) known.unknown.erase(offset);
          return failed("OffsetCommit", std::nullopt);
        }
        const ErrorCode code = (*answer)->topics.at(0).partitions.at(0).error_code;
        if (code != ErrorCode::none) return failed("OffsetCommit", code);
        known.unknown.erase(offset);
        known.last = offset;
        known.power_cuts = cuts;
        operation_done(true);
      });
}

void Committer::fetch(const TopicPartition& partition) {
  OffsetFetchRequest request;
  auto& group = request.groups.emplace_back();
  group.group_id = group_;
  auto& topic = group.topics.emplace().emplace_back();
  topic.name = partition.topic;
  topic.partition_indexes = {partition.partition.value()};
  client_.call<OffsetFetchResponse>(
      *coordinator_, request, static_cast<std::int16_t>(dice_.between(8, 9)),
      [this, partition,
       cuts = ledger_.power_cuts()](ClusterClient::Answer<OffsetFetchResponse> answer) {
        if (!answer) return failed("OffsetFetch", std::nullopt);
        const auto& told = (*answer)->groups.at(0);
        if (told.error_code != ErrorCode::none) return failed("OffsetFetch", told.error_code);
        const auto& one = told.topics.at(0).partitions.at(0);
        if (one.error_code != ErrorCode::none) return failed("OffsetFetch", one.error_code);
        found(partition, one.committed_offset, cuts);
      });
}

void Committer::found(const TopicPartition& partition, std::int64_t offset, std::uint64_t cuts) {
  Register& of = registers_[partition];
  const bool cut_since =
      plan_.replicated ? ledger_.power_cuts() > 0 : of.power_cuts != ledger_.power_cuts();
  const bool allowed =
      offset == of.last || of.unknown.contains(offset) || (cut_since && of.past.contains(offset));
  if (!allowed)
    env_.violate("committed-offsets-stay",
                 fmt::format("{}: {} was committed for {}, {} is found", name(), of.last,
                             to_string(partition), offset));
  of.last = offset;
  of.power_cuts = cuts;
  operation_done(true);
}

}  // namespace gregor::simulation
