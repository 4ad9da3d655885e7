// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/block_pool.h"

#include <gtest/gtest.h>

namespace gregor::server {
namespace {

TEST(BlockPool, FreshBlocksAreAtMostTwiceWhatIsNeededAndAtMostWhatIsUseful) {
  BlockPool pool;
  EXPECT_EQ(pool.take(100, 10'000).size(), 200U);
  EXPECT_EQ(pool.take(100, 150).size(), 150U);
  EXPECT_EQ(pool.take(100, 100).size(), 100U);
}

TEST(BlockPool, AKeptBlockIsTakenWhenItHoldsWhatIsNeeded) {
  BlockPool pool;
  pool.give_back(Block(100'000));
  pool.give_back(Block(50'000));
  EXPECT_EQ(pool.take(20'000, 60'000).size(), 100'000U) << "large enough for all that is useful";
  EXPECT_EQ(pool.take(20'000, 60'000).size(), 50'000U) << "the best that is left";
  EXPECT_EQ(pool.take(20'000, 60'000).size(), 40'000U) << "fresh";
}

TEST(BlockPool, SmallNeedsDoNotTakeLargeBlocks) {
  BlockPool pool;
  pool.give_back(Block(1'000'000));
  EXPECT_EQ(pool.take(100, 1'000'000).size(), 200U);
  EXPECT_EQ(pool.kept_bytes(), 1'000'000U);
}

TEST(BlockPool, KeepsNoMoreThanItsLimitAndTheLargestOfAll) {
  BlockPool pool;
  for (int i = 0; i < 100; ++i) pool.give_back(Block(kept_block_bytes_min));
  pool.give_back(Block(kept_blocks_bytes_max - kept_block_bytes_min));
  EXPECT_LE(pool.kept_bytes(), kept_blocks_bytes_max);
  EXPECT_EQ(pool.take(kept_blocks_bytes_max / 2, kept_blocks_bytes_max / 2).size(),
            kept_blocks_bytes_max - kept_block_bytes_min);
  pool.give_back(Block(kept_blocks_bytes_max + 1));
  EXPECT_LE(pool.kept_bytes(), kept_blocks_bytes_max);
  pool.give_back(Block(kept_block_bytes_min - 1));
  EXPECT_EQ(pool.kept_bytes() % kept_block_bytes_min, 0U) << "not worth keeping";
}

}  // namespace
}  // namespace gregor::server
