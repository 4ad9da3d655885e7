// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor reassign`: what kafka-reassign-partitions does, but for plans of its own and throttles
// (those are settings: gregor configs).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "broker/broker_ids.h"
#include "cli/answer.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/groups_command.h"
#include "cli/input_file.h"
#include "cli/partitions_file.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/list_partition_reassignments.h"

namespace gregor::cli {
namespace {

using model::BrokerId;
using model::ErrorCode;
using model::Result;
using model::TopicPartition;

constexpr const char* reassign_details =
    "The file says which brokers are to have each partition, the preferred leader first:\n"
    "  {\"version\": 1, \"partitions\": [{\"topic\": \"orders\", \"partition\": 0, \"replicas\": "
    "[1, "
    "3]}]}\n"
    "--execute prints, first, such a file of how it was: the way back.\n"
    "\n"
    "Examples:\n"
    "  gregor reassign --execute --reassignment-json-file plan.json\n"
    "  gregor reassign --verify --reassignment-json-file plan.json    is it done?\n"
    "  gregor reassign --list                                         what is under way\n"
    "  gregor reassign --cancel --reassignment-json-file plan.json    back to how it was\n";

struct ReassignOptions {
  ClientOptions client;
  bool execute = false, verify = false, cancel = false, list = false;
  bool additional = false;
  std::string file;
};

struct Ongoing {
  std::vector<std::int32_t> replicas, adding, removing;
};
using OngoingReassignments = std::map<TopicPartition, Ongoing>;

// Asks the controller until there is one that answers.
template <protocol::Message Response, protocol::Message Request>
Result<Response> ask_controller(Cluster& cluster, const Request& request) {
  return cluster.persist([&]() -> Result<Response> {
    auto answer = cluster.ask_controller<Response>(request);
    if (answer && answer->error_code != ErrorCode::none)
      return model::fail(error_of(answer->error_code, answer->error_message));
    return answer;
  });
}

Result<OngoingReassignments> list_ongoing(Cluster& cluster) {
  protocol::ListPartitionReassignmentsRequest request;  // of all topics
  request.timeout_ms = static_cast<std::int32_t>(cluster.timeout().count());
  const auto answer =
      ask_controller<protocol::ListPartitionReassignmentsResponse>(cluster, request);
  if (!answer) return model::fail(answer.error());
  OngoingReassignments found;
  for (const auto& topic : answer->topics)
    for (const auto& one : topic.partitions)
      found[{topic.name, model::PartitionIndex{one.partition_index}}] = {
          one.replicas, one.adding_replicas, one.removing_replicas};
  return found;
}

// Where the plan's partitions are now; a partition that is not there is left out.
Result<ReplicaPlan> current_replicas(Cluster& cluster, const ReplicaPlan& plan) {
  std::set<std::string> topics;
  for (const auto& [partition, replicas] : plan) topics.insert(partition.topic);
  const auto metadata = cluster.metadata(std::vector<std::string>(topics.begin(), topics.end()));
  if (!metadata) return model::fail(metadata.error());
  ReplicaPlan found;
  for (const auto& topic : metadata->topics)
    for (const auto& one : topic.partitions) {
      const TopicPartition partition{topic.name.value_or(""),
                                     model::PartitionIndex{one.partition_index}};
      if (!plan.contains(partition)) continue;
      auto& brokers = found[partition];
      for (const std::int32_t id : one.replica_nodes) brokers.emplace_back(id);
    }
  return found;
}

// As a file for --reassignment-json-file.
std::string to_file(const ReplicaPlan& plan) {
  Json document = {{"version", 1}, {"partitions", Json::array()}};
  for (const auto& [partition, replicas] : plan) {
    Json entry = to_json(partition);
    entry["replicas"] = broker::numbers(replicas);
    document["partitions"].push_back(std::move(entry));
  }
  return document.dump();
}

// Replicas that are to be given up again are null.
protocol::AlterPartitionReassignmentsRequest alter_request(const Cluster& cluster,
                                                           const ReplicaPlan& plan, bool cancel) {
  protocol::AlterPartitionReassignmentsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(cluster.timeout().count());
  for (const auto& [partition, replicas] : plan) {
    if (request.topics.empty() || request.topics.back().name != partition.topic)
      request.topics.push_back({.name = partition.topic, .partitions = {}});
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition.value(),
         .replicas = cancel ? std::nullopt : std::optional(broker::numbers(replicas))});
  }
  return request;
}

// Sends it; fills `output`, and answers with the partitions that were taken.
Result<std::vector<std::string>> alter(Cluster& cluster, const ReplicaPlan& plan, bool cancel,
                                       Answer& output) {
  const auto answer = ask_controller<protocol::AlterPartitionReassignmentsResponse>(
      cluster, alter_request(cluster, plan, cancel));
  if (!answer) return model::fail(answer.error());
  std::vector<std::string> taken;
  for (const auto& topic : answer->responses)
    for (const auto& one : topic.partitions) {
      const TopicPartition partition{topic.name, model::PartitionIndex{one.partition_index}};
      Json item = to_json(partition);
      if (one.error_code != ErrorCode::none) {
        output.add_failure(item, "partition " + to_string(partition),
                           error_of(one.error_code, one.error_message));
        continue;
      }
      item[cancel ? "cancelled" : "started"] = true;
      output.add(item, "");
      taken.push_back(to_string(partition));
    }
  return taken;
}

