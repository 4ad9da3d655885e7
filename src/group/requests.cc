// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/requests.h"

#include <optional>

namespace gregor::group {

namespace {

using model::ErrorCode;
using namespace protocol;

struct Refuse {
  ErrorCode error;

  Response operator()(const JoinGroupRequest& request) const {
    JoinGroupResponse out;
    out.error_code = error;
    out.member_id = request.member_id;
    out.protocol_name = std::nullopt;
    return out;
  }
  Response operator()(const SyncGroupRequest&) const {
    SyncGroupResponse out;
    out.error_code = error;
    return out;
  }
  Response operator()(const HeartbeatRequest&) const {
    HeartbeatResponse out;
    out.error_code = error == ErrorCode::coordinator_load_in_progress ? ErrorCode::none : error;
    return out;
  }
  Response operator()(const LeaveGroupRequest&) const {
    LeaveGroupResponse out;
    out.error_code = error;
    return out;
  }
  Response operator()(const OffsetCommitRequest& request) const {
    OffsetCommitResponse out;
    for (const auto& topic : request.topics) {
      auto& answer = out.topics.emplace_back();
      answer.name = topic.name;
      answer.topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        auto& one = answer.partitions.emplace_back();
        one.partition_index = partition.partition_index;
        one.error_code = error;
      }
    }
    return out;
  }
  Response operator()(const FetchOffsets& request) const {
    OffsetFetchResponse::OffsetFetchResponseGroup out;
    out.group_id = request.group.group_id;
    out.error_code = error;
    return out;
  }
  Response operator()(const OffsetDeleteRequest&) const {
    OffsetDeleteResponse out;
    out.error_code = error;
    return out;
  }
  Response operator()(const ListGroupsRequest&) const {
    ListGroupsResponse out;
    out.error_code = error;
    return out;
  }
  Response operator()(const DescribeGroup& request) const {
    DescribeGroupsResponse::DescribedGroup out;
    out.group_id = request.group_id;
    out.error_code = error;
    return out;
  }
  Response operator()(const DeleteGroup& request) const {
    DeleteGroupsResponse::DeletableGroupResult out;
    out.group_id = request.group_id;
    out.error_code = error;
    return out;
  }
  Response operator()(const ConsumerGroupHeartbeatRequest&) const {
    ConsumerGroupHeartbeatResponse out;
    out.error_code = error;
    return out;
  }
  Response operator()(const DescribeConsumerGroup& request) const {
    ConsumerGroupDescribeResponse::DescribedGroup out;
    out.group_id = request.group_id;
    out.error_code = error;
    return out;
  }
};

}  // namespace

std::string_view group_of(const RequestBody& body) {
  return std::visit(
      [](const auto& request) -> std::string_view {
        if constexpr (requires { request.group.group_id; })
          return request.group.group_id;
        else if constexpr (requires { request.group_id; })
          return request.group_id;
        else
          return {};
      },
      body);
}

Response refused(const RequestBody& body, ErrorCode error) {
  return std::visit(Refuse{error}, body);
}

void turn_into_error(Response& response, ErrorCode error) {
  if (auto* commit = std::get_if<OffsetCommitResponse>(&response)) {
    for (auto& topic : commit->topics)
      for (auto& partition : topic.partitions) partition.error_code = error;
    return;
  }
  std::visit(
      [&](auto& answer) {
        std::decay_t<decltype(answer)> failed;
        if constexpr (requires { failed.group_id; }) failed.group_id = answer.group_id;
        if constexpr (requires { failed.protocol_name; }) failed.protocol_name = std::nullopt;
        if constexpr (requires { failed.error_code; }) failed.error_code = error;
        answer = std::move(failed);
      },
      response);
}

ErrorCode error_of_append(ErrorCode append) {
  switch (append) {
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::not_enough_replicas:
    case ErrorCode::request_timed_out:
      return ErrorCode::coordinator_not_available;
    case ErrorCode::not_leader_or_follower:
    case ErrorCode::kafka_storage_error:
      return ErrorCode::not_coordinator;
    case ErrorCode::message_too_large:
    case ErrorCode::record_list_too_large:
      return ErrorCode::unknown_server_error;
    default:
      return append;
  }
}

}  // namespace gregor::group
