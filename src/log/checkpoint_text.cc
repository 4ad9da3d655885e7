// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/checkpoint_text.h"

#include <fmt/format.h>

#include "base/parse_number.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

// Takes the line at the front, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

}  // namespace

model::Result<std::vector<std::string_view>> checkpoint_lines(base::BytesView bytes) {
  std::string_view text = base::as_text(bytes);
  if (!text.ends_with('\n')) return fail(ErrorCode::corrupt_message, "the last line has no end");
  if (const auto version = parse_number(take_line(text)); version != 0) {
    return fail(ErrorCode::corrupt_message, "the first line is not the version, 0");
  }
  const auto count = parse_number(take_line(text));
  if (!count || *count < 0) {
    return fail(ErrorCode::corrupt_message, "the second line is not the number of entries");
  }
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(take_line(text));
  if (lines.size() != static_cast<std::uint64_t>(*count)) {
    return fail(ErrorCode::corrupt_message,
                fmt::format("{} entries, but {} are announced", lines.size(), *count));
  }
  return lines;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  return base::parse_number<std::int64_t>(text);
}

std::pair<std::string_view, std::string_view> split_last_word(std::string_view text) {
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos) return {std::string_view{}, text};
  return {text.substr(0, space), text.substr(space + 1)};
}

}  // namespace gregor::log
