// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How `gregor produce` reads records from lines, and how `gregor consume` writes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/record_input.h"
#include "cli/record_output.h"

namespace gregor::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Properties = std::vector<std::pair<std::string, std::string>>;

const ReadRecord full = {.topic = "t",
                         .partition = 3,
                         .offset = 42,
                         .timestamp = 1700,
                         .key = "k",
                         .value = "value",
                         .headers = {{"a", "1"}, {"b", std::nullopt}}};
const ReadRecord bare = {.topic = "t", .key = std::nullopt, .value = std::nullopt, .headers = {}};

std::string written(const model::Result<RecordWriter>& writer, const ReadRecord& record) {
  EXPECT_TRUE(writer) << writer.error().detail;
  std::string text;
  (*writer)(record, text);
  return text;
}

TEST(Format, HasKcatsWords) {
  EXPECT_EQ(written(format_writer("%t/%p@%o %k=%s %K %S %T %h 100%%\\n"), full),
            "t/3@42 k=value 1 5 1700 a=1,b=NULL 100%\n");
  EXPECT_EQ(written(format_writer("%k|%s|%K|%S|%T|%h"), bare), "||-1|-1|-1|");
  EXPECT_EQ(written(format_writer("%R\\x41"), full), std::string("\0\0\0\5A", 5));
  EXPECT_EQ(written(format_writer("%R"), bare), "\xff\xff\xff\xff");
  for (const char* wrong : {"%", "%q", "\\q", "a%"}) EXPECT_FALSE(format_writer(wrong)) << wrong;
}

TEST(Properties, PrintInTheOrderOfKafkasFormatter) {
  EXPECT_EQ(written(property_writer({}), full), "value\n");
  EXPECT_EQ(written(property_writer({{"print.key", "true"},
                                     {"print.headers", "true"},
                                     {"print.offset", "true"},
                                     {"print.partition", "true"},
                                     {"print.timestamp", "true"},
                                     {"key.separator", "|"},
                                     {"null.literal", "-"}}),
                    full),
            "CreateTime:1700|Partition:3|Offset:42|a:1,b:-|k|value\n");
  EXPECT_EQ(written(property_writer({{"print.key", "true"},
                                     {"print.headers", "true"},
                                     {"print.timestamp", "true"},
                                     {"line.separator", "\\r\\n"}}),
                    bare),
            "NO_TIMESTAMP\tNO_HEADERS\tnull\tnull\r\n");
  for (const Properties& wrong :
       {Properties{{"print.keys", "true"}}, {{"print.key", "yes"}}, {{"", ""}}})
    EXPECT_FALSE(property_writer(wrong)) << wrong[0].first;
}

TEST(JsonLines, HaveKcatsKeysAndKeepBytesThatAreNoText) {
  ReadRecord record = full;
  record.value = "\xff\n";
  record.timestamp_of_broker = true;
  const std::string line = written(json_writer(), record);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto document = nlohmann::json::parse(line);
  EXPECT_EQ(document["topic"], "t");
  EXPECT_EQ(document["partition"], 3);
  EXPECT_EQ(document["offset"], 42);
  EXPECT_EQ(document["tstype"], "logappend");
  EXPECT_EQ(document["ts"], 1700);
  EXPECT_EQ(document["headers"], nlohmann::json({"a", "1", "b", nullptr}));
  EXPECT_EQ(document["key"], "k");
  EXPECT_EQ(document["payload"]["hex"], "ff0a");
  EXPECT_EQ(nlohmann::json::parse(written(json_writer(), bare))["payload"], nullptr);
}

LineRecord read(const Properties& properties, std::string_view line) {
  const auto reader = LineReader::make(properties);
  EXPECT_TRUE(reader) << reader.error().detail;
  const auto record = reader->read(line);
  EXPECT_TRUE(record) << record.error().detail;
  return *record;
}

TEST(LineReader, TakesALineForAValueUnlessToldMore) {
  EXPECT_EQ(read({}, "a\tb").value, "a\tb");
  EXPECT_EQ(read({}, "a").key, std::nullopt);
  EXPECT_EQ(read({}, "").value, "");
  const LineRecord keyed = read({{"parse.key", "true"}}, "k\tv\tw");
  EXPECT_EQ(keyed.key, "k");
  EXPECT_EQ(keyed.value, "v\tw");
  EXPECT_EQ(read({{"key.separator", "::"}}, "k::v").key, "k");
  EXPECT_EQ(read({{"key.separator", "\\x3a"}}, "k:v").key, "k");
}

TEST(LineReader, ReadsHeadersAndNulls) {
  const Properties all = {
      {"parse.key", "true"}, {"parse.headers", "true"}, {"null.marker", "NULL"}};
  const LineRecord record = read(all, "a:1,b:NULL,c:\tNULL\tv");
  EXPECT_THAT(record.headers, ElementsAre(Pair("a", testing::Optional(std::string_view("1"))),
                                          Pair("b", testing::Eq(std::nullopt)),
                                          Pair("c", testing::Optional(std::string_view("")))));
  EXPECT_EQ(record.key, std::nullopt);
  EXPECT_EQ(record.value, "v");
  const LineRecord tombstone = read(all, "NULL\tk\tNULL");
  EXPECT_TRUE(tombstone.headers.empty());
  EXPECT_EQ(tombstone.key, "k");
  EXPECT_EQ(tombstone.value, std::nullopt);
}

TEST(LineReader, RefusesALineThatLacksWhatItShouldHave) {
  const auto strict = LineReader::make({{"parse.key", "true"}});
  EXPECT_FALSE(strict->read("no separator"));
  const auto headers = LineReader::make({{"parse.headers", "true"}});
  EXPECT_FALSE(headers->read("no delimiter"));
  EXPECT_FALSE(headers->read("nothing\tvalue"));
  const Properties lenient = {{"parse.key", "true"}, {"ignore.error", "true"}};
  EXPECT_EQ(read(lenient, "no separator").value, "no separator");
  for (const Properties& wrong :
       {Properties{{"parse.keys", "true"}}, {{"parse.key", "yes"}}, {{"key.separator", ""}}})
    EXPECT_FALSE(LineReader::make(wrong)) << wrong[0].first;
}

}  // namespace
}  // namespace gregor::cli
