// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/topic_settings.h"

#include <gtest/gtest.h>

#include <string>

namespace gregor::model {
namespace {

TopicSettings with(const SettingMap& overrides) {
  return topic_settings_from(TopicSettings{}, overrides);
}

TEST(TopicSettings, WithoutAnythingSetAreTheDefaultsOfTheStruct) {
  EXPECT_EQ(topic_defaults_from({}), TopicSettings{});
  EXPECT_EQ(with({}), TopicSettings{});
}

TEST(TopicSettings, SettingEveryDefaultExplicitlyChangesNothing) {
  SettingMap overrides;
  for (const SettingDefinition& row : topic_settings())
    if (row.default_text) overrides.emplace(row.name, *row.default_text);
  EXPECT_EQ(with(overrides), TopicSettings{});
}

TEST(TopicSettings, AnOverrideCountsMoreThanTheBroker) {
  const TopicSettings defaults = topic_defaults_from(
      {{"log.retention.ms", "7"}, {"log.cleanup.policy", "compact"}, {"min.insync.replicas", "2"}});
  const TopicSettings settings = topic_settings_from(defaults, {{"retention.ms", "9"}});
  EXPECT_EQ(settings.retention_ms, 9);
  EXPECT_EQ(settings.min_insync_replicas, 2);
  EXPECT_TRUE(settings.cleanup_policy_compact);
  EXPECT_FALSE(settings.cleanup_policy_delete);
}

TEST(TopicSettings, WordsBecomeFlagsAndEnumerators) {
  EXPECT_TRUE(with({{"cleanup.policy", "delete,compact"}}).cleanup_policy_compact);
  EXPECT_TRUE(with({{"cleanup.policy", "delete,compact"}}).cleanup_policy_delete);
  EXPECT_FALSE(with({{"cleanup.policy", ""}}).cleanup_policy_delete);
  EXPECT_EQ(with({{"message.timestamp.type", "LogAppendTime"}}).message_timestamp_type,
            TimestampType::log_append_time);
  const struct {
    std::string name;
    TopicCompression compression;
  } cases[] = {{"producer", TopicCompression::producer},
               {"gzip", TopicCompression::gzip},
               {"uncompressed", TopicCompression::uncompressed},
               {"snappy", TopicCompression::snappy},
               {"lz4", TopicCompression::lz4},
               {"zstd", TopicCompression::zstd}};
  for (const auto& c : cases)
    EXPECT_EQ(with({{"compression.type", c.name}}).compression_type, c.compression);
}

TEST(TopicSettings, NoLimitIsAlwaysMinusOne) {
  EXPECT_EQ(with({{"retention.bytes", "-7"}}).retention_bytes, -1);
  EXPECT_EQ(topic_defaults_from({{"log.retention.bytes", "-7"}}).retention_bytes, -1);
  EXPECT_EQ(topic_defaults_from({{"log.retention.ms", "-7"}}).retention_ms, -1);
}

TEST(TopicSettings, SmallSegmentsAreForTests) {
  EXPECT_EQ(with({{"internal.segment.bytes", "100"}, {"segment.bytes", "2000000"}}).segment_bytes,
            100);
}

TEST(TopicSettings, WhatIsUnknownOrNotValidCountsAsAbsent) {
  EXPECT_EQ(with({{"from.the.future", "1"}, {"segment.bytes", "5"}, {"retention.ms", "x"}}),
            TopicSettings{});
}

}  // namespace
}  // namespace gregor::model
