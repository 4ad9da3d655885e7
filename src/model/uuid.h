// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// 128-bit ids of topics, log folders and clusters, written as Kafka writes them: base64url without
// padding, 22 characters.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/prng.h"

namespace gregor::model {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  [[nodiscard]] bool is_zero() const { return *this == Uuid{}; }
};

using TopicId = Uuid;  // zero: none

std::string to_string(const Uuid& id);
// nullopt unless the text is the 22-character form of exactly 16 bytes.
std::optional<Uuid> parse_uuid(std::string_view text);
// A version-4 id; never one whose text begins with '-' (tools would take it for an option) and
// never a reserved one.
Uuid random_uuid(base::Prng& prng);

}  // namespace gregor::model

template <>
struct std::hash<gregor::model::Uuid> {
  std::size_t operator()(const gregor::model::Uuid& id) const noexcept {
    std::uint64_t digest = 0xcbf29ce484222325;
    for (const std::uint8_t byte : id.bytes) digest = (digest ^ byte) * 0x100000001b3;
    return digest;
  }
};
