// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/settings.h"

namespace gregor::model {
namespace {

constexpr std::string_view not_long = "Not a number of type LONG";

// What is wrong with a value of a topic's setting; empty if nothing is.
std::string complaint(std::string_view name, std::string_view text) {
  const auto value = parse_value(*find_topic_setting(name), text);
  if (value) return {};
  EXPECT_EQ(value.error().code, ErrorCode::invalid_config);
  const std::string prefix =
      "Invalid value " + std::string(text) + " for configuration " + std::string(name) + ": ";
  const std::string& detail = value.error().detail;
  return detail.starts_with(prefix) ? detail.substr(prefix.size()) : detail;
}

// How a value is shown again.
std::string shown(std::string_view name, std::string_view text) {
  const auto value = parse_value(*find_topic_setting(name), text);
  return value ? to_text(*value) : value.error().detail;
}

TEST(SettingValue, IsRefusedInTheWordsOfKafka) {
  const struct {
    std::string_view name, text, complaint;
  } cases[] = {
      {"retention.ms", "abc", not_long},
      {"retention.ms", "", not_long},
      {"retention.ms", "1e3", not_long},
      {"retention.ms", "0x10", not_long},
      {"retention.ms", "+-5", not_long},
      {"retention.ms", "5 5", not_long},
      {"retention.ms", "9223372036854775808", not_long},
      {"retention.ms", "-2", "Value must be at least -1"},
      {"segment.bytes", "100", "Value must be at least 1048576"},
      {"segment.bytes", "2147483648", "Not a number of type INT"},
      {"compression.zstd.level", "23", "Value must be no more than 22"},
      {"compression.lz4.level", "0", "Value must be at least 1"},
      {"compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"},
      {"compression.gzip.level", "10", "Value must be between 1 and 9 or equal to -1"},
      {"min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"},
      {"min.cleanable.dirty.ratio", "abc", "Not a number of type DOUBLE"},
      {"min.cleanable.dirty.ratio", "NaN", "Not a number of type DOUBLE"},
      {"min.cleanable.dirty.ratio", "Infinity", "Not a number of type DOUBLE"},
      {"preallocate", "yes", "Expected value to be either true or false"},
      {"preallocate", "1", "Expected value to be either true or false"},
      {"message.timestamp.type", "createtime", "String must be one of: CreateTime, LogAppendTime"},
      {"compression.type", "GZIP",
       "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer"},
      {"cleanup.policy", "foo", "String must be one of: compact, delete"},
      {"cleanup.policy", "delete,foo",
       "Invalid value foo for configuration cleanup.policy: String must be one of: compact, "
       "delete"},
  };
  for (const auto& c : cases) EXPECT_EQ(complaint(c.name, c.text), c.complaint) << c.text;
}

TEST(SettingValue, IsTakenAsJavaTakesIt) {
  const struct {
    std::string_view name, text, shown;
  } cases[] = {
      {"retention.ms", " 100 ", "100"},
      {"retention.ms", "+5", "5"},
      {"retention.ms", "007", "7"},
      {"preallocate", " TRUE ", "true"},
      {"compression.type", " gzip", "gzip"},
      {"cleanup.policy", "", ""},
      {"cleanup.policy", " compact , delete ", "compact,delete"},
      {"cleanup.policy", "delete,delete", "delete,delete"},
      {"min.cleanable.dirty.ratio", "1", "1.0"},
      {"min.cleanable.dirty.ratio", "1e-1", "0.1"},
      {"min.cleanable.dirty.ratio", ".5", "0.5"},
      {"min.cleanable.dirty.ratio", "0.25f", "0.25"},
      {"min.cleanable.dirty.ratio", "0.0001", "1.0E-4"},
      {"leader.replication.throttled.replicas", "0:1, 1:2", "0:1,1:2"},
      {"leader.replication.throttled.replicas", "*", "*"},
      {"leader.replication.throttled.replicas", "", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(c.name, c.text), c.shown) << c.text;
}

TEST(SettingValue, ThrottledReplicasArePairsOfNumbersOrAStar) {
  for (const std::string_view text : {"foo", "0:a", "0:1,*", ":1", "1:", "1:2:3", "0:1,,1:2"})
    EXPECT_TRUE(complaint("leader.replication.throttled.replicas", text)
                    .ends_with("[partitionId]:[brokerId],[partitionId]:[brokerId],..."))
        << text;
}

TEST(SettingValue, SomeWordsAreTakenInAnyCase) {
  const SettingDefinition& row = *find_broker_setting("group.consumer.migration.policy");
  EXPECT_TRUE(parse_value(row, "Upgrade").has_value());
  EXPECT_EQ(parse_value(row, "up").error().detail,
            "Invalid value up for configuration group.consumer.migration.policy: String must be "
            "one of (case insensitive): DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL");
}

TEST(SettingValue, ShortsHaveTheirOwnRange) {
  const SettingDefinition& row = *find_broker_setting("offsets.topic.replication.factor");
  EXPECT_TRUE(parse_value(row, "32767").has_value());
  EXPECT_TRUE(parse_value(row, "40000").error().detail.ends_with("Not a number of type SHORT"));
}

TEST(SettingValue, DoublesAreShownAsJavaShowsThem) {
  const struct {
    double value;
    std::string_view text;
  } cases[] = {{0, "0.0"},
               {1, "1.0"},
               {-0.5, "-0.5"},
               {0.001, "0.001"},
               {0.00025, "2.5E-4"},
               {9999999, "9999999.0"},
               {1e7, "1.0E7"},
               {12345678.5, "1.23456785E7"},
               {std::numeric_limits<double>::max(), "1.7976931348623157E308"}};
  for (const auto& c : cases) EXPECT_EQ(to_text(c.value), c.text);
}

RC_GTEST_PROP(SettingValue, AnIntegerIsShownAsItIsRead, (std::int64_t number)) {
  const SettingDefinition& row = *find_broker_setting("log.retention.bytes");
  const auto value = parse_value(row, std::to_string(number));
  RC_ASSERT(value.has_value());
  RC_ASSERT(std::get<std::int64_t>(*value) == number);
  RC_ASSERT(to_text(*value) == std::to_string(number));
}

RC_GTEST_PROP(SettingValue, ADoubleIsReadAsItIsShown, (double number)) {
  RC_PRE(std::isfinite(number));
  const SettingDefinition& row = *find_broker_setting("log.cleaner.io.max.bytes.per.second");
  const auto value = parse_value(row, to_text(number));
  RC_ASSERT(value.has_value());
  RC_ASSERT(std::get<double>(*value) == number);
}

// What was accepted once is accepted again in the form in which it is shown, and stays so.
RC_GTEST_PROP(SettingValue, AnyTextIsRefusedOrKeepsItsMeaning, (const std::string& text)) {
  for (const SettingDefinition& row : broker_settings()) {
    const auto value = parse_value(row, text);
    if (!value) continue;
    const auto again = parse_value(row, to_text(*value));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *value);
  }
}

TEST(SplitList, KeepsEmptyElementsButAnEmptyListHasNone) {
  using List = std::vector<std::string>;
  EXPECT_EQ(split_list(""), List{});
  EXPECT_EQ(split_list("  "), List{});
  EXPECT_EQ(split_list("a"), List{"a"});
  EXPECT_EQ(split_list(" a ,\tb "), (List{"a", "b"}));
  EXPECT_EQ(split_list("a,,b,"), (List{"a", "", "b", ""}));
}

}  // namespace
}  // namespace gregor::model
