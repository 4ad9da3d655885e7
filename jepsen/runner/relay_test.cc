// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What becomes of frames on a bad link. That devices carry them is tried in runner_test.cc.
#include "jepsen/runner/relay.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gregor::jepsen {
namespace {

using std::chrono::milliseconds;
using Time = Schedule::Time;

// The times at which frames of 1,000 bytes leave that arrive a millisecond after each other.
std::vector<std::vector<Time>> fates(const Quality& quality, int frames, std::uint64_t seed = 1) {
  Schedule schedule;
  base::Prng prng(seed);
  std::vector<std::vector<Time>> result;
  for (int i = 0; i < frames; ++i)
    result.push_back(schedule.take(Time(milliseconds(i)), 1'000, quality, prng).leaves);
  return result;
}

TEST(Schedule, OnAGoodLinkEachFrameLeavesAtOnceAndOnce) {
  const auto all = fates({}, 100);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(all[static_cast<std::size_t>(i)], std::vector{Time(milliseconds(i))});
}

TEST(Schedule, SharesOfFramesAreLostAndDoubled) {
  std::size_t lost = 0, doubled = 0;
  for (const auto& leaves : fates({.lost_percent = 20, .doubled_percent = 10}, 10'000)) {
    lost += leaves.empty() ? 1U : 0U;
    doubled += leaves.size() == 2 ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(lost), 2'000, 300);
  EXPECT_NEAR(static_cast<double>(doubled), 800, 200);
  for (const auto& leaves : fates({.lost_percent = 100}, 100)) EXPECT_TRUE(leaves.empty());
}

TEST(Schedule, JitterPutsFramesOutOfOrderOnlyWhereItMay) {
  for (const bool reorders : {false, true}) {
    const auto all =
        fates({.delay = milliseconds(50), .jitter = milliseconds(50), .reorders = reorders}, 200);
    EXPECT_EQ(std::ranges::is_sorted(all), !reorders);
    for (int i = 0; i < 200; ++i) {
      EXPECT_GE(all[static_cast<std::size_t>(i)].front(), Time(milliseconds(i + 50)));
      EXPECT_LE(all[static_cast<std::size_t>(i)].front(), Time(milliseconds(200 + 100)));
    }
  }
}

TEST(Schedule, AThrottledLineTakesItsTime) {
  const auto all = fates({.bytes_per_second = 100'000}, 200);  // 10 ms for each frame
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(all[static_cast<std::size_t>(i)].front(), Time(milliseconds(10 * (i + 1))));
}

}  // namespace
}  // namespace gregor::jepsen
