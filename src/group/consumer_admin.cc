// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is told of consumer groups, and who may commit and fetch offsets in them.

#include <utility>

#include "group/consumer_machine.h"

namespace gregor::group {

using model::ErrorCode;
using Described = protocol::ConsumerGroupDescribeResponse::DescribedGroup;

namespace {

using Assignment = protocol::ConsumerGroupDescribeResponse::Assignment;

Assignment told(const Partitions& partitions, const controller::Image& cluster) {
  using Entry = protocol::ConsumerGroupDescribeResponse::TopicPartitions;
  Assignment out{.topic_partitions = entries_of<Entry>(partitions), .unknown_tags = {}};
  // A topic that is gone has no name any more.
  std::erase_if(out.topic_partitions, [&](Entry& entry) {
    const auto name = cluster.topic_names.find(entry.topic_id);
    if (name != cluster.topic_names.end()) entry.topic_name = name->second;
    return name == cluster.topic_names.end();
  });
  return out;
}

}  // namespace

void ConsumerMachine::serve(const Request& from, const DescribeConsumerGroup& request,
                            Effects& out) {
  constexpr std::int8_t classic_member = 0;
  constexpr std::int8_t consumer_member = 1;
  Described response;
  response.group_id = request.group_id;
  const ConsumerGroup* const group = find(request.group_id);
  if (group == nullptr) {
    const bool is_classic = desk_.state().groups.contains(request.group_id);
    response.error_code = ErrorCode::group_id_not_found;
    response.error_message = is_classic ? "Group " + request.group_id + " is not a consumer group."
                                        : "Group " + request.group_id + " not found.";
    return desk_.answer(from.token, std::move(response), out);
  }
  response.group_state = group->state();
  response.group_epoch = group->epoch();
  response.assignment_epoch = group->target_epoch();
  response.assignor_name = preferred_assignor(*group);
  for (const auto& [id, member] : group->members()) {
    auto& one = response.members.emplace_back();
    one.member_id = id;
    one.instance_id = member.metadata.instance_id;
    one.rack_id = member.metadata.rack_id;
    one.member_epoch = member.current.epoch;
    one.client_id = member.metadata.client_id;
    one.client_host = member.metadata.client_host;
    one.subscribed_topic_names.assign(member.metadata.topics.begin(), member.metadata.topics.end());
    one.subscribed_topic_regex = member.metadata.pattern;  // no pattern is an empty one, not null
    one.assignment = told(member.current.assigned, desk_.cluster());
    one.target_assignment = told(group->target_of(id), desk_.cluster());
    one.member_type = member.is_classic() ? classic_member : consumer_member;
  }
  desk_.answer(from.token, std::move(response), out);
}

namespace {

ErrorCode check_epoch(const ConsumerGroup& group, std::string_view id, std::int32_t epoch) {
  const ConsumerMember* const member = group.find(id);
  if (member == nullptr) return ErrorCode::unknown_member_id;
  if (epoch == member->current.epoch) return ErrorCode::none;
  return member->is_classic() ? ErrorCode::illegal_generation : ErrorCode::stale_member_epoch;
}

}  // namespace

ErrorCode ConsumerMachine::check_commit(const ConsumerGroup& group,
                                        const protocol::OffsetCommitRequest& request,
                                        model::ApiVersion version) {
  constexpr model::ApiVersion knows_epochs{9};
  const std::int32_t epoch = request.generation_id_or_member_epoch;
  if (epoch < 0 && group.members().empty()) return ErrorCode::none;
  const ConsumerMember* const member = group.find(request.member_id);
  if (member != nullptr && !member->is_classic() && version < knows_epochs)
    return ErrorCode::unsupported_version;
  return check_epoch(group, request.member_id, epoch);
}

ErrorCode ConsumerMachine::check_fetch(const ConsumerGroup& group,
                                       const std::optional<std::string>& member,
                                       std::int32_t epoch) {
  if (!member && epoch < 0) return ErrorCode::none;
  return check_epoch(group, member.value_or(""), epoch);
}

}  // namespace gregor::group
