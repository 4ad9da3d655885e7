// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cctype>
#include <utility>

#include "group/machine.h"

namespace gregor::group {

using model::ErrorCode;

namespace {

constexpr std::string_view classic_type = "classic";

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
  for (const std::string& state : request.states_filter)
    states.push_back(trimmed_in_lower_case(state));
  const bool type_fits = request.types_filter.empty() ||
                         std::ranges::any_of(request.types_filter, [](const auto& type) {
                           return in_lower_case(type) == classic_type;
                         });
  protocol::ListGroupsResponse response;
  for (const auto& [name, group] : state_.groups) {
    const std::string state(name_of(group.state()));
    const bool state_fits =
        states.empty() || std::ranges::find(states, in_lower_case(state)) != states.end();
    if (!type_fits || !state_fits) continue;
    auto& one = response.groups.emplace_back();
    one.group_id = name;
    one.protocol_type = group.protocol_type().value_or("");
    one.group_state = state;
    one.group_type = classic_type;
  }
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
      response.error_message = "Group " + request.group_id + " not found.";
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
  if (group == nullptr) {
    response.error_code = ErrorCode::group_id_not_found;
  } else if (!group->is(GroupState::empty)) {
    response.error_code = ErrorCode::non_empty_group;
  } else {
    std::vector<StoredRecord> records;
    if (const TopicOffsets* const topics = state_.offsets.of_group(request.group_id))
      for (const auto& [topic, partitions] : *topics)
        for (const auto& [partition, offset] : partitions)
          records.push_back(offset_tombstone(request.group_id, topic, partition));
    state_.offsets.remove_group(request.group_id);
    records.push_back(group_tombstone(request.group_id));
    append_in_parts(records, out);
    remove_group(request.group_id);
  }
  answer(from.token, std::move(response), out);
}

}  // namespace gregor::group
