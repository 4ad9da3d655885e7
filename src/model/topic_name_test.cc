// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/topic_name.h"

#include <gtest/gtest.h>

#include <string>

namespace gregor::model {
namespace {

TEST(TopicName, FolderSafeNamesAreAllowedUpToTheirLength) {
  for (const auto& name : {std::string("a"), std::string("Some.topic_name-1"), std::string("..."),
                           std::string(topic_name_length_max, 'x')})
    EXPECT_TRUE(check_topic_name(name)) << name;
}

TEST(TopicName, OthersAreRefused) {
  for (const auto& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a b"),
        std::string("\xc3\xa4"), std::string(1, '\0'), std::string(topic_name_length_max + 1, 'x')})
    EXPECT_EQ(check_topic_name(name).error().code, ErrorCode::invalid_topic_exception) << name;
}

}  // namespace
}  // namespace gregor::model
