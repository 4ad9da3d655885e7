// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor groups --reset-offsets`: what there is, the plan (cli/offset_reset.h), and doing it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/command.h"
#include "cli/date_time.h"
#include "cli/group_requests.h"
#include "cli/groups_command.h"
#include "cli/input_file.h"
#include "cli/offset_reset.h"
#include "cli/partition_requests.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Offset;
using model::Result;
using model::Timestamp;
using model::TopicPartition;

using Partitions = std::vector<TopicPartition>;

Timestamp now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

Result<ResetGoal> from_file(const std::string& path) {
  const auto bytes = read_input_file(path);
  if (!bytes) return model::fail(bytes.error());
  const auto offsets = parse_csv(base::as_text(*bytes));
  if (!offsets) return model::fail(offsets.error());
  return FromFile{*offsets};
}

Result<ResetGoal> goal_in(const ResetOptions& to) {
  if (to.to_earliest) return ToEarliest{};
  if (to.to_latest) return ToLatest{};
  if (to.to_offset) return ToOffset{Offset{*to.to_offset}};
  if (to.shift_by) return ShiftBy{*to.shift_by};
  if (!to.from_file.empty()) return from_file(to.from_file);
  if (!to.by_duration.empty()) {
    const auto duration = parse_duration(to.by_duration);
    if (!duration) return model::fail(duration.error());
    return ToTime{now() - duration->count()};
  }
  if (!to.to_datetime.empty()) {
    const auto time = parse_date_time(to.to_datetime);
    if (!time) return model::fail(time.error());
    return ToTime{*time};
  }
  if (to.to_current) return ToCurrent{};
  return model::fail(ErrorCode::invalid_request,
                     "--reset-offsets needs one of --to-earliest, --to-latest, --to-current, "
                     "--to-offset, --shift-by, --by-duration, --to-datetime, --from-file");
}

// Members would go on where they are, and commit that.
Result<> check_inactive(Cluster& cluster, const std::string& group) {
  const auto found = describe_group(cluster, group);
  if (!found && found.error().code == ErrorCode::group_id_not_found) return {};
  if (!found) return model::fail(found.error());
  if (found->group.group_state == "Empty") return {};
  return model::fail(ErrorCode::non_empty_group,
                     fmt::format("offsets can only be reset while the group is inactive; its "
                                 "state is {}",
                                 found->group.group_state));
}

Result<Partitions> partitions_to_reset(Cluster& cluster, const GroupsOptions& options,
                                       const ResetGoal& goal, const Offsets& committed) {
  Partitions partitions;
  if (options.all_topics)
    for (const auto& [partition, offset] : committed) partitions.push_back(partition);
  if (!options.all_topics && options.topics.empty())
    for (const auto& [partition, offset] : std::get<FromFile>(goal).offsets)
      partitions.push_back(partition);
  const auto named = partitions_meant(cluster, options);
  if (!named) return model::fail(named.error());
  std::ranges::copy(*named, std::back_inserter(partitions));
  std::ranges::sort(partitions);
  partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
  return partitions;
}

// What is known of each partition; those that cannot be asked fail.
std::map<TopicPartition, Result<PartitionFacts>> facts_of(Cluster& cluster,
                                                          const Partitions& partitions,
                                                          const ResetGoal& goal,
                                                          const Offsets& committed) {
  std::map<TopicPartition, Result<PartitionFacts>> facts;
  for (const TopicPartition& partition : partitions) {
    const auto found = committed.find(partition);
    PartitionFacts known;
    if (found != committed.end()) known.committed = found->second;
    facts[partition] = known;
  }
  const auto fill = [&](Timestamp time, Offset PartitionFacts::* field) {
    for (const auto& [partition, offset] : offsets_at(cluster, partitions, time)) {
      auto& known = facts[partition];
      if (!offset)
        known = model::fail(offset.error());
      else if (known)
        (*known).*field = *offset;
    }
  };
  fill(earliest_offset, &PartitionFacts::earliest);
  fill(latest_offset, &PartitionFacts::latest);
  if (const auto* time = std::get_if<ToTime>(&goal)) fill(time->time, &PartitionFacts::at_time);
  return facts;
}

struct Reset {
  const GroupsOptions& options;
  Cluster& cluster;
  Answer& output;

  void add_failure(const std::string& group, const TopicPartition& partition,
                   const model::Error& error) const {
    Json item = {{"group", group}};
    item.update(to_json(partition));
    output.add_failure(item, fmt::format("{} of group {}", to_string(partition), group), error);
  }

  [[nodiscard]] Result<> run(const std::string& group, const ResetGoal& goal) const {
    if (const auto checked = check_inactive(cluster, group); !checked) return checked;
    const auto committed = committed_offsets(cluster, group);
    if (!committed) return model::fail(committed.error());
    const auto partitions = partitions_to_reset(cluster, options, goal, *committed);
    if (!partitions) return model::fail(partitions.error());
    OffsetsByPartition plan;
    for (const auto& [partition, facts] : facts_of(cluster, *partitions, goal, *committed)) {
      const auto decision =
          facts ? decide_reset(goal, partition, *facts) : model::fail(facts.error());
      if (!decision) {
        add_failure(group, partition, decision.error());
        continue;
      }
      if (!decision->note.empty())
        complain(fmt::format("{}: {}", to_string(partition), decision->note));
      plan[partition] = decision->offset;
    }
    return carry_out(group, plan);
  }

  [[nodiscard]] Result<> carry_out(const std::string& group, const OffsetsByPartition& plan) const {
    ItemResults results;
    if (options.to.execute && !plan.empty()) {
      auto committed = commit_offsets(cluster, group, plan);
      if (!committed) return model::fail(committed.error());
      results = std::move(*committed);
    }
    if (options.to.as_csv && !options.client.json) print(to_csv(plan));
    for (const auto& [partition, offset] : plan) {
      const auto result = results.find(partition);
      if (result != results.end() && !result->second) {
        add_failure(group, partition, result->second.error());
        continue;
      }
      Json item = {{"group", group}};
      item.update(to_json(partition));
      item["new_offset"] = offset.value();
      item["executed"] = options.to.execute;
      if (options.to.as_csv)
        output.add(item, "");
      else
        output.add_row(item,
                       {group, partition.topic, to_string(partition.partition), to_string(offset)});
    }
    return {};
  }
};

}  // namespace

int reset_offsets(const GroupsOptions& options) {
  const auto goal = goal_in(options.to);
  if (!goal) return usage_error("groups: " + goal.error().detail);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto groups = groups_meant(*cluster, options);
  if (!groups) return fail_with(groups.error());
  Answer output("groups", "partitions", options.client.json);
  output.set_columns({"GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"});
  const Reset reset{options, *cluster, output};
  for (const std::string& group : *groups)
    if (const auto done = reset.run(group, *goal); !done)
      output.add_failure({{"group", group}}, "group " + group, done.error());
  const int code = output.finish();
  if (!options.to.execute && !options.to.dry_run && !options.to.as_csv)
    complain("nothing was changed; --execute does it");
  return code;
}

}  // namespace gregor::cli
