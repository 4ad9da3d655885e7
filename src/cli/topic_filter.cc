// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/topic_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/parse_number.h"

namespace gregor::cli {

using model::ErrorCode;

model::Result<TopicFilter> TopicFilter::parse(std::string expression) {
  std::erase(expression, ' ');
  std::ranges::replace(expression, ',', '|');
  // The library reports what it cannot compile by an exception only.
  try {
    return TopicFilter(std::regex(expression, std::regex::ECMAScript | std::regex::optimize));
  } catch (const std::regex_error& error) {
    return model::fail(ErrorCode::invalid_request,
                       fmt::format("'{}' is no regular expression: {}", expression, error.what()));
  }
}

model::Result<TopicChoice> parse_topic_choice(const std::string& text) {
  const std::size_t colon = text.find(':');
  TopicChoice choice{.topic = text.substr(0, colon), .partitions = {}};
  if (choice.topic.empty())
    return model::fail(ErrorCode::invalid_request, fmt::format("'{}' names no topic", text));
  if (colon == std::string::npos) return choice;
  for (std::size_t at = colon + 1; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const auto number =
        base::parse_number<std::int64_t>(std::string_view(text).substr(at, end - at));
    if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max())
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("'{}' is no TOPIC or TOPIC:PARTITION,…", text));
    choice.partitions.emplace_back(static_cast<std::int32_t>(*number));
    at = end + 1;
  }
  return choice;
}

}  // namespace gregor::cli
