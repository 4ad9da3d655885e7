// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Folders that Kafka 4.1 wrote and left cleanly: they open as they are, and what Gregor makes anew
// from the batches alone (indexes, snapshots, epochs) are Kafka's files byte for byte.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "log/checkpoint_text.h"
#include "log/data_files.h"
#include "log/producer_snapshot.h"
#include "log/test_log.h"

namespace gregor::log {
namespace {

const std::filesystem::path golden = GREGOR_GOLDEN_LOGS;

base::Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return base::to_bytes(base::as_bytes(text));
}

std::map<std::string, base::Bytes> files_of(const std::filesystem::path& folder) {
  std::map<std::string, base::Bytes> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename()] = read_file(entry.path());
  }
  return files;
}

// What the files of a golden topic depend on besides its batches. Where the interval of the index
// was not the default, the files themselves show it.
struct Topic {
  std::int32_t index_interval_bytes = 4'096;
  std::int32_t segment_bytes = 1 << 30;
  bool compacted = false;
  std::int64_t log_start = 0;
  // Files that cannot be made anew exactly as they are, and why.
  std::map<std::string, std::string> exceptions = {};
};

const std::string epochs = std::string(leader_epoch_checkpoint_name);
const std::string compacted_away =
    "the epoch's first records are gone, and with them where it began";
const std::string restarted =
    "after a restart Kafka counts the bytes since the last index entry from 0";
const std::string stray = "left by an earlier stop; removed when the log is opened, as Kafka does";

