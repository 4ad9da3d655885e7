// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a look at the disks of replicas sees: gaps, batches that differ, records that differ.
#include "simulation/stored_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "record/test_batches.h"

namespace gregor::simulation {
namespace {

using model::Offset;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

class StoredLogTest : public ::testing::Test {
 protected:
  StoredLogTest() {
    for (const char* folder : {"/a", "/b", "/a/t-0", "/b/t-0"})
      EXPECT_TRUE(disk_.create_folder(folder));
  }

  struct Batch {
    std::int64_t offset;
    std::vector<std::string> values;
    std::int32_t epoch = 0;
  };
  StoredLog stored(const std::string& data, const std::vector<Batch>& batches) {
    base::Bytes file;
    for (const Batch& batch : batches) {
      std::vector<record::OwnedRecord> records;
      for (const std::string& value : batch.values)
        records.push_back({.timestamp = 7, .key = "k", .value = value, .headers = {}});
      const base::Bytes bytes = record::build(
          records,
          {.base_offset = Offset(batch.offset), .leader_epoch = model::LeaderEpoch(batch.epoch)});
      file.insert(file.end(), bytes.begin(), bytes.end());
    }
    disk_.put(data + "/t-0/00000000000000000000.log", file);
    return *stored_log(disk_, {data}, {"t", model::PartitionIndex(0)});
  }

  log::SimulatedDisk disk_;
};

TEST_F(StoredLogTest, NothingIsMissingOfBatchesThatMeet) {
  const auto log = stored("/a", {{0, {"a", "b"}}, {2, {"c"}}});
  EXPECT_EQ(first_missing(log, Offset(0), Offset(3)), std::nullopt);
  EXPECT_EQ(first_missing(log, Offset(1), Offset(2)), std::nullopt);
}

TEST_F(StoredLogTest, WhatIsMissingAtTheEndInTheMiddleAndAtTheBeginningIsSeen) {
  const auto log = stored("/a", {{1, {"a", "b"}}, {4, {"c"}}});
  EXPECT_THAT(first_missing(log, Offset(0), Offset(2)), Optional(Offset(0)));
  EXPECT_THAT(first_missing(log, Offset(1), Offset(5)), Optional(Offset(3)));
  EXPECT_THAT(first_missing(log, Offset(4), Offset(6)), Optional(Offset(5)));
  EXPECT_THAT(first_missing({}, Offset(0), Offset(1)), Optional(Offset(0)));
}

TEST_F(StoredLogTest, ALogEndsWithItsLastWholeBatch) {
  stored("/a", {{0, {"a"}}, {1, {"b"}}});
  const std::string file = "/a/t-0/00000000000000000000.log";
  base::Bytes bytes = disk_.content(file);
  bytes.resize(bytes.size() - 1);
  disk_.put(file, bytes);
  EXPECT_EQ(stored_log(disk_, {"/a"}, {"t", model::PartitionIndex(0)})->size(), 1U);
  EXPECT_EQ(stored_log(disk_, {"/a"}, {"t", model::PartitionIndex(1)}), std::nullopt);
}

TEST_F(StoredLogTest, LogsThatOneHasMoreOfDoNotDiffer) {
  const auto longer = stored("/a", {{0, {"a"}}, {1, {"b"}}, {2, {"c"}}});
  const auto shorter = stored("/b", {{1, {"b"}}});
  EXPECT_THAT(difference(longer, shorter, Offset(3)), IsEmpty());
  EXPECT_THAT(difference(shorter, longer, Offset(3)), IsEmpty());
}

TEST_F(StoredLogTest, OtherRecordsOtherEpochsAndOtherBatchesDiffer) {
  const auto one = stored("/a", {{0, {"a", "b"}}, {2, {"c"}}});
  EXPECT_THAT(difference(one, stored("/b", {{0, {"a", "x"}}, {2, {"c"}}}), Offset(3)),
              HasSubstr("at offset 0 differ"));
  EXPECT_THAT(difference(one, stored("/b", {{0, {"a", "b"}}, {2, {"c"}, 1}}), Offset(3)),
              HasSubstr("of epochs 0 and 1"));
  EXPECT_THAT(difference(one, stored("/b", {{0, {"a", "b", "c"}}}), Offset(3)),
              HasSubstr("at offset 0 differ"));
  EXPECT_THAT(difference(one, stored("/b", {{1, {"b", "c"}}, {3, {"d"}}}), Offset(3)),
              HasSubstr("begins at offset 2"));
}

TEST_F(StoredLogTest, FromTheHighWatermarkOnLogsMayDiffer) {
  const auto one = stored("/a", {{0, {"a"}}, {1, {"b"}}});
  const auto other = stored("/b", {{0, {"a"}}, {1, {"x"}, 1}});
  EXPECT_THAT(difference(one, other, Offset(1)), IsEmpty());
  EXPECT_THAT(difference_of_compacted(one, other, Offset(1)), IsEmpty());
}

TEST_F(StoredLogTest, LogsThatPartInAnotherEpochMatch) {
  const auto one = stored("/a", {{0, {"a"}}, {1, {"b"}, 1}, {2, {"c"}, 1}});
  const auto other = stored("/b", {{0, {"a"}}, {1, {"x", "y"}, 2}, {3, {"z"}, 2}});
  EXPECT_THAT(mismatch(one, other), IsEmpty());
  EXPECT_THAT(mismatch(other, one), IsEmpty());
  EXPECT_THAT(mismatch(one, stored("/b", {{2, {"c"}, 1}, {3, {"d"}, 1}})), IsEmpty());
}

TEST_F(StoredLogTest, OneEpochHasOneHistory) {
  const auto one = stored("/a", {{0, {"a"}}, {1, {"b"}, 1}, {2, {"c"}, 3}});
  EXPECT_THAT(mismatch(one, stored("/b", {{0, {"a"}}, {1, {"x"}, 1}})), HasSubstr("both at 1"));
  EXPECT_THAT(mismatch(one, stored("/b", {{0, {"a"}}, {1, {"x"}, 2}, {2, {"c"}, 3}})),
              HasSubstr("parted at offset 1, and of epoch 3 both at 2"));
  EXPECT_THAT(mismatch(one, stored("/b", {{0, {"a", "b"}}, {2, {"c"}, 3}})),
              HasSubstr("parted at offset 0"));
}

TEST_F(StoredLogTest, OfCompactedLogsTheRecordsThatBothHaveAreTheSame) {
  const auto one = stored("/a", {{0, {"a", "b"}}, {2, {"c"}}});
  EXPECT_THAT(difference_of_compacted(one, stored("/b", {{1, {"b"}}, {2, {"c"}}}), Offset(3)),
              IsEmpty());
  EXPECT_THAT(difference_of_compacted(one, stored("/b", {{1, {"x"}}, {2, {"c"}}}), Offset(3)),
              HasSubstr("offset 1:"));
  EXPECT_THAT(difference_of_compacted(one, stored("/b", {{2, {"c"}, 1}}), Offset(3)),
              HasSubstr("offset 2:"));
}

}  // namespace
}  // namespace gregor::simulation
