// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012): a hash whose collisions nobody can
// provoke without the key, and nobody will meet by chance.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gregor::base {

struct SipKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

Hash128 siphash128(BytesView bytes, const SipKey& key);

}  // namespace gregor::base
