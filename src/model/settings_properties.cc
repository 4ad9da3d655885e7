// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "base/parse_number.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

// Goes through a text line by line; a line that ends in a backslash continues on the next.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : rest_(text) {}

  // The next line that is neither blank nor a comment, with its escapes still in it.
  std::optional<std::string> next() {
    std::string logical;
    while (!rest_.empty()) {
      std::string_view natural = natural_line();
      // A comment may also follow a line that holds nothing but a backslash.
      if (logical.empty()) {
        if (natural.empty() || natural.front() == '#' || natural.front() == '!') continue;
        line_ = natural_line_;
      }
      const bool goes_on = continues(natural);
      if (goes_on) natural.remove_suffix(1);
      logical += natural;
      if (!goes_on) return logical;
    }
    return logical.empty() ? std::nullopt : std::optional(logical);
  }

  // The number of the line at which the last answer of next() began.
  [[nodiscard]] int line() const { return line_; }

 private:
  // Up to the end of the line, without leading white space.
  std::string_view natural_line() {
    ++natural_line_;
    std::size_t end = 0;
    while (end < rest_.size() && !is_line_end(rest_[end])) ++end;
    std::string_view line = rest_.substr(0, end);
    const bool two_characters = rest_.substr(end).starts_with("\r\n");
    rest_.remove_prefix(std::min(rest_.size(), end + (two_characters ? 2 : 1)));
    while (!line.empty() && is_white(line.front())) line.remove_prefix(1);
    return line;
  }

  static bool continues(std::string_view line) {
    const std::size_t last_other = line.find_last_not_of('\\');
    const std::size_t backslashes =
        line.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
    return backslashes % 2 == 1;
  }

  std::string_view rest_;
  int natural_line_ = 0;
  int line_ = 0;
};

void append_utf8(std::string& to, std::uint32_t code_point) {
  const auto byte = [&](std::uint32_t bits) { to.push_back(static_cast<char>(bits)); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
  }
  byte(0x80 | (code_point & 0x3f));
}

// Takes the XXXX of \uXXXX from the front of `text`.
std::optional<std::uint32_t> take_code_unit(std::string_view& text) {
  if (text.size() < 4) return std::nullopt;
  const auto unit = base::parse_hex<std::uint32_t>(text.substr(0, 4));
  if (unit) text.remove_prefix(4);
  return unit;
}

constexpr std::uint32_t replacement_character = 0xfffd;
bool is_first_surrogate(std::uint32_t unit) { return 0xd800 <= unit && unit < 0xdc00; }
bool is_second_surrogate(std::uint32_t unit) { return 0xdc00 <= unit && unit < 0xe000; }

// Takes the rest of a \u escape; two of them may make up one character.
bool take_unicode(std::string_view& text, std::string& to) {
  const auto unit = take_code_unit(text);
  if (!unit) return false;
  if (is_first_surrogate(*unit) && text.starts_with("\\u")) {
    std::string_view after = text.substr(2);
    const auto second = take_code_unit(after);
    if (second && is_second_surrogate(*second)) {
      text = after;
      append_utf8(to, 0x10000 + ((*unit - 0xd800) << 10) + (*second - 0xdc00));
      return true;
    }
  }
  const bool unpaired = is_first_surrogate(*unit) || is_second_surrogate(*unit);
  append_utf8(to, unpaired ? replacement_character : *unit);
  return true;
}

char meaning_of(char escaped) {
  switch (escaped) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return escaped;
  }
}

std::optional<std::string> without_escapes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (text.empty()) break;  // the last line of a file may end in a backslash
    const char escaped = text.front();
    text.remove_prefix(1);
    if (escaped != 'u')
      out.push_back(meaning_of(escaped));
    else if (!take_unicode(text, out))
      return std::nullopt;
  }
  return out;
}

// Where the key of a logical line ends.
std::size_t key_length(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '=' || line[i] == ':' || is_white(line[i]))
      return i;
  }
  return line.size();
}

void skip_white(std::string_view& text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view text) {
  if (text.size() > properties_bytes_max)
    return fail(ErrorCode::invalid_config,
                fmt::format("{} bytes of properties, of which at most {} are read", text.size(),
                            properties_bytes_max));
  std::vector<Property> properties;
  LogicalLines lines(text);
  while (const auto line = lines.next()) {
    const std::size_t length = key_length(*line);
    std::string_view rest = std::string_view(*line).substr(length);
    skip_white(rest);
    if (rest.starts_with('=') || rest.starts_with(':')) rest.remove_prefix(1);
    skip_white(rest);
    auto key = without_escapes(std::string_view(*line).substr(0, length));
    auto value = without_escapes(rest);
    if (!key || !value)
      return fail(ErrorCode::invalid_config,
                  fmt::format("line {}: \\u without four hexadecimal digits", lines.line()));
    if (key->empty())
      return fail(ErrorCode::invalid_config,
                  fmt::format("line {}: a value without a key", lines.line()));
    properties.push_back({*std::move(key), *std::move(value), lines.line()});
  }
  return properties;
}

std::string property_line(std::string_view key, std::string_view value) {
  std::string line;
  const auto append = [&](char c, std::string_view special) {
    constexpr std::string_view controls = "\t\n\r\f";
    constexpr std::string_view letters = "tnrf";
    const std::size_t control = controls.find(c);
    if (control != std::string_view::npos) {
      line += {'\\', letters[control]};
    } else {
      if (special.contains(c)) line.push_back('\\');
      line.push_back(c);
    }
  };
  for (const char c : key) append(c, "\\=:#! ");
  line.push_back('=');
  // Only a space at the very front would be taken for a part of the separator.
  for (std::size_t i = 0; i < value.size(); ++i) append(value[i], i == 0 ? "\\ =:" : "\\");
  return line;
}

SettingMapAndWarnings to_setting_map(std::vector<Property> properties) {
  SettingMapAndWarnings out;
  std::map<std::string, int, std::less<>> set_on_line;
  for (Property& property : properties) {
    const auto [before, first] = set_on_line.try_emplace(property.key, property.line);
    if (!first) {
      out.warnings.push_back(fmt::format("line {}: {} was set before, on line {}; this one counts",
                                         property.line, property.key, before->second));
      before->second = property.line;
    }
    out.map.insert_or_assign(std::move(property.key), std::move(property.value));
  }
  return out;
}

Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view key = trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty())
    return fail(ErrorCode::invalid_config, fmt::format("'{}' is not of the form key=value", text));
  return std::pair{std::string(key), std::string(text.substr(equals + 1))};
}

}  // namespace gregor::model
