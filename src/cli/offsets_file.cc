// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/offsets_file.h"

#include <fmt/format.h>

#include "cli/partitions_file.h"

namespace gregor::cli {

using model::ErrorCode;
using model::Result;
using model::TopicPartition;

Result<std::map<TopicPartition, model::Offset>> parse_offsets_file(std::string_view text) {
  std::map<TopicPartition, model::Offset> offsets;
  const auto take = [&](const TopicPartition& partition, const nlohmann::json& entry) -> Result<> {
    const auto offset = entry.find("offset");
    if (offset == entry.end() || !offset->is_number_integer())
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("{} lacks an offset", entry.dump()));
    const auto before = offset->get<std::int64_t>();
    if (before < -1)
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("{} is out of range", entry.dump()));
    offsets.emplace(partition, model::Offset{before});
    return {};
  };
  const auto parsed = parse_partitions_file("the file of offsets", text, take);
  if (!parsed) return model::fail(parsed.error());
  return offsets;
}

}  // namespace gregor::cli
