// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Who may ask a partition, by the leader epoch that he believes in.
#include <gtest/gtest.h>

#include "broker/partition.h"
#include "log/test_log.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using model::LeaderEpoch;

struct PartitionLeadership : testing::Test, log::LogOnDisk {
  Partition partition_with_log() {
    return {{.name = {"t", model::PartitionIndex(0)}, .topic_id = {}, .number = PartitionNumber(0)},
            std::move(log),
            {}};
  }
  // Broker 0 is this one.
  replication::LeaderAndIsr led_by(int leader, int epoch) {
    return {.leader = model::BrokerId(leader),
            .leader_epoch = LeaderEpoch(epoch),
            .partition_epoch = model::PartitionEpoch(epoch),
            .isr = {model::BrokerId(leader)},
            .replicas = {model::BrokerId(0), model::BrokerId(leader)}};
  }
};

TEST_F(PartitionLeadership, OlderEpochsAreFencedAndNewerOnesUnknown) {
  open();
  Partition partition = partition_with_log();
  partition.follow(led_by(0, 5), now);
  EXPECT_EQ(partition.check_leader(LeaderEpoch(4)), ErrorCode::fenced_leader_epoch);
  EXPECT_EQ(partition.check_leader(LeaderEpoch(5)), ErrorCode::none);
  EXPECT_EQ(partition.check_leader(LeaderEpoch(6)), ErrorCode::unknown_leader_epoch);
  EXPECT_EQ(partition.check_leader(model::no_leader_epoch), ErrorCode::none);
}

TEST_F(PartitionLeadership, WhoeverLeadsNoLongerSaysSoToThoseWhoKnowTheEpoch) {
  open();
  Partition partition = partition_with_log();
  partition.follow(led_by(0, 5), now);
  partition.follow(led_by(1, 6), now);
  EXPECT_EQ(partition.check_leader(LeaderEpoch(5)), ErrorCode::fenced_leader_epoch);
  EXPECT_EQ(partition.check_leader(LeaderEpoch(6)), ErrorCode::not_leader_or_follower);
  EXPECT_EQ(partition.check_leader(model::no_leader_epoch), ErrorCode::not_leader_or_follower);
}

TEST_F(PartitionLeadership, AnEpochBelowThatOfTheRecordsTakesThePartitionOffline) {
  open();
  ASSERT_TRUE(append(log::batch_of({"a"}), {.leader_epoch = LeaderEpoch(5)}));
  Partition partition = partition_with_log();
  partition.follow(led_by(0, 4), now);
  EXPECT_EQ(partition.check_leader(model::no_leader_epoch), ErrorCode::kafka_storage_error);
}

}  // namespace
}  // namespace gregor::broker
