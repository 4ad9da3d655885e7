// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What commands read from their command lines and files: places, settings, times, plans.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/client_options.h"
#include "cli/config_list.h"
#include "cli/date_time.h"
#include "cli/escapes.h"
#include "cli/offset_reset.h"
#include "cli/offsets_file.h"
#include "cli/partitions_file.h"
#include "cli/topic_filter.h"

namespace gregor::cli {
namespace {

using model::Offset;
using model::PartitionIndex;
using model::TopicPartition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Bootstrap, TakesSeveralBrokersAndTheUsualPort) {
  const auto several = parse_bootstrap("a:1, b,[::1]:65535,[fe80::2]");
  ASSERT_TRUE(several);
  EXPECT_THAT(*several, ElementsAre(Address{"a", "1"}, Address{"b", "9092"},
                                    Address{"::1", "65535"}, Address{"fe80::2", "9092"}));
  for (const char* wrong :
       {"", ",", "a:", ":1", "a:b", "a:65536", "a:1x", "[::1", "[::1]x", "a:-1"})
    EXPECT_FALSE(parse_bootstrap(wrong)) << wrong;
}

TEST(ConfigList, KeepsCommasInBracketsTogether) {
  const auto pairs = parse_config_list(" a=1, b.c=[x,y],d=,e=f=g");
  ASSERT_TRUE(pairs);
  EXPECT_THAT(*pairs,
              ElementsAre(Pair("a", "1"), Pair("b.c", "x,y"), Pair("d", ""), Pair("e", "f=g")));
  for (const char* wrong : {"a", "=1", "a,b=1", "a=[1", "a=[1]2", ","})
    EXPECT_FALSE(parse_config_list(wrong)) << wrong;
  EXPECT_THAT(parse_name_list(" a, b,,c "), ElementsAre("a", "b", "c"));
}

TEST(TopicFilter, MatchesTheWholeNameAndTakesCommasForAlternatives) {
  const auto filter = TopicFilter::parse("orders.*, audit");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->matches("orders-eu"));
  EXPECT_TRUE(filter->matches("audit"));
  EXPECT_FALSE(filter->matches("audits"));
  EXPECT_FALSE(filter->matches("my-orders"));
  EXPECT_FALSE(TopicFilter::parse("("));
}

TEST(TopicChoice, NamesATopicAndMaybeSomeOfItsPartitions) {
  EXPECT_EQ(*parse_topic_choice("t"), (TopicChoice{"t", {}}));
  EXPECT_EQ(*parse_topic_choice("t:0,12"),
            (TopicChoice{"t", {PartitionIndex{0}, PartitionIndex{12}}}));
  for (const char* wrong : {"", ":1", "t:", "t:x", "t:-1", "t:1,", "t:2147483648"})
    EXPECT_FALSE(parse_topic_choice(wrong)) << wrong;
}

