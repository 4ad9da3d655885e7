// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/partitions_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/ranges.h"

namespace gregor::cli {

using model::BrokerId;
using model::ErrorCode;
using model::Result;
using model::TopicPartition;

namespace {

constexpr std::int64_t int32_max = std::numeric_limits<std::int32_t>::max();

std::unexpected<model::Error> wrong(std::string what) {
  return model::fail(ErrorCode::invalid_request, std::move(what));
}

Result<TopicPartition> partition_of(const nlohmann::json& entry) {
  const auto topic = entry.find("topic");
  const auto partition = entry.find("partition");
  if (topic == entry.end() || !topic->is_string() || partition == entry.end() ||
      !partition->is_number_integer())
    return wrong(fmt::format("{} lacks a topic or a partition", entry.dump()));
  const auto index = partition->get<std::int64_t>();
  if (index < 0 || index > int32_max) return wrong(fmt::format("{} is out of range", entry.dump()));
  return TopicPartition{topic->get<std::string>(),
                        model::PartitionIndex{static_cast<std::int32_t>(index)}};
}

Result<> parse_entries(std::string_view text, const TakeEntry& take) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return wrong("no JSON object");
  const auto version = document.find("version");
  if (version != document.end() && *version != 1)
    return wrong(fmt::format("version {} is not known", version->dump()));
  const auto partitions = document.find("partitions");
  if (partitions == document.end() || !partitions->is_array())
    return wrong("no list of \"partitions\"");
  std::set<TopicPartition> seen;
  for (const nlohmann::json& entry : *partitions) {
    const auto partition = partition_of(entry);
    if (!partition) return model::fail(partition.error());
    if (!seen.insert(*partition).second)
      return wrong(fmt::format("{} is there twice", to_string(*partition)));
    if (const auto taken = take(*partition, entry); !taken) return model::fail(taken.error());
  }
  return {};
}

Result<std::vector<BrokerId>> replicas_of(const nlohmann::json& entry) {
  const auto replicas = entry.find("replicas");
  if (replicas == entry.end() || !replicas->is_array() || replicas->empty())
    return wrong(fmt::format("{} lacks replicas", entry.dump()));
  std::vector<BrokerId> brokers;
  for (const nlohmann::json& one : *replicas) {
    const std::int64_t id = one.is_number_integer() ? one.get<std::int64_t>() : -1;
    if (id < 0 || id > int32_max)
      return wrong(fmt::format("{}: {} is no broker's id", entry.dump(), one.dump()));
    const BrokerId broker{static_cast<std::int32_t>(id)};
    if (base::contains(brokers, broker))
      return wrong(fmt::format("{} names broker {} twice", entry.dump(), id));
    brokers.push_back(broker);
  }
  return brokers;
}

Result<> check_folders(const nlohmann::json& entry, std::size_t replicas) {
  const auto folders = entry.find("log_dirs");
  if (folders == entry.end()) return {};
  if (!folders->is_array() || folders->size() != replicas)
    return wrong(fmt::format("{} has not as many log_dirs as replicas", entry.dump()));
  if (std::ranges::any_of(*folders, [](const nlohmann::json& one) { return one != "any"; }))
    return wrong(fmt::format("{}: only \"any\" is served among log_dirs", entry.dump()));
  return {};
}

}  // namespace

Result<> parse_partitions_file(std::string_view what, std::string_view text,
                               const TakeEntry& take) {
  const auto parsed = parse_entries(text, take);
  if (!parsed)
    return model::fail(parsed.error().code, fmt::format("{}: {}", what, parsed.error().detail));
  return {};
}

Result<std::vector<TopicPartition>> parse_partitions(std::string_view text) {
  std::vector<TopicPartition> partitions;
  const auto parsed = parse_partitions_file(
      "the file of partitions", text, [&](const TopicPartition& partition, const nlohmann::json&) {
        partitions.push_back(partition);
        return Result<>();
      });
  if (!parsed) return model::fail(parsed.error());
  return partitions;
}

Result<ReplicaPlan> parse_replica_plan(std::string_view text) {
  ReplicaPlan plan;
  const auto parsed = parse_partitions_file(
      "the file of replicas", text,
      [&](const TopicPartition& partition, const nlohmann::json& entry) -> Result<> {
        auto replicas = replicas_of(entry);
        if (!replicas) return model::fail(replicas.error());
        const auto folders = check_folders(entry, replicas->size());
        if (!folders) return model::fail(folders.error());
        plan.emplace(partition, std::move(*replicas));
        return {};
      });
  if (!parsed) return model::fail(parsed.error());
  return plan;
}

}  // namespace gregor::cli
