// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor records`: what kafka-delete-records and kafka-get-offsets do.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/parse_number.h"
#include "cli/answer.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/groups_command.h"
#include "cli/input_file.h"
#include "cli/offsets_file.h"
#include "cli/partition_requests.h"
#include "cli/progress.h"
#include "cli/topic_filter.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;
using model::TopicPartition;

constexpr const char* records_details =
    "The file for --delete says for each partition the first offset that stays (-1: none stays):\n"
    "  {\"partitions\": [{\"topic\": \"orders\", \"partition\": 0, \"offset\": 42}], \"version\": "
    "1}\n"
    "\n"
    "Examples:\n"
    "  gregor records --delete --offset-json-file offsets.json\n"
    "  gregor records --offsets --topic orders                 where each partition ends\n"
    "  gregor records --offsets --topic orders --time earliest --json\n";

const std::map<std::string, model::Timestamp> named_times = {
    {"latest", latest_offset},
    {"earliest", earliest_offset},
    {"max-timestamp", offset_of_latest_time},
};

struct RecordsOptions {
  ClientOptions client;
  bool remove = false, offsets = false;
  std::string file;
  std::string topic;
  std::string time = "latest";
};

Result<std::map<TopicPartition, model::Offset>> read_offsets_file(const std::string& path) {
  const auto bytes = read_input_file(path);
  if (!bytes) return model::fail(bytes.error());
  return parse_offsets_file(base::as_text(*bytes));
}

int remove(const RecordsOptions& options) {
  const auto before = read_offsets_file(options.file);
  if (!before) return usage_error("records: " + before.error().detail);
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  OffsetResults results;
  {
    Progress progress;
    results = delete_records(*cluster, *before, [&](std::size_t done) {
      progress.show(fmt::format("{} of {} partitions", done, before->size()));
    });
  }
  Answer output("records", "partitions", options.client.json);
  for (const auto& [partition, low_watermark] : results) {
    Json item = to_json(partition);
    if (low_watermark) {
      item["low_watermark"] = low_watermark->value();
      output.add(item, fmt::format("partition: {}\tlow_watermark: {}\n", to_string(partition),
                                   to_string(*low_watermark)));
    } else {
      output.add_failure(item, "partition " + to_string(partition), low_watermark.error());
    }
  }
  return output.finish();
}

Result<std::vector<TopicPartition>> partitions_matching(Cluster& cluster,
                                                        const std::string& expression) {
  const auto filter = TopicFilter::parse(expression.empty() ? ".*" : expression);
  if (!filter) return model::fail(filter.error());
  const auto all = cluster.metadata(std::nullopt);
  if (!all) return model::fail(all.error());
  std::vector<TopicPartition> partitions;
  for (const auto& topic : all->topics)
    if (filter->matches(topic.name.value_or("")))
      for (const auto& partition : topic.partitions)
        partitions.push_back({*topic.name, model::PartitionIndex{partition.partition_index}});
  std::ranges::sort(partitions);
  if (partitions.empty() && !expression.empty())
    return model::fail(ErrorCode::unknown_topic_or_partition,
                       fmt::format("no topic matches '{}'", expression));
  return partitions;
}

int offsets(const RecordsOptions& options) {
  const auto named = named_times.find(options.time);
  const auto number = base::parse_number<std::int64_t>(options.time);
  if (named == named_times.end() && !number)
    return usage_error("records: --time is earliest, latest, max-timestamp or milliseconds");
  const model::Timestamp time =
      named != named_times.end() ? named->second : model::Timestamp{*number};
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto partitions = partitions_matching(*cluster, options.topic);
  if (!partitions) return fail_with(partitions.error());
  Answer output("records", "partitions", options.client.json);
  for (const auto& [partition, offset] : offsets_at(*cluster, *partitions, time)) {
    Json item = to_json(partition);
    if (!offset) {
      output.add_failure(item, "partition " + to_string(partition), offset.error());
      continue;
    }
    const bool none = *offset == model::no_offset;
    item["offset"] = none ? Json(nullptr) : Json(offset->value());
    output.add(item, fmt::format("{}:{}:{}\n", partition.topic, to_string(partition.partition),
                                 none ? "" : to_string(*offset)));
  }
  return output.finish();
}

int run_records(const RecordsOptions& options) {
  if (options.remove && options.file.empty())
    return usage_error("records: --delete needs --offset-json-file");
  return options.remove ? remove(options) : offsets(options);
}

}  // namespace

void add_records_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("records", "Delete old records; find offsets by time");
  command->footer(records_details);
  const auto options = std::make_shared<RecordsOptions>();
  add_client_options(*command, options->client);
  auto* actions = command->add_option_group("action", "one of these");
  actions->add_flag("--delete", options->remove, "Delete what is before given offsets");
  actions->add_flag("--offsets", options->offsets, "Print offsets, as TOPIC:PARTITION:OFFSET");
  actions->require_option(1);
  command->add_option("--offset-json-file", options->file, "Which offsets, for --delete");
  command->add_option("--topic", options->topic, "For --offsets: a name or regular expression");
  command
      ->add_option("--time", options->time,
                   "For --offsets: latest, earliest, max-timestamp, or milliseconds since 1970")
      ->capture_default_str();
  command->callback([&action, options] { action = [options] { return run_records(*options); }; });
}

}  // namespace gregor::cli
