// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/offset_reset.h"

#include <fmt/format.h>

#include <limits>
#include <string_view>

#include "base/overloaded.h"
#include "base/parse_number.h"
#include "cli/topic_filter.h"

namespace gregor::cli {
namespace {

using base::Overloaded;
using model::ErrorCode;
using model::Offset;
using model::Result;
using model::TopicPartition;

ResetDecision within(const PartitionFacts& facts, Offset wanted) {
  if (wanted < facts.earliest)
    return {facts.earliest, fmt::format("offset {} is lower than the earliest, {}",
                                        to_string(wanted), to_string(facts.earliest))};
  if (wanted > facts.latest)
    return {facts.latest, fmt::format("offset {} is higher than the latest, {}", to_string(wanted),
                                      to_string(facts.latest))};
  return {wanted, ""};
}

// A shift that would leave the range of numbers stops at its end.
Offset shifted(Offset from, std::int64_t distance) {
  std::int64_t to = 0;
  if (__builtin_add_overflow(from.value(), distance, &to))
    to = distance < 0 ? std::numeric_limits<std::int64_t>::min()
                      : std::numeric_limits<std::int64_t>::max();
  return Offset{to};
}

std::unexpected<model::Error> no_plan(std::string_view line) {
  return model::fail(ErrorCode::invalid_request,
                     fmt::format("'{}' is no line like \"topic\",0,42", line));
}

Result<std::pair<TopicPartition, Offset>> parse_line(std::string_view line) {
  const std::size_t second = line.rfind(',');
  const std::size_t first =
      second == 0 || second == std::string_view::npos ? second : line.rfind(',', second - 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return no_plan(line);
  std::string_view topic = line.substr(0, first);
  if (topic.size() >= 2 && topic.front() == '"' && topic.back() == '"')
    topic = topic.substr(1, topic.size() - 2);
  const auto partition =
      base::parse_number<std::int64_t>(line.substr(first + 1, second - first - 1));
  const auto offset = base::parse_number<std::int64_t>(line.substr(second + 1));
  if (topic.empty() || !partition || *partition < 0 ||
      *partition > std::numeric_limits<std::int32_t>::max() || !offset || *offset < 0)
    return no_plan(line);
  return std::pair{TopicPartition{std::string(topic),
                                  model::PartitionIndex{static_cast<std::int32_t>(*partition)}},
                   Offset{*offset}};
}

}  // namespace

Result<ResetDecision> decide_reset(const ResetGoal& goal, const TopicPartition& partition,
                                   const PartitionFacts& facts) {
  using Decided = Result<ResetDecision>;
  return std::visit(
      Overloaded{[&](ToEarliest) -> Decided { return ResetDecision{facts.earliest, ""}; },
                 [&](ToLatest) -> Decided { return ResetDecision{facts.latest, ""}; },
                 [&](ToCurrent) -> Decided {
                   if (facts.committed != model::no_offset)
                     return ResetDecision{facts.committed, ""};
                   return ResetDecision{facts.latest, "nothing was committed: the latest is taken"};
                 },
                 [&](const ToOffset& to) -> Decided { return within(facts, to.offset); },
                 [&](const ShiftBy& shift) -> Decided {
                   if (facts.committed == model::no_offset)
                     return model::fail(ErrorCode::invalid_request,
                                        "nothing was committed that could be shifted");
                   return within(facts, shifted(facts.committed, shift.distance));
                 },
                 [&](ToTime) -> Decided {
                   if (facts.at_time != model::no_offset) return ResetDecision{facts.at_time, ""};
                   return ResetDecision{facts.latest, "no record is that new: the latest is taken"};
                 },
                 [&](const FromFile& file) -> Decided {
                   const auto found = file.offsets.find(partition);
                   if (found == file.offsets.end())
                     return model::fail(ErrorCode::invalid_request, "the file does not name it");
                   return within(facts, found->second);
                 }},
      goal);
}

std::string to_csv(const OffsetsByPartition& plan) {
  std::string text;
  for (const auto& [partition, offset] : plan)
    text += fmt::format("\"{}\",{},{}\n", partition.topic, to_string(partition.partition),
                        to_string(offset));
  return text;
}

Result<OffsetsByPartition> parse_csv(std::string_view text) {
  OffsetsByPartition plan;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto entry = parse_line(line);
    if (!entry) return model::fail(entry.error());
    plan.insert_or_assign(entry->first, entry->second);
  }
  return plan;
}

}  // namespace gregor::cli
