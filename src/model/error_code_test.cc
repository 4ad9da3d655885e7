// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/error_code.h"

#include <gtest/gtest.h>

namespace gregor::model {
namespace {

TEST(ErrorCode, NamesAndNumbersAreTheProtocols) {
  EXPECT_EQ(name_of(ErrorCode::none), "NONE");
  EXPECT_EQ(name_of(ErrorCode{1}), "OFFSET_OUT_OF_RANGE");
  EXPECT_EQ(name_of(ErrorCode{-1}), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(name_of(ErrorCode{74}), "FENCED_LEADER_EPOCH");
  EXPECT_EQ(name_of(ErrorCode{9999}), "ERROR_9999");
}

TEST(ErrorCode, TellsWhatMayBeRepeated) {
  EXPECT_TRUE(is_retriable(ErrorCode::not_leader_or_follower));
  EXPECT_FALSE(is_retriable(ErrorCode::offset_out_of_range));
  EXPECT_FALSE(is_retriable(ErrorCode{9999}));
}

}  // namespace
}  // namespace gregor::model
