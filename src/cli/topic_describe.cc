// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/topic_describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/parse_number.h"
#include "cli/topic_filter.h"

namespace gregor::cli {
namespace {

using Partition = protocol::MetadataResponse::MetadataResponsePartition;

bool is_chosen(const Partition& partition, std::int64_t min_isr, const DescribeFilter& filter) {
  if (!filter.chooses_partitions()) return true;
  const auto isr = static_cast<std::int64_t>(partition.isr_nodes.size());
  const bool leaderless = partition.leader_id < 0;
  return (filter.under_replicated && partition.isr_nodes.size() < partition.replica_nodes.size()) ||
         (filter.unavailable && leaderless) || (filter.under_min_isr && isr < min_isr) ||
         (filter.at_min_isr && isr == min_isr);
}

Json json_of(const Partition& partition) {
  return {{"partition", partition.partition_index},
          {"leader", partition.leader_id},
          {"leader_epoch", partition.leader_epoch},
          {"replicas", partition.replica_nodes},
          {"isr", partition.isr_nodes},
          {"offline_replicas", partition.offline_replicas}};
}

std::string to_line(const std::string& topic, const Partition& partition) {
  return fmt::format("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\n", topic,
                     partition.partition_index,
                     partition.leader_id < 0 ? "none" : std::to_string(partition.leader_id),
                     fmt::join(partition.replica_nodes, ","), fmt::join(partition.isr_nodes, ","));
}

std::int64_t min_isr_in(const std::vector<ConfigEntry>& configs) {
  const auto entry = std::ranges::find(configs, "min.insync.replicas", &ConfigEntry::name);
  return entry == configs.end()
             ? 1
             : base::parse_number<std::int64_t>(entry->value.value_or("")).value_or(1);
}

// The settings that the topic has of its own.
std::vector<ConfigEntry> overrides_in(std::vector<ConfigEntry> configs) {
  std::erase_if(configs, [](const ConfigEntry& entry) {
    return entry.config_source != static_cast<std::int8_t>(ConfigSource::topic);
  });
  std::ranges::sort(configs, {}, &ConfigEntry::name);
  return configs;
}

}  // namespace

void add_describe_filters(CLI::App& command, DescribeFilter& filter) {
  command.add_flag("--under-replicated-partitions", filter.under_replicated,
                   "With --describe: only partitions that lack a replica in sync");
  command.add_flag("--unavailable-partitions", filter.unavailable,
                   "With --describe: only partitions without a leader");
  command.add_flag("--under-min-isr-partitions", filter.under_min_isr,
                   "With --describe: only partitions below min.insync.replicas");
  command.add_flag("--at-min-isr-partitions", filter.at_min_isr,
                   "With --describe: only partitions at min.insync.replicas");
  command.add_flag("--topics-with-overrides", filter.with_overrides,
                   "With --describe: only topics with settings of their own");
}

void add_description(Answer& output, const DescribedTopic& topic,
                     const std::vector<ConfigEntry>& configs, const DescribeFilter& filter) {
  const std::string name = topic.name.value_or("");
  if (topic.error_code != model::ErrorCode::none) {
    output.add_failure({{"topic", name}}, "topic " + name, {topic.error_code, ""});
    return;
  }
  const std::vector<ConfigEntry> overrides = overrides_in(configs);
  if (filter.with_overrides && overrides.empty()) return;
  std::vector<Partition> partitions = topic.partitions;
  std::ranges::sort(partitions, {}, &Partition::partition_index);
  const std::size_t replicas = partitions.empty() ? 0 : partitions.front().replica_nodes.size();
  const std::int64_t min_isr = min_isr_in(configs);

  Json settings = Json::object();
  std::string listed;
  for (const ConfigEntry& entry : overrides) {
    settings[entry.name] = entry.value ? Json(*entry.value) : Json(nullptr);
    listed +=
        fmt::format("{}{}={}", listed.empty() ? "" : ",", entry.name, entry.value.value_or("null"));
  }
  std::string text;
  if (!filter.chooses_partitions())
    text = fmt::format(
        "Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {}"
        "\tConfigs: {}\n",
        name, to_string(topic.topic_id), partitions.size(), replicas, listed);
  Json described = Json::array();
  for (const Partition& partition : partitions) {
    if (!is_chosen(partition, min_isr, filter)) continue;
    described.push_back(json_of(partition));
    if (!filter.with_overrides) text += to_line(name, partition);
  }
  if (filter.chooses_partitions() && described.empty()) return;
  output.add({{"topic", name},
              {"topic_id", to_string(topic.topic_id)},
              {"internal", topic.is_internal},
              {"partition_count", partitions.size()},
              {"replication_factor", replicas},
              {"configs", settings},
              {"partitions", described}},
             text);
}

}  // namespace gregor::cli
