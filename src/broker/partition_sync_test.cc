// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Records that must reach the disk before they are acknowledged get there, also on the second try.
#include <gtest/gtest.h>

#include "broker/partition.h"
#include "log/test_log.h"

namespace gregor::broker {
namespace {

using model::Offset;

struct PartitionSync : testing::Test, log::LogOnDisk {};

TEST_F(PartitionSync, AsksAgainWhenAJobCameLessFarThanTheRecords) {
  settings.segment_bytes = 200;
  settings.flush_messages = 1;
  open();
  Partition partition(
      {.name = {"t", model::PartitionIndex(0)}, .topic_id = {}, .number = PartitionNumber(1)},
      std::move(log));
  partition.set_leadership({.leads = true, .epoch = model::LeaderEpoch(0)});
  for (const char* value : {"a", "b", "c"}) {
    const base::Bytes batch = log::batch_of({value});
    ASSERT_TRUE(partition.append(record::ValidBatch::parse(batch).value(), std::nullopt, now));
  }
  ASSERT_GT(partition.log().segment_count(), 1);
  disk->fail_next(log::DiskOperation::open, 1);  // an index of the first segment
  auto job = partition.next_sync(now);
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->up_to, Offset(0));
  partition.sync_done(*job, run(*disk, *job));
  EXPECT_FALSE(partition.is_acknowledged(Offset(1)));
  job = partition.next_sync(now);
  ASSERT_TRUE(job.has_value());
  partition.sync_done(*job, run(*disk, *job));
  EXPECT_TRUE(partition.is_acknowledged(Offset(3)));
}

}  // namespace
}  // namespace gregor::broker
