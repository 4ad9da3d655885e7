// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor topics`: what kafka-topics does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/parse_number.h"
#include "cli/answer.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/config_list.h"
#include "cli/config_requests.h"
#include "cli/topic_describe.h"
#include "cli/topic_filter.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* topics_details =
    "--topic is a name for --create and --alter's new topics; elsewhere it is a regular "
    "expression,\n"
    "with ',' for '|'.\n"
    "\n"
    "Examples:\n"
    "  gregor topics --create --topic orders --partitions 6 --config retention.ms=-1\n"
    "  gregor topics --list --json\n"
    "  gregor topics --describe --topic 'orders.*'\n"
    "  gregor topics --alter --topic orders --partitions 12\n"
    "  gregor topics --delete --topic orders --bootstrap-server broker1:9092,broker2:9092\n";

struct TopicsOptions {
  ClientOptions client;
  bool create = false, remove = false, list = false, describe = false, alter = false;
  std::string topic;
  std::optional<std::int32_t> partitions;
  std::optional<std::int16_t> replication_factor;
  std::string assignment;
  std::vector<std::string> configs;
  bool if_exists = false, if_not_exists = false;
  DescribeFilter filter;
};

// "0:1,1:2": the replicas of partition 0, of partition 1, …
Result<std::vector<std::vector<std::int32_t>>> parse_assignment(const std::string& text) {
  std::vector<std::vector<std::int32_t>> partitions;
  std::vector<std::int32_t> replicas;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(":,", at), text.size());
    const auto number =
        base::parse_number<std::int64_t>(std::string_view(text).substr(at, end - at));
    if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max())
      return model::fail(ErrorCode::invalid_replica_assignment,
                         fmt::format("--replica-assignment: '{}' is not like 0:1,1:2", text));
    replicas.push_back(static_cast<std::int32_t>(*number));
    if (end == text.size() || text[end] == ',') partitions.push_back(std::exchange(replicas, {}));
    at = end + 1;
  }
  return partitions;
}

Result<protocol::CreateTopicsRequest> create_request(const TopicsOptions& options) {
  protocol::CreateTopicsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(options.client.timeout.count());
  auto& topic = request.topics.emplace_back();
  topic.name = options.topic;
  topic.num_partitions = options.partitions.value_or(-1);  // the broker's default
  topic.replication_factor = options.replication_factor.value_or(-1);
  if (!options.assignment.empty()) {
    const auto assignment = parse_assignment(options.assignment);
    if (!assignment) return model::fail(assignment.error());
    for (const auto& replicas : *assignment)
      topic.assignments.push_back(
          {.partition_index = static_cast<std::int32_t>(topic.assignments.size()),
           .broker_ids = replicas});
  }
  for (const std::string& config : options.configs) {
    const auto pairs = parse_config_list(config);
    if (!pairs) return model::fail(pairs.error());
    for (const auto& [key, value] : *pairs) topic.configs.push_back({.name = key, .value = value});
  }
  return request;
}

int create(const TopicsOptions& options) {
  const auto request = create_request(options);
  if (!request) return usage_error(request.error().detail);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  constexpr protocol::Versions with_topic_ids{5, 7};
  const auto answer =
      cluster->ask_controller<protocol::CreateTopicsResponse>(*request, with_topic_ids);
  if (!answer) return fail_with(answer.error());
  Answer output("topics", "topics", options.client.json);
  for (const auto& topic : answer->topics) {
    Json item = {{"topic", topic.name}};
    const bool there = topic.error_code == ErrorCode::topic_already_exists;
    if (topic.error_code != ErrorCode::none && !(there && options.if_not_exists)) {
      output.add_failure(item, "topic " + topic.name,
                         error_of(topic.error_code, topic.error_message));
      continue;
    }
    item["created"] = !there;
    if (!there) {
      item["topic_id"] = to_string(topic.topic_id);
      item["partitions"] = topic.num_partitions;
      item["replication_factor"] = topic.replication_factor;
    }
    output.add(item, there ? "" : fmt::format("Created topic {}.\n", topic.name));
  }
  return output.finish();
}

// The topics that a filter chooses, and the exit code if there are none and that matters.
Result<std::vector<std::string>> choose(Cluster& cluster, const TopicsOptions& options) {
  const auto all = cluster.metadata(std::nullopt);
  if (!all) return model::fail(all.error());
  const auto filter = TopicFilter::parse(options.topic.empty() ? ".*" : options.topic);
  if (!filter) return model::fail(filter.error());
  std::vector<std::string> names;
  for (const auto& topic : all->topics) {
    if (topic.is_internal && options.filter.exclude_internal) continue;
    if (filter->matches(topic.name.value_or(""))) names.push_back(*topic.name);
  }
  std::ranges::sort(names);
  if (names.empty() && !options.topic.empty() && !options.if_exists)
    return model::fail(ErrorCode::unknown_topic_or_partition,
                       fmt::format("no topic matches '{}'", options.topic));
  return names;
}

