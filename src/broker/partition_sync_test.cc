// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Records that must reach the disk before they are acknowledged get there, also on the second try.
#include <gtest/gtest.h>

#include "broker/partition.h"
#include "log/test_log.h"

namespace gregor::broker {
namespace {

using model::Offset;

struct PartitionSync : testing::Test, log::LogOnDisk {
  Partition leader() {
    open();
    Partition partition(
        {.name = {"t", model::PartitionIndex(0)}, .topic_id = {}, .number = PartitionNumber(1)},
        std::move(log), {});
    partition.follow({.leader = model::BrokerId(0),
                      .leader_epoch = model::LeaderEpoch(0),
                      .partition_epoch = model::PartitionEpoch(0),
                      .isr = {model::BrokerId(0)},
                      .replicas = {model::BrokerId(0)}},
                     now);
    if (const auto epochs = partition.log().take_sync_job(now)) {
      EXPECT_TRUE(run(*disk, *epochs));
      partition.log().synced_to(*epochs);
    }
    return partition;
  }
};

TEST_F(PartitionSync, AsksAgainWhenAJobCameLessFarThanTheRecords) {
  settings.segment_bytes = 200;
  settings.flush_messages = 1;
  Partition partition = leader();
  for (const char* value : {"a", "b", "c"}) {
    const base::Bytes batch = log::batch_of({value});
    ASSERT_TRUE(partition.append(record::ValidBatch::parse(batch).value(), std::nullopt, now));
  }
  ASSERT_GT(partition.log().segment_count(), 1);
  disk->fail_next(log::DiskOperation::open, 1);  // an index of the first segment
  auto job = partition.next_sync(now);
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->up_to, Offset(0));
  partition.sync_done(*job, run(*disk, *job), now);
  EXPECT_FALSE(partition.is_acknowledged(Offset(1)));
  EXPECT_TRUE(partition.sync_fell_short());
  EXPECT_FALSE(partition.next_sync(now)) << "not at once";
  partition.request_sync();
  job = partition.next_sync(now);
  ASSERT_TRUE(job.has_value());
  partition.sync_done(*job, run(*disk, *job), now);
  EXPECT_TRUE(partition.is_acknowledged(Offset(3)));
}

TEST_F(PartitionSync, SegmentThatEndsIsSyncedAlsoIfTheBatchThatEndedItFoundNoSpace) {
  settings.segment_bytes = 200;
  Partition partition = leader();
  const base::Bytes batch = log::batch_of({std::string(80, 'a')});
  const auto append = [&] {
    return partition.append(record::ValidBatch::parse(batch).value(), std::nullopt, now);
  };
  ASSERT_TRUE(append());
  disk->faults().capacity = disk->faults().used;
  ASSERT_FALSE(append());
  ASSERT_GT(partition.log().segment_count(), 1);
  disk->faults().capacity = ~std::uint64_t{0};
  ASSERT_TRUE(append());
  ASSERT_EQ(partition.log().segment_count(), 2);
  EXPECT_TRUE(partition.next_sync(now).has_value());
}

}  // namespace
}  // namespace gregor::broker
