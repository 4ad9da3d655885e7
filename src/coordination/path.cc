// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "coordination/path.h"

#include <cstdint>
#include <optional>

#include "base/assert.h"

namespace gregor::coordination {

namespace {

// Takes one character of at most three bytes off the front; nullopt when the bytes are not such
// UTF-8.
std::optional<std::uint32_t> take_character(std::string_view& text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const auto continues = [&](std::size_t at) {
    return at < text.size() && (byte(at) & 0xc0U) == 0x80U;
  };
  std::uint32_t character = byte(0);
  std::size_t length = 1;
  if (character >= 0x80) {
    if ((character & 0xe0U) == 0xc0U && continues(1)) {
      length = 2;
      character = (character & 0x1fU) << 6 | (byte(1) & 0x3fU);
      if (character < 0x80) return std::nullopt;
    } else if ((character & 0xf0U) == 0xe0U && continues(1) && continues(2)) {
      length = 3;
      character = (character & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
      if (character < 0x800) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  text.remove_prefix(length);
  return character;
}

bool is_allowed(std::uint32_t character) {
  return character > 0x1f && (character < 0x7f || character > 0x9f) &&
         (character < 0xd800 || character > 0xf8ff) && character < 0xfff0;
}

bool is_valid_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return false;
  while (!name.empty()) {
    const auto character = take_character(name);
    if (!character || !is_allowed(*character)) return false;
  }
  return true;
}

}  // namespace

bool is_valid_path(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!is_valid_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string_view parent_of(std::string_view path) {
  ASSERT(path.size() > 1);
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  ASSERT(path.size() > 1);
  return path.substr(path.rfind('/') + 1);
}

std::string child_path(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (path != "/") path += '/';
  return path += name;
}

}  // namespace gregor::coordination