std::map<std::string, Topic> topics() {
  std::map<std::string, Topic> all;
  for (const char* name : {"g-gzip-0", "g-snappy-0", "g-zstd-0"}) {
    all[name].index_interval_bytes = 1'024;
  }
  all["g-roll-0"] = {.index_interval_bytes = 300, .segment_bytes = 1'000};
  all["g-txn-0"] = {.index_interval_bytes = 100};
  all["g-delrec-0"] = {.log_start = 50};
  all["g-compact-0"] = {.compacted = true, .exceptions = {{epochs, compacted_away}}};
  all["g-tomb-0"] = {
      .compacted = true,
      .exceptions = {{epochs, compacted_away},
                     {"00000000000000000000.txnindex", "the aborted records are gone"}}};
  all["__share_group_state-0"] = {.log_start = 12};
  all["__consumer_offsets-2"] = {.exceptions = {{"00000000000000000000.index", restarted},
                                                {"00000000000000000000.timeindex", restarted},
                                                {"00000000000000000080.snapshot", stray}}};
  all["__transaction_state-2"] = {.exceptions = {{"00000000000000000000.index", restarted},
                                                 {"00000000000000000000.timeindex", restarted},
                                                 {"00000000000000000068.snapshot", stray}}};
  return all;
}

struct KafkaFolder : testing::TestWithParam<std::string>, LogOnDisk {
  std::map<std::string, base::Bytes> golden_files;
  Offset end{0};
  Topic topic;

  void SetUp() override {
    golden_files = files_of(golden / GetParam());
    topic = topics()[std::filesystem::path(GetParam()).filename()];
    settings.segment_bytes = topic.segment_bytes;
    settings.index_interval_bytes = topic.index_interval_bytes;
    settings.cleanup_policy_compact = topic.compacted;
    options.log_start = Offset{topic.log_start};
    options.producer_id_expiration_ms = model::unlimited;
    ASSERT_TRUE(disk->create_folder(std::string(test_folder)));
    for (const auto& [name, bytes] : golden_files) {
      disk->put(std::string(test_folder) + "/" + name, bytes);
      base::BytesView rest = bytes;
      while (name.ends_with(".log") && !rest.empty()) {
        const auto batch = record::ValidBatch::parse(rest).value();
        end = std::max(end, batch.next_offset());
        rest = rest.subspan(batch.size_bytes());
      }
    }
  }

  void expect_kafkas_files(const std::map<std::string, std::string>& exceptions) {
    for (const auto& [name, bytes] : golden_files) {
      if (exceptions.contains(name)) continue;
      const base::Bytes ours = disk->content(std::string(test_folder) + "/" + name);
      if (name.ends_with(".snapshot")) {
        // The order of two producers in one bucket of Kafka's hash map is that of their arrival.
        EXPECT_EQ(decode_producer_snapshot(ours).value(), decode_producer_snapshot(bytes).value());
        EXPECT_EQ(ours.size(), bytes.size());
        if (GetParam().starts_with("internal")) continue;
      }
      EXPECT_EQ(ours, bytes) << name;
    }
    const auto left = disk->list(std::string(test_folder));
    for (const FolderEntry& entry : *left) EXPECT_TRUE(golden_files.contains(entry.name));
  }
};

TEST_P(KafkaFolder, OpensAsItIsAndIsLeftAsItWas) {
  options.clean_stop = true;
  options.recovery_point = end;
  open();
  EXPECT_EQ(log->log_end(), end);
  EXPECT_EQ(log->recovery_point(), end);
  EXPECT_EQ(report.lines, std::vector<std::string>{});
  // Everything can be read, and is what lies in the files.
  base::Bytes all;
  Offset from = log->log_start();
  while (from < end) {
    const auto slice = log->read({from, end, 1 << 20, true}).value();
    ASSERT_GT(slice.bytes, 0);
    base::Bytes bytes(slice.bytes);
    ASSERT_TRUE(slice.file->read_at(slice.position, bytes));
    from = slice.upper_bound;
    base::append(all, bytes);
  }
  base::Bytes expected;
  for (const auto& [name, bytes] : golden_files) {
    if (name.ends_with(".log")) base::append(expected, bytes);
  }
  // Below the log start lies what DeleteRecords left in the first segment.
  ASSERT_LE(all.size(), expected.size());
  EXPECT_TRUE(std::equal(all.rbegin(), all.rend(), expected.rbegin()));
  EXPECT_EQ(all.size() == expected.size(), topic.log_start == 0);
  ASSERT_TRUE(log->close());
  std::map<std::string, std::string> removed;
  for (const auto& [name, why] : topic.exceptions) {
    if (why == stray) removed[name] = why;
  }
  expect_kafkas_files(removed);
}

TEST_P(KafkaFolder, IsMadeAnewFromItsBatches) {
  for (const auto& [name, bytes] : golden_files) {
    if (!name.ends_with(".log") && name != "partition.metadata") {
      ASSERT_TRUE(disk->remove(std::string(test_folder) + "/" + name));
    }
  }
  open();
  EXPECT_EQ(log->log_end(), end);
  EXPECT_EQ(report.bytes_truncated, 0);
  EXPECT_EQ(report.segments_scanned, log->segment_count());
  ASSERT_TRUE(log->close());
  expect_kafkas_files(topic.exceptions);
  // The exceptions are real ones.
  for (const auto& [name, why] : topic.exceptions) {
    EXPECT_NE(disk->content(std::string(test_folder) + "/" + name), golden_files.at(name)) << why;
  }
}

// The producers' batches appended to a new log give the folder that Kafka made of them.
TEST_P(KafkaFolder, AppendingTheSameBatchesMakesTheSameFolder) {
  if (topic.compacted || topic.log_start > 0 || GetParam().starts_with("internal")) {
    GTEST_SKIP() << "not all of what was appended is left";
  }
  for (const auto& [name, bytes] : golden_files) {
    if (name != "partition.metadata") {
      ASSERT_TRUE(disk->remove(std::string(test_folder) + "/" + name));
    }
  }
  settings.segment_ms = 604'800'000;
  open();
  for (const auto& [name, bytes] : golden_files) {
    base::BytesView rest = bytes;
    while (name.ends_with(".log") && !rest.empty()) {
      const auto batch = record::ValidBatch::parse(rest).value();
      rest = rest.subspan(batch.size_bytes());
      const auto appended = log->append_as_leader(
          batch,
          {.leader_epoch = batch.partition_leader_epoch(),
           .origin = batch.is_control() ? AppendOrigin::coordinator : AppendOrigin::client},
          at_time(batch.max_timestamp().value()));
      ASSERT_TRUE(appended.has_value()) << appended.error().detail;
      ASSERT_EQ(appended->first_offset, batch.base_offset());
    }
  }
  ASSERT_TRUE(log->close());
  expect_kafkas_files(topic.exceptions);
}

TEST(KafkaFiles, OldFormatsAreRefusedAndNotTouched) {
  int folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden / "v1-v0")) {
    for (const bool clean : {true, false}) {
      LogOnDisk old;
      const auto files = files_of(entry.path());
      ASSERT_TRUE(old.disk->create_folder(std::string(test_folder)));
      for (const auto& [name, bytes] : files) {
        old.disk->put(std::string(test_folder) + "/" + name, bytes);
      }
      old.options.clean_stop = clean;
      const std::string problem = old.try_open();
      EXPECT_TRUE(problem.starts_with("UNSUPPORTED_FOR_MESSAGE_FORMAT")) << problem;
      for (const auto& [name, bytes] : files) {
        EXPECT_EQ(old.disk->content(std::string(test_folder) + "/" + name), bytes);
      }
    }
    ++folders;
  }
  EXPECT_EQ(folders, 8);
}

