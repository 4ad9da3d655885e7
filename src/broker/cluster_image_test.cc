// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/cluster_image.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gregor::broker {
namespace {

using model::PartitionIndex;

TEST(ClusterImage, OwnerIsTheSameInEveryRun) {
  EXPECT_EQ(owner_of("orders", PartitionIndex(0), 4), ShardId(0));
  EXPECT_EQ(owner_of("orders", PartitionIndex(1), 4), ShardId(1));
  EXPECT_EQ(owner_of("orders", PartitionIndex(0), 1), ShardId(0));
}

TEST(ClusterImage, PartitionsSpreadEvenlyOverTheShards) {
  std::map<ShardId, int> of_one_topic, of_many;
  for (std::int32_t i = 0; i < 8; ++i) ++of_one_topic[owner_of("t", PartitionIndex(i), 4)];
  for (const auto& [shard, count] : of_one_topic) EXPECT_EQ(count, 2);
  for (int i = 0; i < 4000; ++i)
    ++of_many[owner_of("topic-" + std::to_string(i), PartitionIndex(0), 4)];
  ASSERT_EQ(of_many.size(), 4U);
  for (const auto& [shard, count] : of_many) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace gregor::broker
