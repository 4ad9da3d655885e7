// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/memory_budget.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

namespace gregor::server {
namespace {

TEST(MemoryBudget, IsExhaustedAtItsLimitAndRelievedBelowIt) {
  MemoryBudget budget(100);
  MemoryBudget::Share first(budget);
  MemoryBudget::Share second(budget);
  first.set(60);
  EXPECT_FALSE(budget.exhausted());
  second.set(60);  // what has arrived counts, also beyond the limit
  EXPECT_TRUE(budget.exhausted());
  int relieved = 0;
  budget.when_relieved([&] { ++relieved; });
  first.set(50);
  EXPECT_EQ(relieved, 0);
  first.set(10);
  EXPECT_EQ(relieved, 1);
  first.set(0);
  EXPECT_EQ(relieved, 1) << "once";
}

TEST(MemoryBudget, WhoAsksTooLateIsCalledAtOnce) {
  MemoryBudget budget(100);
  bool relieved = false;
  budget.when_relieved([&] { relieved = true; });
  EXPECT_TRUE(relieved);
}

TEST(MemoryBudget, AShareGivesBackWhatItHoldsWhenItGoes) {
  MemoryBudget budget(100);
  bool relieved = false;
  {
    MemoryBudget::Share share(budget);
    share.set(100);
    budget.when_relieved([&] { relieved = true; });
    EXPECT_FALSE(relieved);
  }
  EXPECT_TRUE(relieved);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(MemoryBudget, NobodyWaitsForEverWhenManyThreadsTakeAndGiveBack) {
  MemoryBudget budget(100);
  constexpr int threads = 4;
  constexpr int rounds = 2000;
  std::atomic<int> asked{0};
  std::atomic<int> relieved{0};
  std::latch start(threads);
  std::vector<std::thread> crowd;
  for (int i = 0; i < threads; ++i)
    crowd.emplace_back([&] {
      start.arrive_and_wait();
      for (int round = 0; round < rounds; ++round) {
        MemoryBudget::Share share(budget);
        share.set(50);
        if (!budget.exhausted()) continue;
        ++asked;
        budget.when_relieved([&] { ++relieved; });
      }
    });
  for (auto& thread : crowd) thread.join();
  EXPECT_EQ(relieved, asked);
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace gregor::server
