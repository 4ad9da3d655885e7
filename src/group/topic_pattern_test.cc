// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/topic_pattern.h"

#include <gtest/gtest.h>

namespace gregor::group {
namespace {

TEST(TopicPattern, FitsWholeNames) {
  const auto pattern = TopicPattern::parse("order(-[0-9]+)?");
  ASSERT_TRUE(pattern.has_value());
  EXPECT_TRUE(pattern->matches("order"));
  EXPECT_TRUE(pattern->matches("order-17"));
  EXPECT_FALSE(pattern->matches("order-"));
  EXPECT_FALSE(pattern->matches("my-order-17"));
}

TEST(TopicPattern, RefusesWhatIsNoExpressionOrTooLarge) {
  for (const char* text : {"order-(", "a**", "(?!x)", "\\1", "((a{1000}){1000}){10}"}) {
    const auto pattern = TopicPattern::parse(text);
    ASSERT_FALSE(pattern.has_value()) << text;
    EXPECT_EQ(pattern.error().code, model::ErrorCode::invalid_regular_expression);
  }
}

}  // namespace
}  // namespace gregor::group
