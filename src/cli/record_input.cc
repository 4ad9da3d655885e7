// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/record_input.h"

#include <fmt/format.h>

#include <map>

#include "cli/escapes.h"

namespace gregor::cli {

using model::ErrorCode;
using model::Result;

Result<LineReader> LineReader::make(
    const std::vector<std::pair<std::string, std::string>>& properties) {
  LineReader reader;
  const std::map<std::string, bool*> switches = {{"parse.key", &reader.parse_key_},
                                                 {"parse.headers", &reader.parse_headers_},
                                                 {"ignore.error", &reader.ignore_error_}};
  const std::map<std::string, std::string*> texts = {
      {"key.separator", &reader.key_separator_},
      {"headers.delimiter", &reader.headers_delimiter_},
      {"headers.separator", &reader.headers_separator_},
      {"headers.key.separator", &reader.headers_key_separator_},
      {"null.marker", &reader.null_marker_}};
  for (const auto& [key, value] : properties) {
    const auto one_switch = switches.find(key);
    const auto text = texts.find(key);
    if (one_switch != switches.end() && (value == "true" || value == "false")) {
      *one_switch->second = value == "true";
    } else if (text != texts.end() && (!value.empty() || key == "null.marker")) {
      *text->second = unescape(value);
      // As with Kafka: who names the separator of keys has keys.
      if (key == "key.separator") reader.parse_key_ = true;
    } else {
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("--property {}={} is not known", key, value));
    }
  }
  return reader;
}

Result<LineRecord> LineReader::read(std::string_view line) const {
  LineRecord record;
  std::string_view rest = line;
  if (parse_headers_) {
    const std::size_t end = rest.find(headers_delimiter_);
    if (end == std::string_view::npos && !ignore_error_)
      return model::fail(ErrorCode::invalid_request, "no headers in the line");
    if (end != std::string_view::npos) {
      if (auto read = read_headers(rest.substr(0, end), record); !read)
        return model::fail(std::move(read.error()));
      rest.remove_prefix(end + headers_delimiter_.size());
    }
  }
  if (parse_key_) {
    const std::size_t end = rest.find(key_separator_);
    if (end == std::string_view::npos && !ignore_error_)
      return model::fail(ErrorCode::invalid_request, "no key in the line");
    if (end != std::string_view::npos) {
      record.key = unless_null(rest.substr(0, end));
      rest.remove_prefix(end + key_separator_.size());
    }
  }
  record.value = unless_null(rest);
  return record;
}

std::optional<std::string_view> LineReader::unless_null(std::string_view part) const {
  if (!null_marker_.empty() && part == null_marker_) return std::nullopt;
  return part;
}

Result<> LineReader::read_headers(std::string_view text, LineRecord& record) const {
  if (!unless_null(text)) return {};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(headers_separator_), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t middle = pair.find(headers_key_separator_);
    if (middle == std::string_view::npos && !ignore_error_)
      return model::fail(ErrorCode::invalid_request, fmt::format("'{}' is no header NAME{}VALUE",
                                                                 pair, headers_key_separator_));
    if (middle == std::string_view::npos)
      record.headers.emplace_back(pair, std::nullopt);
    else
      record.headers.emplace_back(pair.substr(0, middle),
                                  unless_null(pair.substr(middle + headers_key_separator_.size())));
    text.remove_prefix(std::min(text.size(), end + headers_separator_.size()));
  }
  return {};
}

}  // namespace gregor::cli
