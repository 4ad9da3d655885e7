// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/watches.h"

#include <gtest/gtest.h>

namespace gregor::broker {
namespace {

constexpr PartitionNumber first{1}, second{2};

Watch watch(std::uint32_t shard, std::uint64_t request, std::uint32_t slot) {
  return {{ShardId(shard), RequestId(request), slot}, {.offset = model::Offset(slot)}};
}

TEST(Watches, FireOnceInTheOrderOfTheirRequests) {
  Watches watches;
  watches.add(first, watch(0, 9, 0));
  watches.add(first, watch(0, 3, 1));
  watches.add(second, watch(0, 3, 0));
  const auto fired = watches.take(first);
  ASSERT_EQ(fired.size(), 2U);
  EXPECT_EQ(fired[0].address.request, RequestId(3));
  EXPECT_EQ(fired[0].task.offset, model::Offset(1));
  EXPECT_EQ(fired[1].address.request, RequestId(9));
  EXPECT_TRUE(watches.take(first).empty());
  EXPECT_EQ(watches.size(), 1U);
  EXPECT_TRUE(watches.is_consistent());
}

TEST(Watches, CancelledRequestLosesAllOfItsOwnAndNoOthers) {
  Watches watches;
  watches.add(first, watch(0, 3, 0));
  watches.add(second, watch(0, 3, 1));
  watches.add(second, watch(1, 3, 0));  // the same number on another shard
  watches.add(second, watch(0, 4, 0));
  watches.cancel(ShardId(0), RequestId(3));
  watches.cancel(ShardId(0), RequestId(77));
  EXPECT_TRUE(watches.take(first).empty());
  EXPECT_EQ(watches.take(second).size(), 2U);
  EXPECT_EQ(watches.size(), 0U);
  EXPECT_TRUE(watches.is_consistent());
}

}  // namespace
}  // namespace gregor::broker
