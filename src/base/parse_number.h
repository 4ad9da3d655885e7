// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Numbers in texts, from the first character to the very last; nullopt for anything else and for
// what does not fit.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace gregor::base {

// Decimal; a minus sign, no plus.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// As Java's parsers take it: there may be a plus sign.
template <class Number>
std::optional<Number> parse_java_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return parse_number<Number>(text);
}

// Digits of base 16, as many as there are, without a prefix.
template <std::unsigned_integral Number>
std::optional<Number> parse_hex(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace gregor::base
