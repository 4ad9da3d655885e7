// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What tools see of a folder: rows, and findings where the files disagree.
#include "log/dump.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "log/test_log.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

struct ToolTest : testing::Test, LogOnDisk {
  void SetUp() override {
    settings.segment_bytes = 500;
    settings.index_interval_bytes = 1;
    open();
    ASSERT_TRUE(append(batch_of({"a", "b"}, producer(7, 0, 0, true), 2'000)));
    ASSERT_TRUE(append(batch_of({"c"}, {.codec = record::Codec::lz4}, 3'000)));
    ASSERT_TRUE(append_marker(false, 7, 0));
    for (int i = 0; i < 12; ++i) {
      ASSERT_TRUE(append(batch_of({"v"}, {}, 4'000 + i), {.leader_epoch = LeaderEpoch{i / 4}}));
    }
    ASSERT_GT(log->segment_count(), 2);
    restart();
  }
  std::vector<DumpRow> rows(const std::string& name, DumpRecords records = DumpRecords::yes) {
    std::vector<DumpRow> rows;
    EXPECT_TRUE(dump_file(*disk, std::string(test_folder), name, records, [&](const DumpRow& row) {
                  rows.push_back(row);
                }).value());
    return rows;
  }
  static DumpValue field(const DumpRow& row, std::string_view name) {
    const auto found = std::ranges::find(row.fields, name, &DumpField::name);
    EXPECT_NE(found, row.fields.end()) << name;
    return found == row.fields.end() ? DumpValue{} : found->value;
  }
  static DumpValue number(std::int64_t value) { return value; }
  static DumpValue bytes(std::string_view text) { return base::to_bytes(base::as_bytes(text)); }

  // What is found after `change` was made to the file.
  template <class Change>
  std::vector<std::string> findings_after(const std::string& name, Change change) {
    const std::string path = std::string(test_folder) + "/" + name;
    const base::Bytes before = disk->content(path);
    base::Bytes content = before;
    change(content);
    disk->put(path, content);
    std::vector<std::string> findings;
    const auto verified = verify_folder(*disk, std::string(test_folder)).value();
    for (const Finding& finding : verified.findings) {
      findings.push_back(finding.file + ": " + finding.detail);
    }
    disk->put(path, before);
    return findings;
  }
  const std::string segment = "00000000000000000000";
};

TEST_F(ToolTest, SegmentsAreDumpedAsBatchesAndRecords) {
  const auto all = rows(segment + ".log");
  ASSERT_GE(all.size(), 7);
  EXPECT_EQ(all[0].kind, "batch");
  EXPECT_EQ(field(all[0], "base_offset"), number(0));
  EXPECT_EQ(field(all[0], "count"), number(2));
  EXPECT_EQ(field(all[0], "transactional"), DumpValue(true));
  EXPECT_EQ(field(all[0], "crc_valid"), DumpValue(true));
  EXPECT_EQ(all[2].kind, "record");
  EXPECT_EQ(field(all[2], "offset"), number(1));
  EXPECT_EQ(field(all[2], "value"), bytes("b"));
  EXPECT_EQ(field(all[2], "key"), DumpValue());
  EXPECT_EQ(field(all[3], "codec"), DumpValue(std::string("lz4")));
  EXPECT_EQ(field(all[4], "value"), bytes("c"));
  EXPECT_EQ(field(all[6], "marker"), DumpValue(std::string("abort")));
  EXPECT_EQ(rows(segment + ".log", DumpRecords::no).size() * 2 + 1, all.size());
}

TEST_F(ToolTest, EveryOtherFileIsDumpedToo) {
  EXPECT_EQ(rows(segment + ".index")[0].kind, "index_entry");
  EXPECT_EQ(field(rows(segment + ".timeindex")[0], "timestamp"), number(3'000));
  const auto aborted = rows(segment + ".txnindex");
  ASSERT_EQ(aborted.size(), 1);
  EXPECT_EQ(field(aborted[0], "last_offset"), number(3));
  EXPECT_EQ(field(rows(file_name(log->log_end(), FileKind::snapshot))[0], "producer_id"),
            number(7));
  EXPECT_EQ(rows("leader-epoch-checkpoint").size(), 3);
  const auto visit = [](const DumpRow&) {};
  EXPECT_EQ(dump_file(*disk, "data/t-0", "notes.txt", DumpRecords::no, visit).value(), false);
  EXPECT_FALSE(
      dump_file(*disk, "data/t-0", file_name(Offset{99}, FileKind::log), DumpRecords::no, visit));
}

TEST_F(ToolTest, DamageIsARowAfterTheRowsBefore) {
  base::Bytes content = disk->content(path(0, FileKind::log));
  content.resize(content.size() - 1);
  disk->put(path(0, FileKind::log), content);
  const auto all = rows(segment + ".log");
  EXPECT_EQ(all.back().kind, "problem");
  EXPECT_GT(all.size(), 7);
  disk->put(path(0, FileKind::offset_index), base::as_bytes("xyz"));
  EXPECT_EQ(rows(segment + ".index").back().kind, "problem");
  disk->put("data/t-0/leader-epoch-checkpoint", base::as_bytes("xyz"));
  EXPECT_EQ(rows("leader-epoch-checkpoint").back().kind, "problem");
}

TEST_F(ToolTest, ASoundFolderHasNoFindings) {
  const auto verified = verify_folder(*disk, std::string(test_folder)).value();
  EXPECT_TRUE(verified.sound());
  EXPECT_TRUE(verified.findings.empty());
  EXPECT_EQ(verified.records, 16);
  EXPECT_EQ(verified.batches, 15);
  EXPECT_EQ(verified.segments, log->segment_count());
}

TEST_F(ToolTest, EveryChangedByteOfAnyFileIsFound) {
  // Offsets in the header are outside of the checksum, hence checked against each other.
  const auto entries = disk->list(std::string(test_folder)).value();
  for (const FolderEntry& entry : entries) {
    for (std::size_t i = 0; i < entry.size; ++i) {
      const auto findings = findings_after(entry.name, [&](base::Bytes& content) {
        content[i] = content[i] == std::byte{'9'} ? std::byte{'8'} : content[i] ^ std::byte{1};
      });
      // The timestamp of a producer may be that of any of its batches.
      const bool is_free = entry.name.ends_with(".snapshot");
      EXPECT_TRUE(!findings.empty() || is_free) << entry.name << " byte " << i;
    }
  }
}

TEST_F(ToolTest, EachKindOfDisagreementIsNamed) {
  const auto has = [](const std::vector<std::string>& findings, std::string_view part) {
    return std::ranges::any_of(
        findings, [&](const std::string& e) { return e.find(part) != std::string::npos; });
  };
  const auto drop_tail = [](std::size_t bytes) {
    return [bytes](base::Bytes& content) { content.resize(content.size() - bytes); };
  };
  EXPECT_TRUE(has(findings_after(segment + ".timeindex", drop_tail(12)), "the largest is"));
  EXPECT_TRUE(has(findings_after(segment + ".txnindex", drop_tail(34)), "0 aborted transactions"));
  EXPECT_TRUE(has(findings_after(segment + ".log", drop_tail(1)), "only"));
  EXPECT_TRUE(has(findings_after("leader-epoch-checkpoint",
                                 [](base::Bytes& content) {
                                   content = base::to_bytes(base::as_bytes("0\n2\n0 0\n2 12\n"));
                                 }),
                  "epoch 1"));
}

}  // namespace
}  // namespace gregor::log
