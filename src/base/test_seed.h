// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests only: chance that repeats.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "base/prng.h"

namespace gregor::base {

// Its seed is printed before the run; GREGOR_SEED=<number> repeats one.
inline Prng seeded_prng() {
  const char* const given = std::getenv("GREGOR_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  std::cout << "repeat with GREGOR_SEED=" << seed << std::endl;
  return Prng(seed);
}

}  // namespace gregor::base
