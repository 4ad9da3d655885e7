// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/member_id.h"

#include <string_view>

namespace gregor::group {

namespace {

std::string text_of(const model::Uuid& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < id.bytes.size(); ++at) {
    if (at == 4 || at == 6 || at == 8 || at == 10) out += '-';
    out += digits[id.bytes[at] >> 4];
    out += digits[id.bytes[at] & 15];
  }
  return out;
}

}  // namespace

std::string new_member_id(const Request& from, const std::optional<std::string>& instance_id) {
  // Cut to what a string on the wire may hold.
  constexpr std::size_t prefix_max = 32'000;
  return instance_id.value_or(from.client_id).substr(0, prefix_max) + "-" + text_of(from.fresh);
}

}  // namespace gregor::group
