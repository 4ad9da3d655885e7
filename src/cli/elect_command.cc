// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor elect`: what kafka-leader-election does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "cli/answer.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/groups_command.h"
#include "cli/input_file.h"
#include "cli/partitions_file.h"
#include "protocol/messages/elect_leaders.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;
using model::TopicPartition;

constexpr const char* elect_details =
    "A partition's preferred leader is the first of its replicas. An unclean election has one "
    "lead\n"
    "that is not in sync, where nobody else is there: what it lacks is lost.\n"
    "\n"
    "The file for --path-to-json-file:\n"
    "  {\"partitions\": [{\"topic\": \"orders\", \"partition\": 0}]}\n"
    "\n"
    "Examples:\n"
    "  gregor elect --election-type preferred --all-topic-partitions\n"
    "  gregor elect --election-type unclean --topic orders --partition 3\n"
    "  gregor elect --election-type preferred --path-to-json-file partitions.json --json\n";

// As ElectLeaders numbers them (KIP-460).
const std::map<std::string, std::int8_t> election_types = {{"preferred", 0}, {"unclean", 1}};

struct ElectOptions {
  ClientOptions client;
  std::string type;
  bool all = false;
  std::string topic;
  std::optional<std::int32_t> partition;
  std::string file;
};

// nullopt are all partitions.
Result<std::optional<std::vector<TopicPartition>>> partitions_meant(const ElectOptions& options) {
  if (options.all) return std::nullopt;
  if (options.file.empty())
    return std::vector{TopicPartition{options.topic, model::PartitionIndex{*options.partition}}};
  const auto bytes = read_input_file(options.file);
  if (!bytes) return model::fail(bytes.error());
  auto partitions = parse_partitions(base::as_text(*bytes));
  if (!partitions) return model::fail(std::move(partitions.error()));
  std::ranges::sort(*partitions);
  return std::move(*partitions);
}

protocol::ElectLeadersRequest request_for(
    const ElectOptions& options, const std::optional<std::vector<TopicPartition>>& partitions) {
  protocol::ElectLeadersRequest request;
  request.election_type = election_types.at(options.type);
  request.timeout_ms = static_cast<std::int32_t>(options.client.timeout.count());
  if (!partitions) {
    request.topic_partitions.reset();
    return request;
  }
  auto& topics = *request.topic_partitions;
  for (const TopicPartition& one : *partitions) {
    if (topics.empty() || topics.back().topic != one.topic)
      topics.push_back({.topic = one.topic, .partitions = {}});
    topics.back().partitions.push_back(one.partition.value());
  }
  return request;
}

Result<protocol::ElectLeadersResponse> elect(Cluster& cluster,
                                             const protocol::ElectLeadersRequest& request) {
  constexpr protocol::Versions with_types{1, 2};
  return cluster.persist([&]() -> Result<protocol::ElectLeadersResponse> {
    auto answer = cluster.ask_controller<protocol::ElectLeadersResponse>(request, with_types);
    if (answer && answer->error_code != ErrorCode::none)
      return model::fail(error_of(answer->error_code));
    return answer;
  });
}

// The sentences of kafka-leader-election.
void print_lines(const ElectOptions& options, const std::vector<std::string>& elected,
                 const std::vector<std::string>& there) {
  std::string type = options.type;
  std::ranges::transform(type, type.begin(),
                         [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  if (!elected.empty())
    print(fmt::format("Successfully completed leader election ({}) for partitions {}\n", type,
                      fmt::join(elected, ", ")));
  if (!there.empty())
    print(fmt::format("Valid replica already elected for partitions {}\n", fmt::join(there, ", ")));
}

int run_elect(const ElectOptions& options) {
  if (options.topic.empty() != !options.partition)
    return usage_error("elect: --topic and --partition belong together");
  const auto partitions = partitions_meant(options);
  if (!partitions) return usage_error("elect: " + partitions.error().detail);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto answer = elect(*cluster, request_for(options, *partitions));
  if (!answer) return fail_with(answer.error());
  Answer output("elect", "partitions", options.client.json);
  std::vector<std::string> elected, there;
  for (const auto& topic : answer->replica_election_results)
    for (const auto& one : topic.partition_result) {
      const TopicPartition partition{topic.topic, model::PartitionIndex{one.partition_id}};
      const bool needless = one.error_code == ErrorCode::election_not_needed;
      Json item = to_json(partition);
      if (one.error_code != ErrorCode::none && !needless) {
        output.add_failure(item, "partition " + to_string(partition),
                           error_of(one.error_code, one.error_message));
        continue;
      }
      item["elected"] = !needless;
      output.add(item, "");
      (needless ? there : elected).push_back(to_string(partition));
    }
  if (!options.client.json) print_lines(options, elected, there);
  return output.finish();
}

}  // namespace

void add_elect_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("elect", "Elect preferred, or unclean, leaders");
  command->footer(elect_details);
  const auto options = std::make_shared<ElectOptions>();
  add_client_options(*command, options->client);
  command->add_option("--election-type", options->type, "preferred or unclean")
      ->required()
      ->check(CLI::IsMember(election_types));
  auto* which = command->add_option_group("partitions", "of which partitions");
  which->add_flag("--all-topic-partitions", options->all, "Of all partitions");
  which->add_option("--topic", options->topic, "Of a partition of this topic");
  which->add_option("--path-to-json-file", options->file, "Of those in a file");
  which->require_option(1);
  command->add_option("--partition", options->partition, "Which one, with --topic")
      ->check(CLI::NonNegativeNumber);
  command->callback([&action, options] { action = [options] { return run_elect(*options); }; });
}

}  // namespace gregor::cli