int remove(const TopicsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto names = choose(*cluster, options);
  if (!names) return fail_with(names.error());
  Answer output("topics", "topics", options.client.json);
  if (names->empty()) return output.finish();
  protocol::DeleteTopicsRequest request;
  request.topic_names = *names;
  request.timeout_ms = static_cast<std::int32_t>(options.client.timeout.count());
  constexpr protocol::Versions by_name{1, 5};
  const auto answer = cluster->ask_controller<protocol::DeleteTopicsResponse>(request, by_name);
  if (!answer) return fail_with(answer.error());
  for (const auto& topic : answer->responses) {
    const std::string name = topic.name.value_or("");
    if (topic.error_code == ErrorCode::none)
      output.add({{"topic", name}, {"deleted", true}}, fmt::format("Deleted topic {}.\n", name));
    else
      output.add_failure({{"topic", name}}, "topic " + name,
                         error_of(topic.error_code, topic.error_message));
  }
  return output.finish();
}

int list(const TopicsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  TopicsOptions any = options;
  any.if_exists = true;  // nothing to list is a list
  const auto names = choose(*cluster, any);
  if (!names) return fail_with(names.error());
  Answer output("topics", "topics", options.client.json);
  for (const std::string& name : *names) output.add(name, name + "\n");
  return output.finish();
}

int describe(const TopicsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto names = choose(*cluster, options);
  if (!names) return fail_with(names.error());
  const auto topics = cluster->metadata(*names);
  if (!topics) return fail_with(topics.error());
  const auto configs = describe_configs(*cluster, ConfigType::topic, *names);
  if (!configs) return fail_with(configs.error());
  Answer output("topics", "topics", options.client.json);
  for (const std::string& name : *names) {
    const auto topic = std::ranges::find(topics->topics, std::optional(name),
                                         [](const auto& one) { return one.name; });
    if (topic == topics->topics.end()) continue;  // deleted in between
    add_description(output, *topic, configs->at(name), options.filter);
  }
  return output.finish();
}

int alter(const TopicsOptions& options) {
  protocol::CreatePartitionsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(options.client.timeout.count());
  std::optional<std::vector<protocol::CreatePartitionsRequest::CreatePartitionsAssignment>> added;
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto names = choose(*cluster, options);
  if (!names) return fail_with(names.error());
  if (!options.assignment.empty()) {
    // As in Kafka, it names all partitions; those that are there are left out.
    const auto assignment = parse_assignment(options.assignment);
    if (!assignment) return usage_error(assignment.error().detail);
    const auto topics = cluster->metadata(*names);
    if (!topics) return fail_with(topics.error());
    std::size_t there = 0;
    for (const auto& topic : topics->topics) there = std::max(there, topic.partitions.size());
    added.emplace();
    for (std::size_t i = there; i < assignment->size(); ++i)
      added->push_back({.broker_ids = (*assignment)[i]});
  }
  for (const std::string& name : *names)
    request.topics.push_back({.name = name, .count = *options.partitions, .assignments = added});
  Answer output("topics", "topics", options.client.json);
  if (names->empty()) return output.finish();
  const auto answer = cluster->ask_controller<protocol::CreatePartitionsResponse>(request);
  if (!answer) return fail_with(answer.error());
  for (const auto& topic : answer->results) {
    if (topic.error_code == ErrorCode::none)
      output.add({{"topic", topic.name}, {"partitions", *options.partitions}},
                 fmt::format("Topic {} has {} partitions.\n", topic.name, *options.partitions));
    else
      output.add_failure({{"topic", topic.name}}, "topic " + topic.name,
                         error_of(topic.error_code, topic.error_message));
  }
  return output.finish();
}

int run_topics(const TopicsOptions& options) {
  if ((options.create || options.remove || options.alter) && options.topic.empty())
    return usage_error("topics: --topic is missing");
  if (options.alter && !options.partitions)
    return usage_error("topics: --alter needs --partitions; configs are changed by gregor configs");
  if (options.create) return create(options);
  if (options.remove) return remove(options);
  if (options.list) return list(options);
  if (options.describe) return describe(options);
  return alter(options);
}

void add_actions(CLI::App& command, TopicsOptions& options) {
  auto* actions = command.add_option_group("action", "one of these");
  actions->add_flag("--create", options.create, "Make a topic");
  actions->add_flag("--delete", options.remove, "Delete topics");
  actions->add_flag("--list", options.list, "Print the names of the topics");
  actions->add_flag("--describe", options.describe, "Print partitions, replicas and settings");
  actions->add_flag("--alter", options.alter, "Give topics more partitions");
  actions->require_option(1);
}

}  // namespace

void add_topics_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("topics", "Create, list, describe, grow, delete topics");
  command->footer(topics_details);
  const auto options = std::make_shared<TopicsOptions>();
  add_client_options(*command, options->client);
  add_actions(*command, *options);
  command->add_option("--topic", options->topic, "A name, or a regular expression for several");
  command->add_option("--partitions", options->partitions, "How many (num.partitions)")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--replication-factor", options->replication_factor,
                   "Copies of each partition (default.replication.factor)")
      ->check(CLI::PositiveNumber);
  command->add_option("--replica-assignment", options->assignment,
                      "Brokers of each partition: 1:2,2:3 for two partitions");
  command->add_option("--config", options->configs, "A setting of the new topic; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--if-not-exists", options->if_not_exists,
                    "With --create: no error if the topic is there");
  command->add_flag("--if-exists", options->if_exists,
                    "With --alter, --delete, --describe: no error if no topic is there");
  command->add_flag("--exclude-internal", options->filter.exclude_internal,
                    "Not the topics of the broker itself");
  add_describe_filters(*command, options->filter);
  command->callback([&action, options] { action = [options] { return run_topics(*options); }; });
}

}  // namespace gregor::cli
