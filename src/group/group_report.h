// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a coordinator did, as lines of text for scenarios.
#pragma once

#include <fmt/format.h>

#include <regex>
#include <string>

#include "group/consumer_report.h"
#include "group/group_world.h"
#include "group/record_bytes.h"
#include "protocol/messages/consumer_protocol.h"

namespace gregor::group::test {

inline std::string text_of(model::ErrorCode error) {
  return error == model::ErrorCode::none
             ? "ok"
             : fmt::format("{} {}", static_cast<int>(error), name_of(error));
}

// "a-00000000-0000-0000-0000-000000000001" becomes "a#1".
inline std::string with_short_ids(const std::string& text) {
  static const std::regex id("-0{8}-0{4}-0{4}-0{4}-0{8}0*([1-9a-f][0-9a-f]*)");
  return std::regex_replace(text, id, "#$1");
}

// What a test has made up, or an assignment in the format of consumers: "t:0+1".
inline std::string printable(base::BytesView bytes) {
  base::BytesView rest = bytes;
  if (bytes.size() > 2 && bytes[0] == std::byte{0}) {
    const auto assignment = take_value<protocol::ConsumerProtocolAssignment>(rest);
    ASSERT(assignment.has_value());
    std::string out;
    for (const auto& topic : assignment->assigned_partitions)
      out += fmt::format("{}{}:{}", out.empty() ? "" : " ", topic.topic,
                         fmt::join(topic.partitions, "+"));
    return out;
  }
  return bytes.size() > 40 ? fmt::format("({} bytes)", bytes.size())
                           : std::string(base::as_text(bytes));
}

inline std::string text_of(const CommittedOffset& offset) {
  std::string out = std::to_string(offset.offset.value());
  if (!offset.metadata.empty()) out += " \"" + offset.metadata + "\"";
  if (offset.leader_epoch != model::no_leader_epoch)
    out += " epoch " + to_string(offset.leader_epoch);
  if (offset.expires_at != model::no_timestamp) out += " expires";
  return out;
}

inline std::string text_of(const StoredRecord& record) {
  std::optional<base::BytesView> value;
  if (record.value) value = *record.value;
  const auto change = parse_record(base::BytesView(record.key), value);
  if (!change) return "unreadable: " + change.error().detail;
  if (const auto* offset = std::get_if<OffsetChange>(&*change))
    return fmt::format("offset {} {}:{} {}", offset->group, offset->topic, offset->partition,
                       offset->offset ? text_of(*offset->offset) : "removed");
  if (const auto* consumer = std::get_if<ConsumerChange>(&*change)) return text_of(*consumer);
  const auto* group = std::get_if<GroupChange>(&*change);
  if (group == nullptr) return "of another kind";
  if (!group->value) return "group " + group->group + " removed";
  std::string out =
      fmt::format("group {} generation {} {} leader {}", group->group, group->value->generation,
                  group->value->protocol.value_or("null"), group->value->leader.value_or("null"));
  for (const auto& member : group->value->members) {
    out += fmt::format("\n  {}", member.member_id);
    if (member.group_instance_id) out += " instance " + *member.group_instance_id;
    out += " gets " + printable(member.assignment);
  }
  return out;
}

struct Tell {
  std::string operator()(const protocol::JoinGroupResponse& answer) const {
    std::string out = "join " + text_of(answer.error_code);
    if (!answer.member_id.empty()) out += " id " + answer.member_id;
    if (answer.error_code != model::ErrorCode::none) return out;
    out += fmt::format(" generation {} {} leader {}", answer.generation_id,
                       answer.protocol_name.value_or("null"), answer.leader);
    if (answer.skip_assignment) out += " skip";
    for (const auto& member : answer.members) {
      out += "\n  " + member.member_id;
      if (member.group_instance_id) out += " instance " + *member.group_instance_id;
      const auto topics = topics_of_subscription(member.metadata);
      for (const std::string& topic : topics.value_or(std::vector<std::string>{}))
        out += " " + topic;
    }
    return out;
  }
  std::string operator()(const protocol::SyncGroupResponse& answer) const {
    std::string out = "sync " + text_of(answer.error_code);
    if (answer.error_code != model::ErrorCode::none) return out;
    return out + " " + answer.protocol_name.value_or("null") + " gets " +
           printable(answer.assignment);
  }
  std::string operator()(const protocol::HeartbeatResponse& answer) const {
    return "heartbeat " + text_of(answer.error_code);
  }
  std::string operator()(const protocol::LeaveGroupResponse& answer) const {
    std::string out = "leave " + text_of(answer.error_code);
    for (const auto& member : answer.members)
      out += fmt::format("\n  {} {}", member.group_instance_id.value_or(member.member_id),
                         text_of(member.error_code));
    return out;
  }
  std::string operator()(const protocol::OffsetCommitResponse& answer) const {
    std::string out = "commit";
    for (const auto& topic : answer.topics)
      for (const auto& partition : topic.partitions)
        out += fmt::format(" {}:{} {}", topic.name, partition.partition_index,
                           text_of(partition.error_code));
    return out;
  }
  std::string operator()(
      const protocol::OffsetFetchResponse::OffsetFetchResponseGroup& answer) const {
    std::string out = "fetch " + text_of(answer.error_code);
    for (const auto& topic : answer.topics)
      for (const auto& partition : topic.partitions) {
        out += fmt::format("\n  {}:{} {}", topic.name, partition.partition_index,
                           partition.committed_offset);
        if (partition.metadata && !partition.metadata->empty())
          out += " \"" + *partition.metadata + "\"";
        if (partition.committed_leader_epoch >= 0)
          out += fmt::format(" epoch {}", partition.committed_leader_epoch);
      }
    return out;
  }
  std::string operator()(const protocol::OffsetDeleteResponse& answer) const {
    std::string out = "forget " + text_of(answer.error_code);
    for (const auto& topic : answer.topics)
      for (const auto& partition : topic.partitions)
        out += fmt::format(" {}:{} {}", topic.name, partition.partition_index,
                           text_of(partition.error_code));
    return out;
  }
  std::string operator()(const protocol::ListGroupsResponse& answer) const {
    std::string out = "list " + text_of(answer.error_code);
    for (const auto& group : answer.groups)
      out += fmt::format("\n  {} \"{}\" {} {}", group.group_id, group.protocol_type,
                         group.group_state, group.group_type);
    return out;
  }
  std::string operator()(const protocol::DescribeGroupsResponse::DescribedGroup& answer) const {
    std::string out = fmt::format("describe {} {} \"{}\" {}", text_of(answer.error_code),
                                  answer.group_state, answer.protocol_type, answer.protocol_data);
    if (answer.error_message) out += " (" + *answer.error_message + ")";
    for (const auto& member : answer.members)
      out += fmt::format("\n  {} of {} at {} has {}", member.member_id, member.client_id,
                         member.client_host, printable(member.member_assignment));
    return out;
  }
  std::string operator()(const protocol::ConsumerGroupHeartbeatResponse& answer) const {
    std::string out = "beat " + text_of(answer.error_code);
    if (answer.error_code != model::ErrorCode::none)
      return out + " (" + answer.error_message.value_or("") + ")";
    out += fmt::format(" {} epoch {}", answer.member_id.value_or("null"), answer.member_epoch);
    if (answer.assignment)
      out += " has " + text_of(partitions_of(answer.assignment->topic_partitions));
    return out;
  }
  std::string operator()(
      const protocol::ConsumerGroupDescribeResponse::DescribedGroup& answer) const {
    std::string out = "describe " + text_of(answer.error_code);
    if (answer.error_message) return out + " (" + *answer.error_message + ")";
    out += fmt::format(" {} epoch {} target {} by {}", answer.group_state, answer.group_epoch,
                       answer.assignment_epoch, answer.assignor_name);
    for (const auto& member : answer.members) {
      out += fmt::format("\n  {} epoch {} type {} has {} shall have {}", member.member_id,
                         member.member_epoch, member.member_type,
                         text_of(partitions_of(member.assignment.topic_partitions)),
                         text_of(partitions_of(member.target_assignment.topic_partitions)));
      if (member.subscribed_topic_regex != "")
        out += " like " + member.subscribed_topic_regex.value_or("null");
    }
    return out;
  }
  std::string operator()(const protocol::DeleteGroupsResponse::DeletableGroupResult& answer) const {
    return "delete " + text_of(answer.error_code);
  }
};

}  // namespace gregor::group::test
