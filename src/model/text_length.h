// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How long Kafka finds a text: in units of UTF-16, as Java counts.
#pragma once

#include <cstddef>
#include <string_view>

namespace gregor::model {

constexpr std::size_t length_in_utf16(std::string_view utf8) {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
static_assert(length_in_utf16("a\xc3\xa4\xf0\x9f\x90\x9b") == 4);

}  // namespace gregor::model