TEST(Duration, IsIso8601) {
  using std::chrono::milliseconds;
  const struct {
    const char* text;
    std::int64_t ms;
  } cases[] = {{"P1D", 86'400'000}, {"PT1H", 3'600'000}, {"PT1M30S", 90'000},
               {"PT0.5S", 500},     {"PT1.25S", 1250},   {"P1DT1H1M1.001S", 90'061'001},
               {"PT0S", 0}};
  for (const auto& [text, ms] : cases) EXPECT_EQ(parse_duration(text), milliseconds(ms)) << text;
  for (const char* wrong : {"", "P", "PT", "1D", "P1H", "PT1D", "P1", "PT1.5M", "P-1D", "PT1S "})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(DateTime, IsUtcUnlessItNamesAZone) {
  const struct {
    const char* text;
    std::int64_t ms;
  } cases[] = {{"1970-01-01T00:00:00.000", 0},
               {"1970-01-01T00:00", 0},
               {"2024-02-29T12:30:15.5", 1'709'209'815'500},
               {"2024-02-29T12:30:15.500Z", 1'709'209'815'500},
               {"2024-02-29T13:30:15.500+01:00", 1'709'209'815'500},
               {"2024-02-29T07:00:15.500-0530", 1'709'209'815'500}};
  for (const auto& [text, ms] : cases)
    EXPECT_EQ(parse_date_time(text), model::Timestamp{ms}) << text;
  for (const char* wrong :
       {"", "2023-02-29T00:00:00", "2024-13-01T00:00:00", "2024-01-01", "2024-01-01T24:00:00",
        "2024-01-01T00:60:00", "2024-01-01T00:00:00.", "2024-01-01T00:00:00+1", "24-01-01T00:00"})
    EXPECT_FALSE(parse_date_time(wrong)) << wrong;
}

TEST(Escapes, AreThoseOfPrintfAndUnknownOnesStay) {
  EXPECT_EQ(unescape("a\\tb\\n\\x41\\\\"), "a\tb\nA\\");
  EXPECT_EQ(unescape("\\q\\x4"), "\\q\\x4");
  std::size_t at = 0;
  EXPECT_FALSE(unescape_one("\\q", at));
  EXPECT_EQ(at, 0U);
}

TEST(OffsetsFile, IsKafkasJson) {
  const auto offsets = parse_offsets_file(
      R"({"partitions": [{"topic": "a", "partition": 1, "offset": 7},
                         {"topic": "b", "partition": 0, "offset": -1}], "version": 1})");
  ASSERT_TRUE(offsets);
  EXPECT_THAT(*offsets, ElementsAre(Pair(TopicPartition{"a", PartitionIndex{1}}, Offset{7}),
                                    Pair(TopicPartition{"b", PartitionIndex{0}}, Offset{-1})));
  const std::pair<const char*, const char*> wrong[] = {
      {"", "no JSON"},
      {"[]", "no JSON object"},
      {"{}", "partitions"},
      {R"({"version": 2, "partitions": []})", "version 2"},
      {R"({"partitions": [{"topic": "a", "partition": 1}]})", "lacks"},
      {R"({"partitions": [{"topic": "a", "partition": -1, "offset": 0}]})", "out of range"},
      {R"({"partitions": [{"topic": "a", "partition": 0, "offset": -2}]})", "out of range"},
      {R"({"partitions": [{"topic": "a", "partition": 0, "offset": 1},
                          {"topic": "a", "partition": 0, "offset": 2}]})",
       "twice"}};
  for (const auto& [text, complaint] : wrong) {
    const auto parsed = parse_offsets_file(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().detail, HasSubstr(complaint));
  }
}

TEST(ReplicaPlan, IsKafkasJson) {
  const auto plan = parse_replica_plan(
      R"({"version": 1, "partitions": [
          {"topic": "b", "partition": 0, "replicas": [3, 1], "log_dirs": ["any", "any"]},
          {"topic": "a", "partition": 1, "replicas": [2]}]})");
  ASSERT_TRUE(plan) << plan.error().detail;
  using model::BrokerId;
  EXPECT_THAT(*plan,
              ElementsAre(Pair(TopicPartition{"a", PartitionIndex{1}}, ElementsAre(BrokerId{2})),
                          Pair(TopicPartition{"b", PartitionIndex{0}},
                               ElementsAre(BrokerId{3}, BrokerId{1}))));
  const std::pair<const char*, const char*> wrong[] = {
      {R"([])", "the file of replicas: no JSON object"},
      {R"({"partitions": [{"topic": "a", "partition": 1}]})", "lacks replicas"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": []}]})", "lacks replicas"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": [-1]}]})", "broker's id"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": ["1"]}]})", "broker's id"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": [1, 2, 1]}]})", "twice"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": [1], "log_dirs": []}]})",
       "log_dirs"},
      {R"({"partitions": [{"topic": "a", "partition": 1, "replicas": [1], "log_dirs": ["/x"]}]})",
       "any"},
  };
  for (const auto& [text, complaint] : wrong) {
    const auto parsed = parse_replica_plan(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().detail, HasSubstr(complaint));
  }
}

