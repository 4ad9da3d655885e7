// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/group_requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/codec.h"
#include "protocol/messages/consumer_protocol.h"
#include "protocol/messages/delete_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::cli {

using model::ErrorCode;
using model::PartitionIndex;
using model::Result;
using model::TopicPartition;

namespace {

// Asks a group's coordinator, again if it was no longer the one. `check` turns the errors that the
// answer holds into failures.
template <protocol::Message Response, protocol::Message Request, class Check>
Result<Response> ask_coordinator(Cluster& cluster, const std::string& group, const Request& request,
                                 protocol::Versions usable, Check check) {
  return cluster.persist([&]() -> Result<Response> {
    const auto coordinator = cluster.coordinator_of(group);
    if (!coordinator) return model::fail(coordinator.error());
    auto answer = cluster.ask<Response>(*coordinator, request, usable);
    if (!answer) return answer;
    if (const Result<> checked = check(*answer); !checked) return model::fail(checked.error());
    return answer;
  });
}

Result<> check_code(ErrorCode code, const std::optional<std::string>& message = {}) {
  if (code == ErrorCode::none) return {};
  return model::fail(error_of(code, message));
}

template <class Topics>
ItemResults item_results(const Topics& topics) {
  ItemResults results;
  for (const auto& topic : topics)
    for (const auto& partition : topic.partitions)
      results.insert_or_assign({topic.name, PartitionIndex{partition.partition_index}},
                               check_code(partition.error_code));
  return results;
}

// A coordinator that moves says so for every partition.
template <class Topics>
Result<> check_first_partition(const Topics& topics) {
  for (const auto& topic : topics)
    for (const auto& partition : topic.partitions)
      if (partition.error_code != ErrorCode::unknown_topic_or_partition &&
          model::is_retriable(partition.error_code))
        return model::fail(partition.error_code);
  return {};
}

}  // namespace

Result<std::vector<ListedGroup>> list_groups(Cluster& cluster,
                                             const std::vector<std::string>& states,
                                             const std::vector<std::string>& types) {
  protocol::ListGroupsRequest request;
  request.states_filter = states;
  request.types_filter = types;
  protocol::Versions usable{0, 5};
  if (!states.empty()) usable.first = 4;
  if (!types.empty()) usable.first = 5;
  std::vector<ListedGroup> groups;
  for (const model::BrokerId broker : cluster.brokers()) {
    auto answer = cluster.persist([&]() -> Result<protocol::ListGroupsResponse> {
      auto listed = cluster.ask<protocol::ListGroupsResponse>(broker, request, usable);
      if (listed && listed->error_code != ErrorCode::none) return model::fail(listed->error_code);
      return listed;
    });
    if (!answer) return model::fail(answer.error());
    std::ranges::move(answer->groups, std::back_inserter(groups));
  }
  std::ranges::sort(groups, {}, &ListedGroup::group_id);
  return groups;
}

Result<GroupAndCoordinator> describe_group(Cluster& cluster, const std::string& group) {
  protocol::DescribeGroupsRequest request;
  request.groups = {group};
  auto answer = ask_coordinator<protocol::DescribeGroupsResponse>(
      cluster, group, request, protocol::DescribeGroupsRequest::versions,
      [&](const protocol::DescribeGroupsResponse& got) -> Result<> {
        if (got.groups.size() != 1) return model::fail(ErrorCode::unknown_server_error);
        return check_code(got.groups.front().error_code, got.groups.front().error_message);
      });
  if (!answer) return model::fail(answer.error());
  // Before version 6, a group that is not there was described as dead.
  if (answer->groups.front().group_state == "Dead")
    return model::fail(ErrorCode::group_id_not_found, fmt::format("there is no group '{}'", group));
  const auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return model::fail(coordinator.error());
  return GroupAndCoordinator{std::move(answer->groups.front()), *coordinator};
}

