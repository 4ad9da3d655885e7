// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/escapes.h"

#include <fmt/format.h>

#include "base/parse_number.h"

namespace gregor::cli {

model::Result<char> unescape_one(std::string_view text, std::size_t& at) {
  const char letter = at + 1 < text.size() ? text[at + 1] : '\0';
  constexpr std::string_view letters = "nrt0\\";
  constexpr std::string_view meanings("\n\r\t\0\\", 5);
  if (letter != '\0' && letters.find(letter) != std::string_view::npos) {
    at += 2;
    return meanings[letters.find(letter)];
  }
  constexpr std::size_t form = 4;  // \xHH
  if (letter == 'x' && at + form <= text.size()) {
    if (const auto value = base::parse_hex<unsigned char>(text.substr(at + 2, 2))) {
      at += form;
      return static_cast<char>(*value);
    }
  }
  return model::fail(
      model::ErrorCode::invalid_request,
      fmt::format("'{}' is not known; \\n \\r \\t \\0 \\\\ and \\xHH are", text.substr(at, 2)));
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\')
      if (const auto one = unescape_one(text, at)) {
        out += *one;
        continue;
      }
    out += text[at++];
  }
  return out;
}

}  // namespace gregor::cli