TEST(KafkaFiles, CheckpointsOfADataFolderAreReadAndWrittenAlike) {
  for (const std::string_view name :
       {recovery_points_name, log_starts_name, high_watermarks_name}) {
    const base::Bytes kafkas = read_file(golden / "misc" / name);
    const auto offsets = decode_partition_offsets(kafkas);
    ASSERT_TRUE(offsets.has_value()) << name;
    EXPECT_GE(offsets->size(), 3);
    // The lines are Kafka's, in our order.
    const base::Bytes ours = encode_partition_offsets(*offsets);
    const auto kafkas_lines = checkpoint_lines(kafkas).value();
    const auto our_lines = checkpoint_lines(ours).value();
    EXPECT_EQ(std::set(kafkas_lines.begin(), kafkas_lines.end()),
              std::set(our_lines.begin(), our_lines.end()));
  }
  const auto starts =
      decode_partition_offsets(read_file(golden / "misc" / log_starts_name)).value();
  EXPECT_EQ(starts.at({"g-delrec", model::PartitionIndex{0}}), Offset{50});
}

TEST(KafkaFiles, MetaPropertiesAndTopicIdsAreRead) {
  const auto meta = decode_meta_properties(read_file(golden / "misc" / meta_properties_name));
  ASSERT_TRUE(meta.has_value());
  EXPECT_EQ(meta->node, model::BrokerId{1});
  EXPECT_EQ(meta->cluster_id, "UvfF01nXSGOpNUhF4eA5BA");
  EXPECT_EQ(meta->version, 1);
  EXPECT_EQ(to_string(*meta->directory_id), "pespM4P4PxAMhJwLWL8S-w");
  EXPECT_EQ(decode_meta_properties(encode_meta_properties(*meta)), *meta);
  const base::Bytes kafkas = read_file(golden / "v2/g-none-0" / partition_metadata_name);
  const auto topic = decode_partition_metadata(kafkas);
  ASSERT_TRUE(topic.has_value());
  EXPECT_EQ(to_string(*topic), "McLvyzL_QEyOmpAhRsQ7Jw");
  EXPECT_EQ(encode_partition_metadata(*topic), kafkas);
}

std::vector<std::string> folders_in(const std::string& part) {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(golden / part)) {
    const std::string name = entry.path().filename();
    if (std::filesystem::exists(entry.path() / "leader-epoch-checkpoint")) {
      folders.push_back(part + "/" + name);
    }
  }
  std::ranges::sort(folders);
  return folders;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Topics, KafkaFolder, testing::ValuesIn(folders_in("v2")), test_name);
INSTANTIATE_TEST_SUITE_P(Internal, KafkaFolder, testing::ValuesIn(folders_in("internal")),
                         test_name);

}  // namespace
}  // namespace gregor::log
