// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor groups`: what kafka-consumer-groups does.
#include "cli/groups_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/config_list.h"
#include "cli/group_requests.h"
#include "cli/old_groups.h"
#include "cli/partition_requests.h"
#include "cli/topic_filter.h"

namespace gregor::cli {

using model::Result;

namespace {

constexpr const char* groups_details =
    "--reset-offsets only shows its plan, unless --execute is there; the group must be empty.\n"
    "\n"
    "Examples:\n"
    "  gregor groups --list --state empty\n"
    "  gregor groups --list --zookeeper 127.0.0.1:2181/gregor   of consumers older than 0.9\n"
    "  gregor groups --describe --group billing             offsets and lag of each partition\n"
    "  gregor groups --describe --group billing --members --verbose\n"
    "  gregor groups --reset-offsets --group billing --topic orders --to-earliest\n"
    "  gregor groups --reset-offsets --group billing --topic orders:0,1 --shift-by -10 --execute\n"
    "  gregor groups --reset-offsets --group billing --all-topics --by-duration PT2H --execute\n"
    "  gregor groups --reset-offsets --group billing --all-topics --to-current --export > "
    "plan.csv\n"
    "  gregor groups --delete-offsets --group billing --topic orders\n"
    "  gregor groups --delete --group billing --group audit\n";

// The protocol's spelling of a state or type; people may write it in small letters.
std::vector<std::string> spelled(const std::vector<std::string>& lists) {
  constexpr const char* known[] = {
      "PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty",
      "Assigning",          "Reconciling"};
  std::vector<std::string> names;
  for (const std::string& list : lists)
    for (std::string& name : parse_name_list(list)) {
      for (const std::string proper : known)
        if (std::ranges::equal(name, proper, [](char a, char b) { return (a | 32) == (b | 32); }))
          name = proper;
      names.push_back(std::move(name));
    }
  return names;
}

int list_old(const GroupsOptions& options) {
  const auto groups = old_groups_in(options.zookeeper, options.client.timeout);
  if (!groups) return fail_with(groups.error());
  Answer output("groups", "groups", options.client.json);
  output.set_columns({"GROUP", "TYPE", "PROTOCOL", "STATE"});
  for (const OldGroup& group : *groups) {
    const Json item = {{"group", group.name},
                       {"type", "Zookeeper"},
                       {"protocol_type", "consumer"},
                       {"state", group.state()},
                       {"members", group.members},
                       {"topics", group.topics},
                       {"owned_partitions", group.owned_partitions}};
    if (options.show_state)
      output.add_row(item, {group.name, "Zookeeper", "consumer", group.state()});
    else
      output.add(item, group.name + "\n");
  }
  return output.finish();
}

int list(const GroupsOptions& options) {
  if (!options.zookeeper.empty()) return list_old(options);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto groups = list_groups(*cluster, spelled(options.states), spelled(options.types));
  if (!groups) return fail_with(groups.error());
  Answer output("groups", "groups", options.client.json);
  const bool table = options.show_state || !options.types.empty();
  output.set_columns({"GROUP", "TYPE", "PROTOCOL", "STATE"});
  for (const ListedGroup& group : *groups) {
    const Json item = {{"group", group.group_id},
                       {"type", group.group_type},
                       {"protocol_type", group.protocol_type},
                       {"state", group.group_state}};
    if (table)
      output.add_row(item,
                     {group.group_id, group.group_type, group.protocol_type, group.group_state});
    else
      output.add(item, group.group_id + "\n");
  }
  return output.finish();
}

int remove(const GroupsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto groups = groups_meant(*cluster, options);
  if (!groups) return fail_with(groups.error());
  Answer output("groups", "groups", options.client.json);
  for (const std::string& group : *groups) {
    if (const auto deleted = delete_group(*cluster, group); deleted)
      output.add({{"group", group}, {"deleted", true}}, fmt::format("Deleted group {}.\n", group));
    else
      output.add_failure({{"group", group}}, "group " + group, deleted.error());
  }
  return output.finish();
}

int delete_some_offsets(const GroupsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto partitions = partitions_meant(*cluster, options);
  if (!partitions) return fail_with(partitions.error());
  Answer output("groups", "partitions", options.client.json);
  for (const std::string& group : options.groups) {
    const auto results = delete_offsets(*cluster, group, *partitions);
    if (!results) {
      output.add_failure({{"group", group}}, "group " + group, results.error());
      continue;
    }
    for (const auto& [partition, result] : *results) {
      Json item = to_json(partition);
      item["group"] = group;
      if (result)
        output.add(item, fmt::format("Deleted the offset of {}.\n", to_string(partition)));
      else
        output.add_failure(item, to_string(partition), result.error());
    }
  }
  return output.finish();
}

int run_groups(const GroupsOptions& options) {
  const bool some_groups = !options.groups.empty() || options.all_groups;
  const bool some_topics = !options.topics.empty() || options.all_topics;
  if (!options.zookeeper.empty() && !options.list)
    return usage_error("groups: --zookeeper is for --list");
  if (!options.list && !some_groups)
    return usage_error("groups: --group or --all-groups is missing");
  if (options.list) return list(options);
  if (options.describe) return describe_groups(options);
  if (options.remove) return remove(options);
  if (options.delete_offsets) {
    if (options.topics.empty() || options.groups.empty())
      return usage_error("groups: --delete-offsets needs --group and --topic");
    return delete_some_offsets(options);
  }
  if (!some_topics && options.to.from_file.empty())
    return usage_error("groups: --reset-offsets needs --topic, --all-topics or --from-file");
  return reset_offsets(options);
}

void add_actions(CLI::App& command, GroupsOptions& options) {
  auto* actions = command.add_option_group("action", "one of these");
  actions->add_flag("--list", options.list, "Print the groups");
  actions->add_flag("--describe", options.describe, "Print offsets and lag, members or state");
  actions->add_flag("--reset-offsets", options.reset, "Give groups other offsets");
  actions->add_flag("--delete-offsets", options.delete_offsets, "Make a group forget a topic");
  actions->add_flag("--delete", options.remove, "Delete groups that are empty");
  actions->require_option(1);
}

void add_reset_options(CLI::App& command, ResetOptions& to) {
  auto* goal = command.add_option_group("offsets", "where --reset-offsets goes");
  goal->add_flag("--to-earliest", to.to_earliest, "The first record there is");
  goal->add_flag("--to-latest", to.to_latest, "Behind the last record");
  goal->add_flag("--to-current", to.to_current, "Where the group is");
  goal->add_option("--to-offset", to.to_offset, "An offset");
  goal->add_option("--shift-by", to.shift_by, "So many records on, or back if negative");
  goal->add_option("--by-duration", to.by_duration, "The first record since: P1DT2H3M4S ago");
  goal->add_option("--to-datetime", to.to_datetime,
                   "The first record since: 2026-03-01T12:30:00.000 (UTC)");
  goal->add_option("--from-file", to.from_file, "As a file says that --export wrote");
  goal->require_option(0, 1);
  command.add_flag("--dry-run", to.dry_run, "Only show the plan, which is also the default");
  command.add_flag("--execute", to.execute, "Do it")->excludes("--dry-run");
  command.add_flag("--export", to.as_csv, "Print the plan as a file for --from-file");
}

}  // namespace

Json to_json(const model::TopicPartition& partition) {
  return {{"topic", partition.topic}, {"partition", partition.partition.value()}};
}

Result<std::vector<std::string>> groups_meant(Cluster& cluster, const GroupsOptions& options) {
  if (!options.all_groups) return options.groups;
  const auto all = list_groups(cluster, {}, {});
  if (!all) return model::fail(all.error());
  std::vector<std::string> names;
  for (const ListedGroup& group : *all) names.push_back(group.group_id);
  return names;
}

Result<std::vector<model::TopicPartition>> partitions_meant(Cluster& cluster,
                                                            const GroupsOptions& options) {
  std::vector<model::TopicPartition> partitions;
  for (const std::string& text : options.topics) {
    const auto choice = parse_topic_choice(text);
    if (!choice) return model::fail(choice.error());
    auto all = partitions_of(cluster, choice->topic);
    if (!all) return model::fail(all.error());
    if (choice->partitions.empty()) std::ranges::move(*all, std::back_inserter(partitions));
    for (const model::PartitionIndex partition : choice->partitions)
      partitions.push_back({choice->topic, partition});
  }
  std::ranges::sort(partitions);
  return partitions;
}

void add_groups_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("groups", "Show, reset and delete consumer groups");
  command->footer(groups_details);
  const auto options = std::make_shared<GroupsOptions>();
  add_client_options(*command, options->client);
  add_actions(*command, *options);
  command->add_option("--group", options->groups, "A group; may be repeated")
      ->allow_extra_args(false);
  command
      ->add_option("--zookeeper", options->zookeeper,
                   "With --list: the groups of old consumers, who register there and nowhere else")
      ->type_name("HOST:PORT/CHROOT");
  command->add_flag("--all-groups", options->all_groups, "Every group");
  command->add_option("--topic", options->topics, "A topic, or TOPIC:0,2; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--all-topics", options->all_topics, "Every topic of which it has offsets");
  const CLI::Option* const state =
      command
          ->add_option("--state", options->states,
                       "With --list: only groups in these states; with --describe: the state")
          ->expected(0, 1)
          ->allow_extra_args(false);
  command->add_option("--type", options->types, "With --list: only groups of these types")
      ->allow_extra_args(false);
  command->add_flag("--offsets", options->show_offsets, "With --describe: offsets, the default");
  command->add_flag("--members", options->show_members, "With --describe: the members");
  command->add_flag("--verbose", options->verbose, "With --members: what each was assigned");
  add_reset_options(*command, options->to);
  command->callback([&action, options, state] {
    options->show_state = state->count() > 0;
    action = [options] { return run_groups(*options); };
  });
}

}  // namespace gregor::cli
