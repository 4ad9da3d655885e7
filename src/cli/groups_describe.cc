// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor groups --describe`: offsets and lag, members, or the state, in the columns of
// kafka-consumer-groups.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cli/group_requests.h"
#include "cli/groups_command.h"
#include "cli/partition_requests.h"

namespace gregor::cli {
namespace {

using model::Result;
using model::TopicPartition;

constexpr const char* nothing = "-";

std::string or_nothing(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : nothing;
}

Json or_null(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

// A line of the table of offsets: a partition that was committed or is being read.
struct OffsetRow {
  std::optional<std::int64_t> committed;
  std::optional<std::int64_t> end;
  const DescribedMember* reader = nullptr;
};

std::map<TopicPartition, OffsetRow> offset_rows(Cluster& cluster, const DescribedGroup& group,
                                                const Offsets& committed) {
  std::map<TopicPartition, OffsetRow> rows;
  for (const auto& [partition, offset] : committed) rows[partition].committed = offset.value();
  for (const DescribedMember& member : group.members)
    for (const TopicPartition& partition : assignment_of(member)) rows[partition].reader = &member;
  std::vector<TopicPartition> partitions;
  partitions.reserve(rows.size());
  for (const auto& [partition, row] : rows) partitions.push_back(partition);
  for (const auto& [partition, end] : offsets_at(cluster, partitions, latest_offset))
    if (end) rows[partition].end = end->value();  // of a deleted topic there is none
  return rows;
}

Result<> add_offsets(Cluster& cluster, Answer& output, const DescribedGroup& group) {
  const auto committed = committed_offsets(cluster, group.group_id);
  if (!committed) return model::fail(committed.error());
  DescribedMember nobody;
  nobody.member_id = nobody.client_host = nobody.client_id = nothing;
  for (const auto& [partition, row] : offset_rows(cluster, group, *committed)) {
    std::optional<std::int64_t> lag;
    if (row.committed && row.end) lag = std::max<std::int64_t>(0, *row.end - *row.committed);
    const DescribedMember& reader = row.reader == nullptr ? nobody : *row.reader;
    Json item = {{"group", group.group_id}};
    item.update(to_json(partition));
    item["current_offset"] = or_null(row.committed);
    item["log_end_offset"] = or_null(row.end);
    item["lag"] = or_null(lag);
    item["member"] = row.reader == nullptr ? Json(nullptr) : Json(row.reader->member_id);
    output.add_row(item, {group.group_id, partition.topic, to_string(partition.partition),
                          or_nothing(row.committed), or_nothing(row.end), or_nothing(lag),
                          reader.member_id, reader.client_host, reader.client_id});
  }
  return {};
}

// "orders(0,1), payments(2)"
std::string assignment_text(const std::vector<TopicPartition>& assignment) {
  std::map<std::string, std::vector<std::int32_t>> topics;
  for (const TopicPartition& partition : assignment)
    topics[partition.topic].push_back(partition.partition.value());
  std::string text;
  for (const auto& [topic, partitions] : topics)
    text += fmt::format("{}{}({})", text.empty() ? "" : ", ", topic, fmt::join(partitions, ","));
  return text.empty() ? nothing : text;
}

void add_members(Answer& output, const DescribedGroup& group, bool verbose) {
  for (const DescribedMember& member : group.members) {
    const std::vector<TopicPartition> assignment = assignment_of(member);
    Json assigned = Json::array();
    for (const TopicPartition& partition : assignment) assigned.push_back(to_json(partition));
    const Json item = {
        {"group", group.group_id},
        {"member", member.member_id},
        {"instance", member.group_instance_id ? Json(*member.group_instance_id) : Json(nullptr)},
        {"host", member.client_host},
        {"client", member.client_id},
        {"assignment", assigned}};
    std::vector<std::string> cells = {
        group.group_id,     member.member_id, member.group_instance_id.value_or(nothing),
        member.client_host, member.client_id, std::to_string(assignment.size())};
    if (verbose) cells.push_back(assignment_text(assignment));
    output.add_row(item, std::move(cells));
  }
}

void add_state(Answer& output, const GroupAndCoordinator& found) {
  const DescribedGroup& group = found.group;
  output.add_row({{"group", group.group_id},
                  {"coordinator", found.coordinator.value()},
                  {"assignment_strategy", group.protocol_data},
                  {"state", group.group_state},
                  {"members", group.members.size()}},
                 {group.group_id, to_string(found.coordinator),
                  group.protocol_data.empty() ? nothing : group.protocol_data, group.group_state,
                  std::to_string(group.members.size())});
}

std::vector<std::string> columns_of(const GroupsOptions& options) {
  if (options.show_state)
    return {"GROUP", "COORDINATOR", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"};
  if (options.show_members) {
    std::vector<std::string> columns = {"GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID",
                                        "HOST",  "CLIENT-ID",   "#PARTITIONS"};
    if (options.verbose) columns.emplace_back("ASSIGNMENT");
    return columns;
  }
  return {"GROUP", "TOPIC",       "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET",
          "LAG",   "CONSUMER-ID", "HOST",      "CLIENT-ID"};
}

}  // namespace

int describe_groups(const GroupsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto names = groups_meant(*cluster, options);
  if (!names) return fail_with(names.error());
  const char* list = options.show_state     ? "groups"
                     : options.show_members ? "members"
                                            : "partitions";
  Answer output("groups", list, options.client.json);
  output.set_columns(columns_of(options));
  for (const std::string& name : *names) {
    const auto found = describe_group(*cluster, name);
    Result<> told;
    if (!found)
      told = model::fail(found.error());
    else if (options.show_state)
      add_state(output, *found);
    else if (options.show_members)
      add_members(output, found->group, options.verbose);
    else
      told = add_offsets(*cluster, output, found->group);
    if (!told) output.add_failure({{"group", name}}, "group " + name, told.error());
  }
  return output.finish();
}

}  // namespace gregor::cli
