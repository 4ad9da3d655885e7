// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// From text to the value of a setting and back, as Kafka does it, with one exception: numbers that
// are not finite are refused, since no range could hold them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/parse_number.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

std::unexpected<Error> invalid(const SettingDefinition& definition, std::string_view value,
                               std::string_view why) {
  return fail(ErrorCode::invalid_config, fmt::format("Invalid value {} for configuration {}: {}",
                                                     value, definition.name, why));
}

template <class Narrow>
std::optional<SettingValue> parse_integer(std::string_view text) {
  const auto value = base::parse_java_number<Narrow>(text);
  return value ? std::optional(SettingValue(std::int64_t{*value})) : std::nullopt;
}

std::optional<SettingValue> parse_float(std::string_view text) {
  constexpr std::string_view suffixes = "fFdD";
  if (!text.empty() && suffixes.contains(text.back())) text.remove_suffix(1);
  const auto value = base::parse_java_number<double>(text);
  return value && std::isfinite(*value) ? std::optional(SettingValue(*value)) : std::nullopt;
}

std::optional<SettingValue> parse_boolean(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<SettingValue> parse_as(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::boolean:
      return parse_boolean(text);
    case SettingType::int16:
      return parse_integer<std::int16_t>(text);
    case SettingType::int32:
      return parse_integer<std::int32_t>(text);
    case SettingType::int64:
      return parse_integer<std::int64_t>(text);
    case SettingType::float64:
      return parse_float(text);
    case SettingType::list:
      return split_list(text);
    case SettingType::unknown:
    case SettingType::text:
    case SettingType::class_name:
    case SettingType::password:
      return std::string(text);
  }
  return std::nullopt;
}

std::string_view what_was_expected(SettingType type) {
  switch (type) {
    case SettingType::boolean:
      return "Expected value to be either true or false";
    case SettingType::int16:
      return "Not a number of type SHORT";
    case SettingType::int32:
      return "Not a number of type INT";
    case SettingType::int64:
      return "Not a number of type LONG";
    case SettingType::float64:
      return "Not a number of type DOUBLE";
    case SettingType::list:
    case SettingType::unknown:
    case SettingType::text:
    case SettingType::class_name:
    case SettingType::password:
      break;
  }
  return "Not valid";
}

double as_number(const SettingValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

Result<> check_word(const SettingDefinition& definition, std::string_view word) {
  const bool any_case = definition.allowed.kind == Constraint::Kind::one_of_in_any_case;
  const auto matches = [&](std::string_view allowed) {
    return any_case ? lower(allowed) == lower(word) : allowed == word;
  };
  if (std::ranges::any_of(definition.allowed.words, matches)) return {};
  return invalid(definition, word,
                 fmt::format("String must be one of{}: {}", any_case ? " (case insensitive)" : "",
                             fmt::join(definition.allowed.words, ", ")));
}

// "3:1": a partition and a broker.
bool is_replica(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return is_digits(text.substr(0, colon)) && is_digits(text.substr(colon + 1));
}

Result<> check_throttled(const SettingDefinition& definition,
                         const std::vector<std::string>& replicas) {
  if (replicas.size() == 1 && replicas.front() == "*") return {};
  if (std::ranges::all_of(replicas, is_replica)) return {};
  return invalid(definition, fmt::format("[{}]", fmt::join(replicas, ", ")),
                 fmt::format("{} must be the literal '*' or a list of replicas in the following "
                             "format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
                             definition.name));
}

Result<> check(const SettingDefinition& definition, const SettingValue& value) {
  const Constraint& allowed = definition.allowed;
  switch (allowed.kind) {
    case Constraint::Kind::anything:
      return {};
    case Constraint::Kind::range: {
      const double number = as_number(value);
      if (number < allowed.low)
        return invalid(definition, to_text(value),
                       fmt::format("Value must be at least {}", allowed.low));
      if (number > allowed.high)
        return invalid(definition, to_text(value),
                       fmt::format("Value must be no more than {}", allowed.high));
      return {};
    }
    case Constraint::Kind::gzip_level: {
      const std::int64_t level = std::get<std::int64_t>(value);
      if (level == -1 || (1 <= level && level <= 9)) return {};
      return invalid(definition, to_text(value), "Value must be between 1 and 9 or equal to -1");
    }
    case Constraint::Kind::one_of:
    case Constraint::Kind::one_of_in_any_case:
      return check_word(definition, std::get<std::string>(value));
    case Constraint::Kind::each_one_of:
      for (const std::string& word : std::get<std::vector<std::string>>(value))
        if (auto valid = check_word(definition, word); !valid) return valid;
      return {};
    case Constraint::Kind::not_empty:
      if (!std::get<std::string>(value).empty()) return {};
      return invalid(definition, "", "String must be non-empty");
    case Constraint::Kind::throttled_replicas:
      return check_throttled(definition, std::get<std::vector<std::string>>(value));
  }
  return {};
}

// 1.0, 0.25, 1.0E7, 1.7976931348623157E308: always with a fraction, as Java prints a double.
std::string float_text(double value) {
  const double magnitude = std::abs(value);
  if (magnitude == 0 || (1e-3 <= magnitude && magnitude < 1e7)) {
    std::string plain = fmt::format("{}", value);
    if (plain.find('.') == std::string::npos) plain += ".0";
    return plain;
  }
  char buffer[32];
  const auto written =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  const std::string_view scientific(buffer, static_cast<std::size_t>(written.ptr - buffer));
  const std::size_t e = scientific.find('e');
  const std::string_view fraction = scientific.substr(0, e);
  const auto exponent = base::parse_java_number<int>(scientific.substr(e + 1)).value_or(0);
  return fmt::format("{}{}E{}", fraction, fraction.contains('.') ? "" : ".0", exponent);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  text = trimmed(text);
  if (text.empty()) return elements;
  for (;;) {
    const std::size_t comma = text.find(',');
    elements.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return elements;
    text.remove_prefix(comma + 1);
  }
}

Result<SettingValue> parse_value(const SettingDefinition& definition, std::string_view text) {
  auto value = parse_as(definition.type, trimmed(text));
  if (!value) return invalid(definition, text, what_was_expected(definition.type));
  if (auto valid = check(definition, *value); !valid) return fail(std::move(valid).error());
  return *std::move(value);
}

std::string to_text(const SettingValue& value) {
  struct Printer {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t integer) const { return fmt::format("{}", integer); }
    std::string operator()(double number) const { return float_text(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::string>& list) const {
      return fmt::format("{}", fmt::join(list, ","));
    }
  };
  return std::visit(Printer{}, value);
}

}  // namespace gregor::model
