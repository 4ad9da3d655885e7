// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the judgement of a compacted partition lets go, and what it misses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "simulation/ledger.h"

namespace gregor::simulation {
namespace {

using ::testing::ElementsAre;

class CompactionCheckTest : public ::testing::Test {
 protected:
  CompactionCheckTest() { promise({}); }

  // The topic's settings besides its policy.
  void promise(std::map<std::string, std::string> configs, std::int16_t replication = 1) {
    configs["cleanup.policy"] = "compact";
    ledger_.add_topic(
        {.name = "t", .replication = replication, .durable = true, .configs = std::move(configs)});
  }
  void write(std::int64_t offset, std::int32_t key, bool tombstone = false) {
    ledger_.sending(partition_, 10 + offset, {.key = key, .tombstone = tombstone});
    ledger_.acknowledged(partition_, {offset, 10 + offset});
  }
  void wait(std::int64_t us) { env_.scheduler.run_next(env_.now() + us); }
  // When the records at these offsets are left.
  std::vector<std::string> checks(const std::vector<std::int64_t>& offsets) {
    std::vector<PlacedValue> records;
    for (const std::int64_t offset : offsets) records.push_back({offset, 10 + offset});
    ledger_.check_partition(partition_, 0, 10, records);
    std::vector<std::string> names;
    for (const Violation& violation : env_.violations) names.push_back(violation.check);
    return names;
  }

  Environment env_{1};
  Ledger ledger_{env_};
  const model::TopicPartition partition_{"t", model::PartitionIndex(0)};
};

TEST_F(CompactionCheckTest, WhatHasALaterRecordOfItsKeyMayGo) {
  for (const std::int64_t offset : {0, 1, 2, 3}) write(offset, offset % 2 == 0 ? 7 : 8);
  EXPECT_THAT(checks({0, 1, 2, 3}), ElementsAre());
  EXPECT_THAT(checks({1, 2, 3}), ElementsAre());
  EXPECT_THAT(checks({2, 3}), ElementsAre());
}

TEST_F(CompactionCheckTest, TheLastRecordOfAKeyIsMissed) {
  for (const std::int64_t offset : {0, 1, 2}) write(offset, offset == 1 ? 7 : 8);
  EXPECT_THAT(checks({0, 2}), ElementsAre("only-overtaken-records-go"));
}

TEST_F(CompactionCheckTest, ARecordAtAnotherOffsetIsNoticed) {
  write(0, 7);
  write(1, 8);
  ledger_.seen(partition_, {1, 11});
  EXPECT_TRUE(env_.violations.empty());
  ledger_.seen(partition_, {0, 11});
  EXPECT_EQ(env_.violations.at(0).check, "records-keep-their-offsets");
}

TEST_F(CompactionCheckTest, NothingGoesBeforeItsTime) {
  promise({{"min.compaction.lag.ms", "1000"}});
  write(0, 7);
  wait(2 * second);
  write(1, 7);
  EXPECT_THAT(checks({1}), ElementsAre("only-overtaken-records-go"));
  env_.violations.clear();
  wait(second);
  EXPECT_THAT(checks({1}), ElementsAre());
}

TEST_F(CompactionCheckTest, ATombstoneGoesWhenItsTimeIsOver) {
  promise({{"delete.retention.ms", "1000"}});
  write(0, 7);
  write(1, 7, true);
  EXPECT_THAT(checks({1}), ElementsAre());
  EXPECT_THAT(checks({}), ElementsAre("only-overtaken-records-go", "only-overtaken-records-go"));
  env_.violations.clear();
  wait(second);
  EXPECT_THAT(checks({}), ElementsAre());
}

TEST_F(CompactionCheckTest, WhatATombstoneDeletedGoesBeforeIt) {
  promise({{"delete.retention.ms", "10000"}});
  write(0, 7);
  write(1, 7, true);
  wait(10 * second);
  EXPECT_THAT(checks({0}), ElementsAre("deleted-keys-stay-deleted"));
}

TEST_F(CompactionCheckTest, AReaderThatIsSlowMayMissATombstone) {
  promise({{"delete.retention.ms", "0"}});
  write(0, 7);
  write(1, 7, true);
  EXPECT_THAT(checks({0}), ElementsAre());
}

TEST_F(CompactionCheckTest, ATombstoneThatWasOvertakenDeletesNothingAnyMore) {
  promise({{"delete.retention.ms", "10000"}});
  write(0, 7);
  write(1, 7, true);
  write(2, 7);
  wait(10 * second);
  EXPECT_THAT(checks({0, 2}), ElementsAre());
}

TEST_F(CompactionCheckTest, AReplicaThatWasAwayMayHaveMissedATombstone) {
  promise({{"delete.retention.ms", "10000"}}, 3);
  write(0, 7);
  write(1, 7, true);
  wait(10 * second);
  EXPECT_THAT(checks({0}), ElementsAre());
}

}  // namespace
}  // namespace gregor::simulation