int execute(Cluster& cluster, const ReassignOptions& options, const ReplicaPlan& plan) {
  if (!options.additional) {
    const auto ongoing = list_ongoing(cluster);
    if (!ongoing) return fail_with(ongoing.error());
    if (!ongoing->empty())
      return fail_with({ErrorCode::reassignment_in_progress,
                        "there is one already; --additional begins another beside it"});
  }
  const auto before = current_replicas(cluster, plan);
  if (!before) return fail_with(before.error());
  Answer output("reassign", "partitions", options.client.json);
  output.set("before", Json::parse(to_file(*before)));
  if (!options.client.json)
    print(
        fmt::format("Current partition replica assignment\n\n{}\n\nSave this to use as the "
                    "--reassignment-json-file option during rollback\n",
                    to_file(*before)));
  const auto started = alter(cluster, plan, false, output);
  if (!started) return fail_with(started.error());
  if (!options.client.json && !started->empty())
    print(fmt::format("Successfully started partition reassignment{} for {}\n",
                      started->size() == 1 ? "" : "s", fmt::join(*started, ",")));
  return output.finish();
}

int verify(Cluster& cluster, const ReassignOptions& options, const ReplicaPlan& plan) {
  // In this order: what is not under way any more shows where the replicas are.
  const auto ongoing = list_ongoing(cluster);
  if (!ongoing) return fail_with(ongoing.error());
  const auto now = current_replicas(cluster, plan);
  if (!now) return fail_with(now.error());
  Answer output("reassign", "partitions", options.client.json);
  if (!options.client.json) print("Status of partition reassignment:\n");
  for (const auto& [partition, wanted] : plan) {
    const auto there = now->find(partition);
    const auto replicas = there == now->end() ? std::vector<BrokerId>{} : there->second;
    const std::string name = to_string(partition);
    Json item = to_json(partition);
    item["replicas"] = broker::numbers(replicas);
    std::string line;
    if (ongoing->contains(partition)) {
      item["state"] = "in progress";
      line = fmt::format("Reassignment of partition {} is still in progress.\n", name);
    } else if (replicas == wanted) {
      item["state"] = "completed";
      line = fmt::format("Reassignment of partition {} is completed.\n", name);
    } else {
      item["state"] = "not active";
      line = fmt::format(
          "There is no active reassignment of partition {}, but replica set is {} rather than "
          "{}.\n",
          name, fmt::join(broker::numbers(replicas), ","), fmt::join(broker::numbers(wanted), ","));
    }
    output.add(item, line);
  }
  return output.finish();
}

int cancel(Cluster& cluster, const ReassignOptions& options, ReplicaPlan plan) {
  const auto ongoing = list_ongoing(cluster);
  if (!ongoing) return fail_with(ongoing.error());
  std::erase_if(plan, [&](const auto& one) { return !ongoing->contains(one.first); });
  Answer output("reassign", "partitions", options.client.json);
  if (plan.empty()) {
    if (!options.client.json) print("None of the specified partition reassignments are active.\n");
    return output.finish();
  }
  const auto cancelled = alter(cluster, plan, true, output);
  if (!cancelled) return fail_with(cancelled.error());
  if (!options.client.json && !cancelled->empty())
    print(fmt::format("Successfully cancelled partition reassignment{} for: {}\n",
                      cancelled->size() == 1 ? "" : "s", fmt::join(*cancelled, ",")));
  return output.finish();
}

int list(Cluster& cluster, const ReassignOptions& options) {
  const auto ongoing = list_ongoing(cluster);
  if (!ongoing) return fail_with(ongoing.error());
  Answer output("reassign", "partitions", options.client.json);
  if (!options.client.json)
    print(ongoing->empty() ? "No partition reassignments found.\n"
                           : "Current partition reassignments:\n");
  for (const auto& [partition, one] : *ongoing) {
    Json item = to_json(partition);
    item["replicas"] = one.replicas;
    item["adding"] = one.adding;
    item["removing"] = one.removing;
    std::string line =
        fmt::format("{}: replicas: {}.", to_string(partition), fmt::join(one.replicas, ","));
    if (!one.adding.empty()) line += fmt::format(" adding: {}.", fmt::join(one.adding, ","));
    if (!one.removing.empty()) line += fmt::format(" removing: {}.", fmt::join(one.removing, ","));
    output.add(item, line + "\n");
  }
  return output.finish();
}

Result<ReplicaPlan> read_plan(const std::string& path) {
  const auto bytes = read_input_file(path);
  if (!bytes) return model::fail(bytes.error());
  return parse_replica_plan(base::as_text(*bytes));
}

int run_reassign(const ReassignOptions& options) {
  if (!options.list && options.file.empty())
    return usage_error("reassign: --reassignment-json-file is missing");
  Result<ReplicaPlan> plan;
  if (!options.list) plan = read_plan(options.file);
  if (!plan) return usage_error("reassign: " + plan.error().detail);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  if (options.execute) return execute(*cluster, options, *plan);
  if (options.verify) return verify(*cluster, options, *plan);
  if (options.cancel) return cancel(*cluster, options, std::move(*plan));
  return list(*cluster, options);
}

}  // namespace

void add_reassign_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("reassign", "Give partitions to other brokers");
  command->footer(reassign_details);
  const auto options = std::make_shared<ReassignOptions>();
  add_client_options(*command, options->client);
  auto* actions = command->add_option_group("action", "one of these");
  actions->add_flag("--execute", options->execute, "Begin what a file says");
  actions->add_flag("--verify", options->verify, "Tell how far it is");
  actions->add_flag("--cancel", options->cancel, "Give up what is under way of it");
  actions->add_flag("--list", options->list, "Print all that is under way");
  actions->require_option(1);
  command->add_option("--reassignment-json-file", options->file, "Who is to have what");
  command->add_flag("--additional", options->additional,
                    "With --execute: also while others are under way");
  command->callback([&action, options] { action = [options] { return run_reassign(*options); }; });
}

}  // namespace gregor::cli
