// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Histories survive being written and read in both languages; what is malformed is refused with its
// line.
#include "jepsen/checkers/text_history.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "jepsen/checkers/plain_line.h"
#include "jepsen/checkers/test_model.h"

namespace gregor::jepsen {
namespace {

// Empty and absent say the same.
Entry plain(Entry entry) {
  entry.has_value = true;
  return entry;
}

RC_GTEST_PROP(TextHistory, IsReadAsItWasWritten, (std::uint64_t seed)) {
  for (const Entry& entry : Model(seed).run(40))
    for (const std::string& line : {to_json_line(entry), to_edn_line(entry)}) {
      const auto again = read_line(line);
      RC_LOG() << line;
      RC_ASSERT(again && *again);
      RC_ASSERT(plain(**again) == plain(entry));
    }
}

// What the quick reader takes, the reader of any JSON takes for the same.
RC_GTEST_PROP(TextHistory, PlainLinesMeanWhatTheyMeanAsDocuments, (std::uint64_t seed)) {
  base::Prng prng(seed);
  std::size_t taken = 0;
  for (Entry entry : Model(seed).run(60)) {
    if (prng.chance(1, 4))
      entry.micros = {{Kind::cas, "k", nothing, 5}, {Kind::read, "k", nothing, nothing}};
    if (entry.function == Function::poll && prng.chance(1, 4)) entry.text = "why";
    std::string line = to_json_line(entry);
    if (line[1] == '"' && !line.starts_with("{\"time\"")) line.insert(1, "\"time\":12,");
    // One byte is another, is gone, or is there twice.
    if (const std::size_t at = prng.below(line.size()); prng.chance(2, 3)) {
      constexpr std::string_view bytes = "0123456789-+.e,:[]{}\"\\ \x01\xc3nulsendpor";
      if (prng.chance(1, 3)) line[at] = bytes[prng.below(bytes.size())];
      if (prng.chance(1, 3)) line.erase(at, 1);
      if (prng.chance(1, 3)) line.insert(at, 1, line[at]);
    }
    const auto quick = read_plain_line(line);
    if (!quick) continue;
    ++taken;
    RC_LOG() << line;
    const auto slow = read_line(" " + line);
    RC_ASSERT(slow && *slow);
    RC_ASSERT(**slow == *quick);
  }
  RC_ASSERT(taken > 0U);
}

TEST(TextHistory, WhatIsForPeopleIsKept) {
  const Entry entries[] = {
      {.time = 5, .type = Type::info, .function = Function::fault, .text = "kill broker 2"},
      {.time = 6,
       .process = 3,
       .type = Type::fail,
       .function = Function::send,
       .has_value = false,
       .text = "NOT_ENOUGH_REPLICAS \"1 < 2\""}};
  for (const Entry& entry : entries)
    for (const std::string& line : {to_json_line(entry), to_edn_line(entry)}) {
      const auto again = read_line(line);
      ASSERT_TRUE(again && *again) << line;
      EXPECT_EQ((*again)->text, entry.text) << line;
      EXPECT_EQ((*again)->function, entry.function) << line;
    }
}

TEST(TextHistory, JepsensOwnLinesAreUnderstood) {
  std::istringstream in(
      "{:type :invoke, :f :txn, :value [[:send 5 1] [:poll]], :process 3, :time 10, :index 0}\n"
      "#jepsen.history.Op{:type :info, :f :start-kill, :value nil, :process :nemesis, :time 11}\n"
      "{:type :ok, :f :txn, :value [[:send 5 [0 1]] [:poll {5 [[0 1]], \"6\" []}]], :process 3, "
      ":time 12, :rebalance-log [{:keys #{5}}]}\n");
  const auto history = read_history(in);
  ASSERT_TRUE(history) << history.error().what;
  ASSERT_EQ(history->operations.size(), 1U);
  EXPECT_EQ(history->operations[0].outcome, Outcome::ok);
  EXPECT_EQ(history->operations[0].completed, 3U);
  ASSERT_EQ(history->micros.size(), 2U);
  EXPECT_EQ(history->keys, std::vector<std::string>{"5"});
  EXPECT_EQ(history->micros[1].kind(), Kind::poll);
}

TEST(TextHistory, WhatIsMalformedIsRefusedWithItsLine) {
  const std::string invoke = R"({"process":0,"type":"invoke","f":"send","value":[["send","t",1]]})";
  const std::string deep(100000, '[');
  const std::string cases[] = {
      "{",
      "[]",
      "{:type",
      "{:a " + deep,
      deep,
      "\xff\xfe",
      R"({"process":0,"type":"maybe","f":"send"})",
      R"({"process":0,"type":"ok"})",
      R"({"process":99999999999,"type":"ok","f":"send"})",
      R"({"process":0,"type":"fail","f":"poll"})",
      R"({"process":1,"type":"ok","f":"send"})",
      invoke,
      R"({"process":1,"type":"invoke","f":"send","value":[["send","t",1.5]]})",
      R"({"process":1,"type":"invoke","f":"send","value":[["send",[],1]]})",
      R"({"process":1,"type":"invoke","f":"send","value":[["send","t",18446744073709551615]]})",
      R"({"process":1,"type":"invoke","f":"poll","value":[["poll",{"t":[[null,1]]}]]})",
      R"({"process":1,"type":"invoke","f":"poll","value":[["poll",{"t":[1]}]]})",
      R"({"process":1,"type":"invoke","f":"poll","value":[["dance","t",1]]})",
      R"({"process":1,"type":"invoke","f":"poll","time":-5})"};
  for (const std::string& text : cases) {
    std::istringstream in(invoke.substr(0, invoke.size() - 1) + ",\"time\":7}\n\n" + text + "\n");
    const auto history = read_history(in);
    ASSERT_FALSE(history) << text.substr(0, 100);
    EXPECT_EQ(history.error().line, 3U) << text.substr(0, 100);
    EXPECT_NE(history.error().what, "");
  }
}

}  // namespace
}  // namespace gregor::jepsen
