// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/parse_number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace gregor::base {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<std::int16_t>("-32768"), -32768);
  EXPECT_EQ(parse_number<std::int16_t>("32768"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint16_t>("-1"), std::nullopt);
  for (const char* text : {"", " 1", "1 ", "1x", "+1", "-", "0x1"})
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  EXPECT_EQ(parse_number<double>("2.5e3"), 2500.0);
}

TEST(ParseNumber, TakesOnePlusSignWhereJavaDoes) {
  EXPECT_EQ(parse_java_number<int>("+7"), 7);
  EXPECT_EQ(parse_java_number<int>("-7"), -7);
  for (const char* text : {"+", "++7", "+-7"})
    EXPECT_EQ(parse_java_number<int>(text), std::nullopt) << text;
}

TEST(ParseNumber, TakesHexadecimalDigits) {
  EXPECT_EQ(parse_hex<unsigned char>("fF"), 0xff);
  for (const char* text : {"", "100", "-1", "0x1", "g0"})
    EXPECT_EQ(parse_hex<unsigned char>(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gregor::base
