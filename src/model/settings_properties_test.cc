// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_properties.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace gregor::model {
namespace {

std::vector<Property> parsed(std::string_view text) {
  auto properties = parse_properties(text);
  EXPECT_TRUE(properties.has_value()) << properties.error().detail;
  return properties.value_or(std::vector<Property>{});
}

std::string complaint(std::string_view text) {
  const auto properties = parse_properties(text);
  return properties ? std::string("accepted") : properties.error().detail;
}

TEST(Properties, SeparateKeyAndValueAsJavaDoes) {
  const struct {
    std::string_view text;
    Property property;
  } cases[] = {
      {"a=b", {"a", "b", 1}},
      {"a:b", {"a", "b", 1}},
      {"a b", {"a", "b", 1}},
      {"a", {"a", "", 1}},
      {"a=", {"a", "", 1}},
      {"  a \t= b ", {"a", "b ", 1}},
      {"a==b", {"a", "=b", 1}},
      {"a = : b", {"a", ": b", 1}},
      {"a b=c", {"a", "b=c", 1}},
      {"a\\=\\:\\ b=c", {"a=: b", "c", 1}},
      {"listeners=PLAINTEXT://:9092", {"listeners", "PLAINTEXT://:9092", 1}},
      {"a=\\tb\\n\\r\\f\\q\\\\", {"a", "\tb\n\r\fq\\", 1}},
      {"a=\\u0041\\u00e9\\u20AC", {"a", "A\u00e9\u20ac", 1}},
      {"a=\\ud83d\\ude00", {"a", "\U0001f600", 1}},
      {"a=\\ud83dx", {"a", "\ufffdx", 1}},
      {"a=\\ude00", {"a", "\ufffd", 1}},
      {"a=b # no comment", {"a", "b # no comment", 1}},
      {"a=b\\", {"a", "b", 1}},
  };
  for (const auto& c : cases) EXPECT_EQ(parsed(c.text), std::vector{c.property}) << c.text;
}

TEST(Properties, JoinLinesThatEndInABackslash) {
  EXPECT_EQ(parsed("a=b\\\n   c\\\r\n\td"), (std::vector<Property>{{"a", "bcd", 1}}));
  EXPECT_EQ(parsed("a=b\\\\\nc=d"), (std::vector<Property>{{"a", "b\\", 1}, {"c", "d", 2}}));
  EXPECT_EQ(parsed("a=b\\\n# kept"), (std::vector<Property>{{"a", "b# kept", 1}}));
  EXPECT_EQ(parsed("a=b\\\n\nc=d"), (std::vector<Property>{{"a", "b", 1}, {"c", "d", 3}}));
  EXPECT_EQ(parsed("# a comment goes on \\\nc=d"), (std::vector<Property>{{"c", "d", 2}}));
  EXPECT_EQ(parsed("\\\n\\\n"), std::vector<Property>{});
  EXPECT_EQ(parsed("\\\n# still a comment\nc=d"), (std::vector<Property>{{"c", "d", 3}}));
}

TEST(Properties, SkipBlankLinesAndCommentsButCountThem) {
  EXPECT_EQ(parsed("\n  # x=1\n!y=2\n\t\n\r\n z=3\rw=4"),
            (std::vector<Property>{{"z", "3", 6}, {"w", "4", 7}}));
  EXPECT_EQ(parsed(""), std::vector<Property>{});
}

TEST(Properties, NameTheLineThatIsWrong) {
  EXPECT_EQ(complaint("a=1\n\nb=\\u12x4"), "line 3: \\u without four hexadecimal digits");
  EXPECT_EQ(complaint("a=\\u12"), "line 1: \\u without four hexadecimal digits");
  EXPECT_EQ(complaint("a=1\n=2"), "line 2: a value without a key");
  EXPECT_EQ(complaint(std::string(properties_bytes_max + 1, 'a')),
            "1048577 bytes of properties, of which at most 1048576 are read");
  EXPECT_EQ(complaint(std::string(properties_bytes_max, 'a')), "accepted");
}

TEST(Properties, TheLastOneOfAKeyCountsWithAWarning) {
  const auto [map, warnings] = to_setting_map(parsed("a=1\nb=2\na=3\na=4"));
  EXPECT_EQ(map, (SettingMap{{"a", "4"}, {"b", "2"}}));
  EXPECT_EQ(warnings,
            (std::vector<std::string>{"line 3: a was set before, on line 1; this one counts",
                                      "line 4: a was set before, on line 3; this one counts"}));
}

TEST(Properties, AnAssignmentKeepsEverythingAfterTheFirstEqualsSign) {
  EXPECT_EQ(parse_assignment("a=b=c").value(), (std::pair<std::string, std::string>{"a", "b=c"}));
  EXPECT_EQ(parse_assignment(" a = ").value(), (std::pair<std::string, std::string>{"a", " "}));
  for (const std::string_view text : {"", "a", "=b", " =b"})
    EXPECT_FALSE(parse_assignment(text).has_value()) << text;
}

RC_GTEST_PROP(Properties, WhatIsWrittenIsReadAgain, ()) {
  const auto pairs = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
      rc::gen::pair(rc::gen::nonEmpty<std::string>(), rc::gen::arbitrary<std::string>()));
  std::string text;
  std::vector<Property> expected;
  for (const auto& [key, value] : pairs) {
    text += property_line(key, value) + '\n';
    expected.push_back({key, value, static_cast<int>(expected.size()) + 1});
  }
  RC_ASSERT(parse_properties(text).value() == expected);
}

// Bytes out of those that mean something, so that odd combinations do come up.
RC_GTEST_PROP(Properties, NoBytesAreTooOdd, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
      {{4, rc::gen::elementOf(std::string("\\\\\\\n\r\t\f =:#!uabd0189"))},
       {1, rc::gen::arbitrary<char>()}}));
  const auto properties = parse_properties(text);
  if (!properties) {
    RC_ASSERT(properties.error().code == ErrorCode::invalid_config);
    return;
  }
  std::size_t bytes = 0;
  for (const Property& property : *properties) bytes += property.key.size() + property.value.size();
  // Nothing grows: six bytes of an escape make at most three.
  RC_ASSERT(bytes <= text.size());
}

}  // namespace
}  // namespace gregor::model
