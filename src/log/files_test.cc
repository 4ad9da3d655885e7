// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Names and small files of a data folder.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/checkpoint_text.h"
#include "log/data_files.h"
#include "log/file_names.h"
#include "log/leader_epochs.h"
#include "log/simulated_disk.h"
#include "log/whole_file.h"

namespace gregor::log {
namespace {

using model::LeaderEpoch;
using model::Offset;
using model::PartitionIndex;
using model::TopicPartition;

base::BytesView text(std::string_view s) { return base::as_bytes(s); }

TEST(FileNames, OfSegments) {
  EXPECT_EQ(file_name(Offset{42}, FileKind::log), "00000000000000000042.log");
  EXPECT_EQ(file_name(Offset{0}, FileKind::time_index), "00000000000000000000.timeindex");
  EXPECT_EQ(parse_file_name("00000000000000000042.txnindex"),
            (FileName{Offset{42}, FileKind::transaction_index}));
  for (const char* name : {"42.log", "00000000000000000042.log.deleted", "0000000000000000004x.log",
                           "", "00000000000000000042", "99999999999999999999.log",
                           "-0000000000000000042.log", "00000000000000000042.idx"}) {
    EXPECT_EQ(parse_file_name(name), std::nullopt) << name;
  }
}

TEST(FileNames, OfPartitions) {
  const auto name = [](std::string topic, std::int32_t partition, FolderKind kind) {
    return FolderName{{std::move(topic), PartitionIndex{partition}}, kind};
  };
  EXPECT_EQ(parse_folder_name("a-b-7"), name("a-b", 7, FolderKind::partition));
  EXPECT_EQ(parse_folder_name("t-0.0123456789abcdef0123456789abcdef-delete"),
            name("t", 0, FolderKind::to_delete));
  EXPECT_EQ(parse_folder_name("t.x-0.0123456789abcdef0123456789abcdef-stray"),
            name("t.x", 0, FolderKind::stray));
  EXPECT_EQ(parse_folder_name("t-0.0123456789abcdef0123456789abcdef-future"),
            name("t", 0, FolderKind::future));
  for (const char* odd : {"lost+found", "t", "t-", "-0", "t-01", "t-x", "t-0-delete",
                          "t-99999999999", "t-0.123-delete"}) {
    EXPECT_EQ(parse_folder_name(odd), std::nullopt) << odd;
  }
}

TEST(FileNames, OfFoldersToRemoveFitIntoAName) {
  model::Uuid unique;
  unique.bytes.fill(0xab);
  EXPECT_EQ(deletion_folder_name({"t", PartitionIndex{3}}, unique),
            "t-3.abababababababababababababababab-delete");
  const std::string longest =
      deletion_folder_name({std::string(249, 'x'), PartitionIndex{1234}}, unique);
  EXPECT_EQ(longest.size(), 255);
  EXPECT_EQ(parse_folder_name(longest)->kind, FolderKind::to_delete);
}

TEST(CheckpointText, RefusesWhatIsTornOrGarbled) {
  EXPECT_EQ(checkpoint_lines(text("0\n2\na\nb\n")).value(),
            (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(checkpoint_lines(text("0\n0\n")).value().size(), 0);
  for (const char* bad : {"", "0", "1\n0\n", "0\n\n", "0\n-1\n", "0\n2\na\n", "0\n2\na\nb",
                          "0\n1\na\nb\n", "x\n0\n", "0\n1x\na\n"}) {
    EXPECT_FALSE(checkpoint_lines(text(bad))) << bad;
  }
  EXPECT_FALSE(checkpoint_lines(text(std::string_view("\0\0\0\0", 4))));
}

TEST(PartitionOffsets, AreSortedAndRoundTrip) {
  const PartitionOffsets offsets{{{"b", PartitionIndex{1}}, Offset{5}},
                                 {{"a", PartitionIndex{10}}, Offset{0}},
                                 {{"a", PartitionIndex{2}}, Offset{9'000'000'000}}};
  const base::Bytes encoded = encode_partition_offsets(offsets);
  EXPECT_EQ(base::as_text(encoded), "0\n3\na 2 9000000000\na 10 0\nb 1 5\n");
  EXPECT_EQ(decode_partition_offsets(encoded).value(), offsets);
  for (const char* bad : {"0\n1\na 1\n", "0\n1\na b 1\n", "0\n1\na 1 -2\n", "0\n1\n 1 2\n"}) {
    EXPECT_FALSE(decode_partition_offsets(text(bad))) << bad;
  }
}

TEST(MetaProperties, OfZooKeeperTimesAndOfToday) {
  const auto old = decode_meta_properties(text("#x\nversion=0\nbroker.id = 7\n")).value();
  EXPECT_EQ(old.node, model::BrokerId{7});
  EXPECT_EQ(old.cluster_id, "");
  const MetaProperties ours{
      .node = model::BrokerId{1}, .cluster_id = "abc", .directory_id = std::nullopt, .version = 0};
  EXPECT_EQ(base::as_text(encode_meta_properties(ours)),
            "#\n#\nversion=0\nbroker.id=1\ncluster.id=abc\n");
  MetaProperties since = ours;
  since.first_epoch = model::BrokerEpoch{30};
  EXPECT_EQ(decode_meta_properties(encode_meta_properties(since)).value(), since);
  EXPECT_EQ(old.first_epoch, std::nullopt);
  EXPECT_FALSE(decode_meta_properties(text("version=0\ngregor.first.broker.epoch=-1\n")));
  EXPECT_FALSE(decode_meta_properties(text("version=2\n")));
  EXPECT_FALSE(decode_meta_properties(text("version=0\nbroker.id=x\n")));
  EXPECT_FALSE(decode_meta_properties(text("version=1\ndirectory.id=short\n")));
}

TEST(PartitionMetadata, NeedsAVersionAndATopic) {
  EXPECT_TRUE(decode_partition_metadata(text("version: 0\ntopic_id: McLvyzL_QEyOmpAhRsQ7Jw")));
  EXPECT_FALSE(decode_partition_metadata(text("version: 1\ntopic_id: McLvyzL_QEyOmpAhRsQ7Jw")));
  EXPECT_FALSE(decode_partition_metadata(text("version: 0\n")));
  EXPECT_FALSE(decode_partition_metadata(text("")));
}

LeaderEpochs epochs(const std::vector<std::pair<int, int>>& entries) {
  LeaderEpochs made;
  for (const auto& [epoch, start] : entries) made.assign(LeaderEpoch{epoch}, Offset{start});
  return made;
}

TEST(LeaderEpochs, EndWhereTheNextOneBegins) {
  const LeaderEpochs known = epochs({{2, 10}, {4, 20}, {7, 30}});
  const struct {
    int asked;
    std::optional<EpochEnd> answer;
  } cases[] = {
      {-1, std::nullopt},
      {0, EpochEnd{LeaderEpoch{0}, Offset{10}}},
      {2, EpochEnd{LeaderEpoch{2}, Offset{20}}},
      {3, EpochEnd{LeaderEpoch{2}, Offset{20}}},
      {4, EpochEnd{LeaderEpoch{4}, Offset{30}}},
      {6, EpochEnd{LeaderEpoch{4}, Offset{30}}},
      {7, EpochEnd{LeaderEpoch{7}, Offset{99}}},
      {8, std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(known.end_of(LeaderEpoch{c.asked}, Offset{99}), c.answer) << c.asked;
  }
  EXPECT_EQ(LeaderEpochs{}.end_of(LeaderEpoch{0}, Offset{99}), std::nullopt);
}

TEST(LeaderEpochs, ContradictionsGo) {
  EXPECT_EQ(epochs({{1, 0}, {3, 10}, {2, 12}}), epochs({{1, 0}, {2, 12}}));
  EXPECT_EQ(epochs({{1, 0}, {2, 10}, {3, 10}}), epochs({{1, 0}, {3, 10}}));
  EXPECT_EQ(epochs({{1, 0}, {1, 5}}), epochs({{1, 0}}));
}

TEST(LeaderEpochs, AreCutAtBothEnds) {
  LeaderEpochs known = epochs({{2, 10}, {4, 20}, {7, 30}});
  EXPECT_FALSE(known.truncate_from_end(Offset{31}));
  EXPECT_TRUE(known.truncate_from_end(Offset{30}));
  EXPECT_EQ(known, epochs({{2, 10}, {4, 20}}));
  EXPECT_FALSE(known.truncate_from_start(Offset{10}));
  EXPECT_TRUE(known.truncate_from_start(Offset{15}));
  EXPECT_EQ(known, epochs({{2, 15}, {4, 20}}));
  EXPECT_TRUE(known.truncate_from_start(Offset{25}));
  EXPECT_EQ(known, epochs({{4, 25}}));
}

TEST(LeaderEpochs, FileIsKafkas) {
  const LeaderEpochs known = epochs({{0, 0}, {3, 1234}});
  EXPECT_EQ(base::as_text(encode_leader_epochs(known)), "0\n2\n0 0\n3 1234\n");
  EXPECT_EQ(decode_leader_epochs(encode_leader_epochs(known)).value(), known);
  for (const char* bad :
       {"0\n1\n0\n", "0\n1\n0 1", "0\n1\n-1 0\n", "0\n1\n0 -1\n", "0\n2\n3 5\n2 6\n",
        "0\n2\n2 5\n3 5\n", "0\n1\n4294967296 0\n", "0\n1\n1 2 3\n"}) {
    EXPECT_FALSE(decode_leader_epochs(text(bad))) << bad;
  }
}

TEST(WholeFile, ReplacingIsAllOrNothingWhereverThePowerGoes) {
  for (std::uint64_t changes = 0; changes < 12; ++changes) {
    SimulatedDisk disk;
    ASSERT_TRUE(replace_file(disk, "", "f", text("old"), Durability::now));
    disk.power_off_after(changes);
    const auto replaced = replace_file(disk, "", "f", text("new!"), Durability::now);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      base::Prng prng(seed);
      const auto after = disk.after_power_loss(prng, Unsynced::by_chance);
      const std::string content(base::as_text(after->content("f")));
      EXPECT_TRUE(content == "new!" || (content == "old" && !replaced)) << content;
    }
  }
}

TEST(WholeFile, OneThatIsTooLargeIsRefusedUnread) {
  SimulatedDisk disk;
  EXPECT_EQ(read_whole_file(disk, "f").value(), std::nullopt);
  ASSERT_TRUE(disk.open("f", OpenMode::create).value()->truncate(whole_file_bytes_max + 1));
  EXPECT_FALSE(read_whole_file(disk, "f"));
}

}  // namespace
}  // namespace gregor::log
