// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/ranges.h"
#include "group/machine.h"

namespace gregor::group {

using model::ErrorCode;

namespace {

constexpr std::string_view classic_type = "classic";
constexpr std::string_view consumer_type = "consumer";

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string trimmed_in_lower_case(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return in_lower_case(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

}  // namespace

void Coordinator::Machine::serve(const Request& from, const protocol::ListGroupsRequest& request,
                                 Effects& out) {
  std::vector<std::string> states;
  states.reserve(request.states_filter.size());
  for (const std::string& state : request.states_filter)
    states.push_back(trimmed_in_lower_case(state));
  const auto is_wanted = [&](std::string_view state, std::string_view type) {
    const auto is_type = [&](const auto& one) { return in_lower_case(one) == type; };
    return (request.types_filter.empty() || std::ranges::any_of(request.types_filter, is_type)) &&
           (states.empty() || base::contains(states, in_lower_case(state)));
  };
  protocol::ListGroupsResponse response;
  const auto add = [&](const std::string& name, std::string_view protocol_type,
                       std::string_view state, std::string_view type) {
    if (!is_wanted(state, type)) return;
    auto& one = response.groups.emplace_back();
    one.group_id = name;
    one.protocol_type = protocol_type;
    one.group_state = state;
    one.group_type = type;
  };
  for (const auto& [name, group] : state_.groups)
    add(name, group.protocol_type().value_or(""), name_of(group.state()), classic_type);
  for (const auto& [name, group] : state_.consumer_groups)
    add(name, consumer_protocol_type, group.state(), consumer_type);
  answer(from.token, std::move(response), out);
}

void Coordinator::Machine::serve(const Request& from, const DescribeGroup& request, Effects& out) {
  constexpr model::ApiVersion missing_is_an_error{6};
  protocol::DescribeGroupsResponse::DescribedGroup response;
  response.group_id = request.group_id;
  const ClassicGroup* const group = find_group(request.group_id);
  if (group == nullptr) {
    response.group_state = "Dead";
    if (from.version >= missing_is_an_error) {
      response.error_code = ErrorCode::group_id_not_found;
      response.error_message = consumer_.find(request.group_id) == nullptr
                                   ? "Group " + request.group_id + " not found."
                                   : "Group " + request.group_id + " is not a classic group.";
    }
    return answer(from.token, std::move(response), out);
  }
  const bool is_stable = group->is(GroupState::stable);
  response.group_state = name_of(group->state());
  response.protocol_type = group->protocol_type().value_or("");
  if (is_stable) response.protocol_data = group->protocol().value_or("");
  for (const auto& [id, member] : group->members()) {
    auto& one = response.members.emplace_back();
    one.member_id = id;
    one.group_instance_id = member.instance_id;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
    if (is_stable)
      one.member_metadata = base::to_bytes(member.metadata_for(response.protocol_data));
    one.member_assignment = member.assignment;
  }
  answer(from.token, std::move(response), out);
}

void Coordinator::Machine::serve(const Request& from, const DeleteGroup& request, Effects& out) {
  protocol::DeleteGroupsResponse::DeletableGroupResult response;
  response.group_id = request.group_id;
  const ClassicGroup* const group = find_group(request.group_id);
  const ConsumerGroup* const consumer_group = consumer_.find(request.group_id);
  if (group == nullptr && consumer_group == nullptr) {
    response.error_code = ErrorCode::group_id_not_found;
  } else if (group != nullptr ? !group->is(GroupState::empty)
                              : !consumer_group->members().empty()) {
    response.error_code = ErrorCode::non_empty_group;
  } else {
    std::vector<StoredRecord> records;
    if (const TopicOffsets* const topics = state_.offsets.of_group(request.group_id))
      for (const auto& [topic, partitions] : *topics)
        for (const auto& [partition, offset] : partitions)
          records.push_back(offset_tombstone(request.group_id, topic, partition));
    state_.offsets.remove_group(request.group_id);
    std::ranges::move(end_of_group(request.group_id), std::back_inserter(records));
    append_in_parts(records, out);
  }
  answer(from.token, std::move(response), out);
}

std::vector<StoredRecord> Coordinator::Machine::end_of_group(const std::string& name) {
  if (consumer_.find(name) != nullptr) return consumer_.remove_empty(name);
  remove_group(name);
  return {group_tombstone(name)};
}

void Coordinator::Machine::serve(const Request& from,
                                 const protocol::ConsumerGroupHeartbeatRequest& request,
                                 Effects& out) {
  consumer_.serve(from, request, out);
}

void Coordinator::Machine::serve(const Request& from, const DescribeConsumerGroup& request,
                                 Effects& out) {
  consumer_.serve(from, request, out);
}

}  // namespace gregor::group
