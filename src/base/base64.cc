// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/base64.h"

#include <cstdint>

namespace gregor::base {

namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t digits_per_group = 4;

std::string digits_of(BytesView bytes, std::string_view alphabet) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::byte byte : bytes) {
    bits = (bits << 8) | static_cast<std::uint32_t>(byte);
    for (held += 8; held >= 6; held -= 6) out.push_back(alphabet[(bits >> (held - 6)) & 63]);
  }
  if (held > 0) out.push_back(alphabet[(bits << (6 - held)) & 63]);
  return out;
}

std::optional<Bytes> bytes_of(std::string_view digits, std::string_view alphabet) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : digits) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::byte>(bits >> held));
  }
  // A lone digit, or bits that belong to no byte, would make two texts of one value.
  if (held >= 6 || (bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string to_base64(BytesView bytes) {
  std::string out = digits_of(bytes, standard);
  while (out.size() % digits_per_group != 0) out.push_back('=');
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % digits_per_group != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return bytes_of(text, standard);
}

std::string to_base64url(BytesView bytes) { return digits_of(bytes, for_urls); }

std::optional<Bytes> from_base64url(std::string_view text) { return bytes_of(text, for_urls); }

}  // namespace gregor::base
