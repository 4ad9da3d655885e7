// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How `gregor produce` reads a record from a line, with the properties of Kafka's console producer:
//   line := [headers delimiter] [key separator] value
//   headers := name ':' value (',' name ':' value)*
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

// Refers to the line that it was made from.
struct LineRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

class LineReader {
 public:
  // parse.key, parse.headers, ignore.error (true/false), key.separator, headers.delimiter,
  // headers.separator, headers.key.separator, null.marker; invalid_request for others.
  static model::Result<LineReader> make(
      const std::vector<std::pair<std::string, std::string>>& properties);

  // invalid_request: the line lacks a separator that it should have.
  [[nodiscard]] model::Result<LineRecord> read(std::string_view line) const;

 private:
  [[nodiscard]] std::optional<std::string_view> unless_null(std::string_view part) const;
  [[nodiscard]] model::Result<> read_headers(std::string_view text, LineRecord& record) const;

  bool parse_key_ = false;
  bool parse_headers_ = false;
  bool ignore_error_ = false;
  std::string key_separator_ = "\t";
  std::string headers_delimiter_ = "\t";
  std::string headers_separator_ = ",";
  std::string headers_key_separator_ = ":";
  std::string null_marker_;  // empty: none
};

}  // namespace gregor::cli
