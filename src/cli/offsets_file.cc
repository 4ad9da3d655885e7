// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/offsets_file.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace gregor::cli {

using model::ErrorCode;
using model::Result;
using model::TopicPartition;

namespace {

using Json = nlohmann::json;

std::unexpected<model::Error> wrong(const std::string& what) {
  return model::fail(ErrorCode::invalid_request, "the file of offsets: " + what);
}

Result<std::pair<TopicPartition, model::Offset>> parse_entry(const Json& entry) {
  const auto topic = entry.find("topic");
  const auto partition = entry.find("partition");
  const auto offset = entry.find("offset");
  if (topic == entry.end() || !topic->is_string() || partition == entry.end() ||
      !partition->is_number_integer() || offset == entry.end() || !offset->is_number_integer())
    return wrong(fmt::format("{} lacks a topic, a partition or an offset", entry.dump()));
  const auto index = partition->get<std::int64_t>();
  const auto before = offset->get<std::int64_t>();
  if (index < 0 || index > std::numeric_limits<std::int32_t>::max() || before < -1)
    return wrong(fmt::format("{} is out of range", entry.dump()));
  return std::pair{TopicPartition{topic->get<std::string>(),
                                  model::PartitionIndex{static_cast<std::int32_t>(index)}},
                   model::Offset{before}};
}

}  // namespace

Result<std::map<TopicPartition, model::Offset>> parse_offsets_file(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) return wrong("no JSON object");
  const auto version = document.find("version");
  if (version != document.end() && *version != 1)
    return wrong(fmt::format("version {} is not known", version->dump()));
  const auto partitions = document.find("partitions");
  if (partitions == document.end() || !partitions->is_array())
    return wrong("no list of \"partitions\"");
  std::map<TopicPartition, model::Offset> offsets;
  for (const Json& one : *partitions) {
    const auto entry = parse_entry(one);
    if (!entry) return model::fail(entry.error());
    if (!offsets.emplace(entry->first, entry->second).second)
      return wrong(fmt::format("{} is there twice", to_string(entry->first)));
  }
  return offsets;
}

}  // namespace gregor::cli
