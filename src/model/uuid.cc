// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/uuid.h"

#include <algorithm>
#include <span>

#include "base/base64.h"

namespace gregor::model {
std::string to_string(const Uuid& id) {
  return base::to_base64url(std::as_bytes(std::span(id.bytes)));
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  Uuid id;
  const auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() != id.bytes.size()) return std::nullopt;
  std::ranges::transform(*bytes, id.bytes.begin(), std::to_integer<std::uint8_t>);
  return id;
}

Uuid random_uuid(base::Prng& prng) {
  for (;;) {
    Uuid id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(prng.below(256));
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    if (to_string(id).front() != '-') return id;
  }
}

}  // namespace gregor::model