TEST(Partitions, OfAFileAreKafkasJson) {
  const auto partitions = parse_partitions(
      R"({"partitions": [{"topic": "b", "partition": 0}, {"topic": "a", "partition": 1}]})");
  ASSERT_TRUE(partitions) << partitions.error().detail;
  EXPECT_THAT(*partitions, ElementsAre(TopicPartition{"b", PartitionIndex{0}},
                                       TopicPartition{"a", PartitionIndex{1}}));
  EXPECT_FALSE(parse_partitions(R"({"partitions": [{"topic": "a"}]})"));
}

const TopicPartition some_partition{"t", PartitionIndex{3}};

PartitionFacts facts(std::int64_t earliest, std::int64_t latest, std::int64_t committed,
                     std::int64_t at_time = -1) {
  return {Offset{earliest}, Offset{latest}, Offset{committed}, Offset{at_time}};
}

TEST(OffsetReset, GoesWhereItIsToldWithinWhatIsThere) {
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  const struct {
    const char* what;
    ResetGoal goal;
    PartitionFacts facts;
    std::int64_t offset;
    bool noted;
  } cases[] = {
      {"earliest", ToEarliest{}, facts(5, 20, 9), 5, false},
      {"latest", ToLatest{}, facts(5, 20, 9), 20, false},
      {"current", ToCurrent{}, facts(5, 20, 9), 9, false},
      {"current, never committed", ToCurrent{}, facts(5, 20, -1), 20, true},
      {"an offset", ToOffset{Offset{12}}, facts(5, 20, 9), 12, false},
      {"an offset before the first", ToOffset{Offset{1}}, facts(5, 20, 9), 5, true},
      {"an offset behind the last", ToOffset{Offset{21}}, facts(5, 20, 9), 20, true},
      {"the end itself", ToOffset{Offset{20}}, facts(5, 20, 9), 20, false},
      {"on", ShiftBy{3}, facts(5, 20, 9), 12, false},
      {"back", ShiftBy{-3}, facts(5, 20, 9), 6, false},
      {"back too far", ShiftBy{-30}, facts(5, 20, 9), 5, true},
      {"on beyond all numbers", ShiftBy{far}, facts(5, 20, 9), 20, true},
      {"back beyond all numbers", ShiftBy{-far - 1}, facts(5, 20, 9), 5, true},
      {"a time", ToTime{model::Timestamp{1}}, facts(5, 20, 9, 14), 14, false},
      {"a time to come", ToTime{model::Timestamp{1}}, facts(5, 20, 9), 20, true},
      {"a file", FromFile{{{some_partition, Offset{8}}}}, facts(5, 20, 9), 8, false},
  };
  for (const auto& one : cases) {
    const auto decision = decide_reset(one.goal, some_partition, one.facts);
    ASSERT_TRUE(decision) << one.what;
    EXPECT_EQ(decision->offset, Offset{one.offset}) << one.what;
    EXPECT_EQ(!decision->note.empty(), one.noted) << one.what << ": " << decision->note;
  }
  EXPECT_FALSE(decide_reset(ShiftBy{1}, some_partition, facts(5, 20, -1)));
  EXPECT_FALSE(decide_reset(FromFile{}, some_partition, facts(5, 20, 9)));
}

TEST(OffsetReset, ReadsThePlanThatItWrote) {
  const OffsetsByPartition plan = {{{"a,b", PartitionIndex{0}}, Offset{7}},
                                   {some_partition, Offset{0}}};
  EXPECT_EQ(to_csv(plan), "\"a,b\",0,7\n\"t\",3,0\n");
  EXPECT_EQ(parse_csv(to_csv(plan)), plan);
  EXPECT_EQ(parse_csv("t,3,0\r\n\n"), (OffsetsByPartition{{some_partition, Offset{0}}}));
  for (const char* wrong : {"t", "t,1", ",1,2", "t,x,2", "t,1,x", "t,-1,2", "t,1,-2", ",", ",,"})
    EXPECT_FALSE(parse_csv(wrong)) << wrong;
}

}  // namespace
}  // namespace gregor::cli