std::vector<TopicPartition> assignment_of(const DescribedMember& member) {
  std::vector<TopicPartition> assigned;
  base::BytesView rest = member.member_assignment;
  if (rest.size() < sizeof(std::int16_t)) return assigned;
  using Assignment = protocol::ConsumerProtocolAssignment;
  const auto version = std::clamp(base::load_big_endian<std::int16_t>(rest.data()),
                                  Assignment::versions.first, Assignment::versions.last);
  rest = rest.subspan(sizeof(std::int16_t));
  const auto assignment = protocol::decode<Assignment>(rest, model::ApiVersion{version});
  if (!assignment) return assigned;
  for (const auto& topic : assignment->assigned_partitions)
    for (const std::int32_t partition : topic.partitions)
      assigned.push_back({topic.topic, PartitionIndex{partition}});
  std::ranges::sort(assigned);
  return assigned;
}

Result<Offsets> committed_offsets(Cluster& cluster, const std::string& group) {
  protocol::OffsetFetchRequest request;
  request.groups.push_back({.group_id = group, .topics = std::nullopt});
  constexpr protocol::Versions of_groups_by_name{8, 9};
  const auto answer = ask_coordinator<protocol::OffsetFetchResponse>(
      cluster, group, request, of_groups_by_name,
      [](const protocol::OffsetFetchResponse& got) -> Result<> {
        if (got.groups.size() != 1) return model::fail(ErrorCode::unknown_server_error);
        return check_code(got.groups.front().error_code);
      });
  if (!answer) return model::fail(answer.error());
  Offsets offsets;
  for (const auto& topic : answer->groups.front().topics)
    for (const auto& partition : topic.partitions)
      if (partition.error_code == ErrorCode::none && partition.committed_offset >= 0)
        offsets[{topic.name, PartitionIndex{partition.partition_index}}] =
            model::Offset{partition.committed_offset};
  return offsets;
}

Result<ItemResults> commit_offsets(Cluster& cluster, const std::string& group,
                                   const Offsets& offsets) {
  protocol::OffsetCommitRequest request;
  request.group_id = group;
  for (const auto& [partition, offset] : offsets) {
    if (request.topics.empty() || request.topics.back().name != partition.topic)
      request.topics.emplace_back().name = partition.topic;
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition.value(), .committed_offset = offset.value()});
  }
  constexpr protocol::Versions of_topics_by_name{2, 9};
  const auto answer = ask_coordinator<protocol::OffsetCommitResponse>(
      cluster, group, request, of_topics_by_name,
      [](const auto& got) { return check_first_partition(got.topics); });
  if (!answer) return model::fail(answer.error());
  return item_results(answer->topics);
}

Result<ItemResults> delete_offsets(Cluster& cluster, const std::string& group,
                                   const std::vector<TopicPartition>& partitions) {
  protocol::OffsetDeleteRequest request;
  request.group_id = group;
  for (const TopicPartition& partition : partitions) {
    if (request.topics.empty() || request.topics.back().name != partition.topic)
      request.topics.emplace_back().name = partition.topic;
    request.topics.back().partitions.push_back({.partition_index = partition.partition.value()});
  }
  const auto answer = ask_coordinator<protocol::OffsetDeleteResponse>(
      cluster, group, request, protocol::OffsetDeleteRequest::versions,
      [](const auto& got) { return check_code(got.error_code); });
  if (!answer) return model::fail(answer.error());
  return item_results(answer->topics);
}

Result<> delete_group(Cluster& cluster, const std::string& group) {
  protocol::DeleteGroupsRequest request;
  request.groups_names = {group};
  const auto answer = ask_coordinator<protocol::DeleteGroupsResponse>(
      cluster, group, request, protocol::DeleteGroupsRequest::versions,
      [](const protocol::DeleteGroupsResponse& got) -> Result<> {
        if (got.results.size() != 1) return model::fail(ErrorCode::unknown_server_error);
        return check_code(got.results.front().error_code);
      });
  if (!answer) return model::fail(answer.error());
  return {};
}

}  // namespace gregor::cli
