// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/uuid.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gregor::model {
namespace {

RC_GTEST_PROP(Uuid, TextRoundTrips, (std::uint64_t seed)) {
  base::Prng prng(seed);
  const Uuid id = random_uuid(prng);
  RC_ASSERT(parse_uuid(to_string(id)) == id);
}

TEST(Uuid, WritesAsKafkaDoes) {
  EXPECT_EQ(to_string(Uuid{}), "AAAAAAAAAAAAAAAAAAAAAA");
  Uuid one;
  one.bytes[15] = 1;
  EXPECT_EQ(to_string(one), "AAAAAAAAAAAAAAAAAAAAAQ");
}

TEST(Uuid, RefusesOtherTexts) {
  for (const char* text : {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAR", "AAAAAAAAAAAAAAAAAAAAA+",
                           "AAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(parse_uuid(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace gregor::model
