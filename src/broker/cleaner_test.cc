// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Retention and compaction at a whole node: what clients still find, and when the files go.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "broker/testing/requests.h"
#include "log/data_files.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Configs = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t earliest_timestamp = -2;
constexpr std::int64_t latest_timestamp = -1;
constexpr std::int64_t minute = 60'000;

base::Bytes keyed_batch(const std::string& key, const std::optional<std::string>& value) {
  record::BatchBuilder builder({});
  builder.add({.timestamp = TestWorld().now.wall,
               .key = base::as_bytes(key),
               .value = value ? std::optional(base::as_bytes(*value)) : std::nullopt});
  return builder.finish();
}

// Each record of the topic is a second younger than the one before, and begins a segment.
Configs one_record_a_segment(Configs more) {
  more.emplace_back("message.timestamp.type", "LogAppendTime");
  more.emplace_back("segment.ms", "500");
  return more;
}

class Upkeep : public testing::TestWithParam<std::uint32_t> {
 protected:
  void put(const std::string& topic, const std::string& key,
           const std::optional<std::string>& value) {
    const base::Bytes batch = keyed_batch(key, value);
    ASSERT_EQ(produce(node_, topic, 0, batch).error_code, ErrorCode::none);
    node_.advance(1'000);
  }
  std::size_t files_of(const std::string& folder, const std::string& suffix) {
    const auto entries = node_.disk().list("/data/" + folder).value();
    return static_cast<std::size_t>(std::ranges::count_if(
        entries, [&](const log::FolderEntry& entry) { return entry.name.ends_with(suffix); }));
  }
  std::int64_t start_of(TestNode& node, const std::string& topic) {
    return list_offset(node, topic, 0, earliest_timestamp).offset;
  }
  TestNode node_{{.shards = GetParam(), .settings = {{"log.cleaner.backoff.ms", "1000"}}}};
};
INSTANTIATE_TEST_SUITE_P(Shards, Upkeep, testing::Values(1U, 3U));

// Values by key, as a reader from the start finds them; "-" for a tombstone.
std::map<std::string, std::string> contents(TestNode& node, const std::string& topic) {
  std::map<std::string, std::string> found;
  std::int64_t at = list_offset(node, topic, 0, earliest_timestamp).offset;
  const std::int64_t end = list_offset(node, topic, 0, latest_timestamp).offset;
  while (at < end) {
    const auto data = fetch(node, topic, 0, at);
    EXPECT_EQ(data.error_code, ErrorCode::none);
    base::BytesView rest = data.records->bytes();
    const std::int64_t before = at;
    record::Decompressor decompressor;
    while (const auto batch = record::BatchView::parse(rest)) {
      EXPECT_TRUE(record::for_each_record(*batch, decompressor, [&](const record::RecordView& one) {
        found[std::string(base::as_text(*one.key))] +=
            one.value ? std::string(base::as_text(*one.value)) : "-";
      }));
      at = batch->next_offset().value();
      rest = rest.subspan(batch->size_bytes());
    }
    if (at == before) break;
  }
  EXPECT_EQ(at, end);
  return found;
}

TEST_P(Upkeep, OldSegmentsAreOutOfRangeAtTheNextCheckAndTheirFilesGoAfterwards) {
  create_topic(node_, "t", 1, one_record_a_segment({{"retention.ms", "600000"}}));
  for (int i = 0; i < 4; ++i) put("t", "k", std::to_string(i));
  EXPECT_EQ(start_of(node_, "t"), 0);
  node_.advance(9 * minute);
  EXPECT_EQ(start_of(node_, "t"), 0);
  put("t", "k", "young");
  node_.advance(6 * minute);  // log.retention.check.interval.ms is five
  EXPECT_EQ(start_of(node_, "t"), 4);
  EXPECT_EQ(fetch(node_, "t", 0, 3).error_code, ErrorCode::offset_out_of_range);
  node_.advance(4 * minute);  // two checkpoints and file.delete.delay.ms
  EXPECT_EQ(files_of("t-0", ".deleted"), 0);
  EXPECT_LE(files_of("t-0", ".log"), 2);
  node_.advance(20 * minute);
  EXPECT_EQ(start_of(node_, "t"), 5) << "the active segment is closed for it";
  ASSERT_TRUE(node_.stop());
  TestNode next({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_EQ(start_of(next, "t"), 5);
  EXPECT_EQ(produce(next, "t", 0, {"after"}), 5);
}

TEST_P(Upkeep, TooManyBytesGo) {
  create_topic(node_, "t", 1, one_record_a_segment({{"retention.bytes", "200"}}));
  for (int i = 0; i < 10; ++i) put("t", "k", std::to_string(i));
  node_.advance(6 * minute);
  EXPECT_GT(start_of(node_, "t"), 5);
  EXPECT_LT(start_of(node_, "t"), 9);
}

TEST_P(Upkeep, CompactedTopicsKeepTheLastValueOfEachKeyAndTheFilesShrink) {
  create_topic(
      node_, "c", 1,
      one_record_a_segment({{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.01"}}));
  for (int i = 0; i < 30; ++i) put("c", "key " + std::to_string(i % 3), std::to_string(i) + ";");
  put("c", "key 0", std::nullopt);
  put("c", "last", "active;");
  node_.advance(2 * minute);
  const std::map<std::string, std::string> expected = {
      {"key 0", "-"}, {"key 1", "28;"}, {"key 2", "29;"}, {"last", "active;"}};
  EXPECT_EQ(contents(node_, "c"), expected);
  EXPECT_EQ(start_of(node_, "c"), 0);
  EXPECT_EQ(list_offset(node_, "c", 0, latest_timestamp).offset, 32);
  EXPECT_LE(files_of("c-0", ".log"), 3);
  EXPECT_EQ(files_of("c-0", ".cleaned") + files_of("c-0", ".swap"), 0);
  node_.advance(2 * minute);
  EXPECT_EQ(files_of("c-0", ".deleted"), 0);
  const auto bytes = node_.disk().content("/data/" + std::string(log::cleaned_name));
  const auto checkpoint = log::decode_partition_offsets(bytes);
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->at({"c", model::PartitionIndex(0)}), model::Offset(31));
  ASSERT_TRUE(node_.stop());
  TestNode next({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_EQ(contents(next, "c"), expected);
}

TEST_P(Upkeep, APowerCutWhileCompactingLosesNothing) {
  create_topic(node_, "c", 1, one_record_a_segment({{"cleanup.policy", "compact"}}));
  for (int i = 0; i < 12; ++i) put("c", "key " + std::to_string(i % 3), std::to_string(i) + ";");
  put("c", "last", "active;");
  node_.advance(31'000);  // log.initial.task.delay.ms: it is under way, or done
  base::Prng prng(GetParam());
  TestWorld world = std::move(node_).take_world();
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode next({.shards = GetParam()}, std::move(world));
  auto found = contents(next, "c");
  found.erase("last");  // the active segment was not synced
  for (int i = 9; i < 12; ++i)
    EXPECT_TRUE(found["key " + std::to_string(i % 3)].ends_with(std::to_string(i) + ";")) << i;
}

TEST_P(Upkeep, DeletingATopicWhileItIsCompactedHarmsNobody) {
  create_topic(
      node_, "c", 1,
      one_record_a_segment({{"cleanup.policy", "compact"}, {"min.compaction.lag.ms", "20000"}}));
  for (int i = 0; i < 12; ++i) put("c", "key", std::to_string(i));
  node_.hold_syncs();
  node_.advance(31'000);
  EXPECT_GE(node_.held_syncs(), 1U) << "the new segment is being synced";
  DeleteTopicsRequest request;
  request.timeout_ms = 1'000;
  request.topic_names = {"c"};
  const ConnectionId connection = node_.connect();
  node_.send(connection, request, 5);
  node_.release_syncs();
  node_.finish_syncs();
  node_.advance(minute);
  create_topic(node_, "d", 1, one_record_a_segment({{"cleanup.policy", "compact"}}));
  for (int i = 0; i < 12; ++i) put("d", "key", std::to_string(i) + ";");
  node_.advance(2 * minute);
  EXPECT_EQ(contents(node_, "d").at("key"), "10;11;") << "compaction goes on with others";
}

TEST_P(Upkeep, CommittedOffsetsSurviveTheCompactionOfTheirTopic) {
  const TestNodeOptions options = {.shards = GetParam(),
                                   .settings = {{"log.roll.ms", "500"},
                                                {"offsets.topic.num.partitions", "1"},
                                                {"log.cleaner.backoff.ms", "1000"}}};
  TestNode node(options);
  create_topic(node, "t");
  FindCoordinatorRequest find;
  find.coordinator_keys = {"g0"};
  (void)node.call<FindCoordinatorResponse>(find, 4);  // makes the topic
  for (int i = 0; i < 50; ++i) {
    OffsetCommitRequest request;
    request.group_id = "g" + std::to_string(i % 2);
    request.generation_id_or_member_epoch = -1;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().committed_offset = i;
    ASSERT_EQ(node.call<OffsetCommitResponse>(request, 8).topics.at(0).partitions.at(0).error_code,
              ErrorCode::none);
    node.advance(1'000);
  }
  const auto size = [&](TestNode& of) {
    std::size_t bytes = 0;
    const auto entries = of.disk().list("/data/__consumer_offsets-0").value();
    for (const log::FolderEntry& entry : entries)
      if (entry.name.ends_with(".log")) bytes += entry.size;
    return bytes;
  };
  const auto committed = [&](TestNode& of, const std::string& group) {
    OffsetFetchRequest request;
    auto& asked = request.groups.emplace_back();
    asked.group_id = group;
    asked.topics = std::nullopt;
    const auto response = of.call<OffsetFetchResponse>(request, 8);
    return response.groups.at(0).topics.at(0).partitions.at(0).committed_offset;
  };
  node.advance(2 * minute);
  EXPECT_LT(size(node), 1'500) << "fifty commits take more";
  ASSERT_TRUE(node.stop());
  TestNode next(options, std::move(node).take_world());
  EXPECT_EQ(committed(next, "g0"), 48);
  EXPECT_EQ(committed(next, "g1"), 49);
}

}  // namespace
}  // namespace gregor::broker
