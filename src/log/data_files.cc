// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/data_files.h"

#include <fmt/format.h>

#include <limits>

#include "log/checkpoint_text.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

base::Bytes bytes_of(const std::string& text) { return base::to_bytes(base::as_bytes(text)); }

bool is_int32(std::optional<std::int64_t> number) {
  return number && *number >= 0 && *number <= std::numeric_limits<std::int32_t>::max();
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Calls visit(key, value) for each "key=value" line (or "key:value": both are Java's).
template <class Visitor>
void for_each_property(base::BytesView bytes, Visitor visit) {
  std::string_view text = base::as_text(bytes);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const std::size_t sign = std::min(line.find_first_of("=:"), line.size());
    visit(trim(line.substr(0, sign)),
          sign < line.size() ? trim(line.substr(sign + 1)) : std::string_view{});
  }
}

constexpr std::string_view first_epoch_key = "gregor.first.broker.epoch";

}  // namespace

base::Bytes encode_partition_offsets(const PartitionOffsets& offsets) {
  std::string text = fmt::format("0\n{}\n", offsets.size());
  for (const auto& [partition, offset] : offsets) {
    text += fmt::format("{} {} {}\n", partition.topic, partition.partition.value(), offset.value());
  }
  return bytes_of(text);
}

Result<PartitionOffsets> decode_partition_offsets(base::BytesView bytes) {
  const auto lines = checkpoint_lines(bytes);
  if (!lines) return fail(lines.error());
  PartitionOffsets offsets;
  for (const std::string_view line : *lines) {
    const auto [rest, last] = split_last_word(line);
    const auto [topic, middle] = split_last_word(rest);
    const auto partition = parse_number(middle);
    const auto offset = parse_number(last);
    if (topic.empty() || !is_int32(partition) || !offset || *offset < 0) {
      return fail(ErrorCode::corrupt_message,
                  fmt::format("no topic, partition and offset: '{}'", line));
    }
    offsets[{std::string(topic), model::PartitionIndex{static_cast<std::int32_t>(*partition)}}] =
        model::Offset{*offset};
  }
  return offsets;
}

base::Bytes encode_meta_properties(const MetaProperties& properties) {
  std::string text = "#\n#\n";
  text += fmt::format("version={}\n", properties.version);
  if (properties.node) {
    text += fmt::format("{}={}\n", properties.version == 0 ? "broker.id" : "node.id",
                        properties.node->value());
  }
  if (properties.directory_id) {
    text += fmt::format("directory.id={}\n", to_string(*properties.directory_id));
  }
  if (!properties.cluster_id.empty()) {
    text += fmt::format("cluster.id={}\n", properties.cluster_id);
  }
  if (properties.first_epoch) {
    text += fmt::format("{}={}\n", first_epoch_key, properties.first_epoch->value());
  }
  return bytes_of(text);
}

Result<MetaProperties> decode_meta_properties(base::BytesView bytes) {
  MetaProperties properties;
  properties.version = 0;
  std::string problem;
  for_each_property(bytes, [&](std::string_view key, std::string_view value) {
    if (key == "cluster.id") {
      properties.cluster_id = std::string(value);
    } else if (key == "version") {
      const auto version = parse_number(value);
      if (!version || (*version != 0 && *version != 1)) {
        problem = fmt::format("version {} is unknown", value);
        return;
      }
      properties.version = static_cast<std::int32_t>(*version);
    } else if (key == "broker.id" || key == "node.id") {
      const auto id = parse_number(value);
      if (!is_int32(id)) {
        problem = fmt::format("{} is no broker id", value);
        return;
      }
      properties.node = model::BrokerId{static_cast<std::int32_t>(*id)};
    } else if (key == "directory.id") {
      properties.directory_id = model::parse_uuid(value);
      if (!properties.directory_id) problem = fmt::format("{} is no directory id", value);
    } else if (key == first_epoch_key) {
      const auto epoch = parse_number(value);
      if (!epoch || *epoch < 0) {
        problem = fmt::format("{} is no broker epoch", value);
        return;
      }
      properties.first_epoch = model::BrokerEpoch{*epoch};
    }
  });
  if (!problem.empty()) return fail(ErrorCode::corrupt_message, problem);
  return properties;
}

base::Bytes encode_partition_metadata(const model::TopicId& topic) {
  return bytes_of("version: 0\ntopic_id: " + to_string(topic));
}

Result<model::TopicId> decode_partition_metadata(base::BytesView bytes) {
  std::optional<model::TopicId> topic;
  bool version_known = false;
  for_each_property(bytes, [&](std::string_view key, std::string_view value) {
    if (key == "version") version_known = value == "0";
    if (key == "topic_id") topic = model::parse_uuid(value);
  });
  if (!version_known || !topic) {
    return fail(ErrorCode::corrupt_message, "not 'version: 0' and a 'topic_id: …'");
  }
  return *topic;
}

base::Bytes encode_clean_stop(std::int64_t broker_epoch) {
  return bytes_of(fmt::format("{{\"version\":0,\"brokerEpoch\":{}}}", broker_epoch));
}

}  // namespace gregor::log
