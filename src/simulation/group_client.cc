// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/group_client.h"

#include <algorithm>

#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

void GroupClient::find_coordinator() {
  FindCoordinatorRequest request;
  request.coordinator_keys = {group_id_};
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

void GroupClient::commit_offset(const TopicPartition& partition, std::int64_t offset,
                                const Identity& as, std::function<void(Commit)> done) {
  OffsetCommitRequest request;
  request.group_id = group_id_;
  request.generation_id_or_member_epoch = as.generation;
  request.member_id = as.member_id;
  request.group_instance_id = as.instance;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  auto& asked = topic.partitions.emplace_back();
  asked.partition_index = partition.partition.value();
  asked.committed_offset = offset;
  constexpr std::int16_t newest_by_name = 9;
  client_.call<OffsetCommitResponse>(
      *coordinator_, request,
      std::min(newest_by_name,
               client_.some_version(OffsetCommitRequest::api_key, as.least_version)),
      [done = std::move(done)](ClusterClient::Answer<OffsetCommitResponse> answer) {
        if (!answer) return done(std::unexpected(answer.error()));
        done((*answer)->topics.at(0).partitions.at(0).error_code);
      });
}

void GroupClient::fetch_offset(const TopicPartition& partition,
                               std::function<void(std::int64_t)> found) {
  OffsetFetchRequest request;
  auto& group = request.groups.emplace_back();
  group.group_id = group_id_;
  auto& topic = group.topics.emplace().emplace_back();
  topic.name = partition.topic;
  topic.partition_indexes = {partition.partition.value()};
  client_.call<OffsetFetchResponse>(
      *coordinator_, request, static_cast<std::int16_t>(dice_.between(8, 9)),
      [this, found = std::move(found), of = *coordinator_,
       epoch = coordinates_(group_id_, *coordinator_)](
          ClusterClient::Answer<OffsetFetchResponse> answer) {
        if (!answer) return failed("OffsetFetch", std::nullopt);
        const auto& told = (*answer)->groups.at(0);
        if (told.error_code != ErrorCode::none) return failed("OffsetFetch", told.error_code);
        const auto& one = told.topics.at(0).partitions.at(0);
        if (one.error_code != ErrorCode::none) return failed("OffsetFetch", one.error_code);
        if (!epoch || coordinates_(group_id_, of) != epoch) {
          env_.mark("an offset that a deposed coordinator may have told");
          return operation_done(false);
        }
        found(one.committed_offset);
      });
}

}  // namespace gregor::simulation
