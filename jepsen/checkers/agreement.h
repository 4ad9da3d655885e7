// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: random small histories, judged by an exact checker and by a search of all orders.
// GREGOR_HISTORIES=100000 for more of them, GREGOR_SEED=N to repeat a run.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "base/test_seed.h"

namespace gregor::jepsen {

struct Opinions {
  bool checker_finds_nothing = false;
  bool search_finds_order = false;
};

// `judge` makes a history by the chance that it is given, and judges it both ways. The histories
// must be worth it: at least a tenth linearizable, and a tenth not.
template <class Judge>
void expect_agreement(Judge judge) {
  base::Prng prng = base::seeded_prng();
  const char* const more = std::getenv("GREGOR_HISTORIES");
  const std::uint64_t runs = more == nullptr ? 20'000 : std::strtoull(more, nullptr, 10);
  std::uint64_t broken = 0;
  for (std::uint64_t run = 0; run < runs; ++run) {
    const Opinions opinions = judge(prng);
    ASSERT_EQ(opinions.checker_finds_nothing, opinions.search_finds_order) << "run " << run;
    broken += opinions.search_finds_order ? 0 : 1;
  }
  std::cout << broken << " of " << runs << " were not linearizable\n";
  EXPECT_GT(broken, runs / 10);
  EXPECT_LT(broken, runs - runs / 10);
}

}  // namespace gregor::jepsen
