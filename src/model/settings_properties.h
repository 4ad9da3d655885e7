// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The format of Java's properties files, in which server.properties and meta.properties are
// written.
//   file     := line*               ended by \n, \r or \r\n
//   line     := blank | ('#' | '!') comment | key separator value
//   separator:= white space, or one '=' or ':' with white space around it
// A backslash at the end of a line joins the next line, without its leading white space; \t \n \r
// \f and \uXXXX stand for characters, and before any other character a backslash only keeps it from
// being special. White space after a value belongs to the value.
// One difference: Java reads bytes beyond ASCII as Latin-1; here they stay as they are (UTF-8).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"
#include "model/setting_map.h"

namespace gregor::model {

inline constexpr std::size_t properties_bytes_max = 1 << 20;

struct Property {
  std::string key;
  std::string value;
  int line = 0;  // where it begins, from 1
  friend bool operator==(const Property&, const Property&) = default;
};

// All properties in their order, repeated ones too; invalid_config with the line for a malformed
// escape, an empty key, or more than properties_bytes_max bytes.
[[nodiscard]] Result<std::vector<Property>> parse_properties(std::string_view text);

// One line (without its end) from which parse_properties reads this key and value.
std::string property_line(std::string_view key, std::string_view value);

struct SettingMapAndWarnings {
  SettingMap map;
  std::vector<std::string> warnings;  // "line 7: num.partitions was set before, on line 3 …"
};
// The last one of repeated properties counts.
SettingMapAndWarnings to_setting_map(std::vector<Property> properties);

// The "key=value" of a command line.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text);

}  // namespace gregor::model
