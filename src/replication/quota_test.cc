// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "replication/quota.h"

#include <gtest/gtest.h>

namespace gregor::replication {
namespace {

using model::Instant;

Quota limited_to(std::int64_t limit) {
  Quota quota({.samples = 3, .sample_ms = 1000});
  quota.set_limit(limit);
  return quota;
}

TEST(Quota, WithoutALimitNothingExceedsIt) {
  Quota quota({});
  quota.record(Instant(0), std::uint64_t{1} << 62);
  EXPECT_FALSE(quota.is_exceeded(Instant(0)));
}

TEST(Quota, TheFirstBytesCountAsThoseOfOneSample) {
  Quota quota = limited_to(100);
  quota.record(Instant(5), 100);
  EXPECT_FALSE(quota.is_exceeded(Instant(5)));
  quota.record(Instant(6), 1);
  EXPECT_TRUE(quota.is_exceeded(Instant(6)));
  EXPECT_FALSE(quota.is_exceeded(Instant(1015)));
}

TEST(Quota, MuchAtOnceIsPaidForUntilItsSampleIsOver) {
  Quota quota = limited_to(100);
  quota.record(Instant(0), 1'000'000);
  EXPECT_TRUE(quota.is_exceeded(Instant(2999)));
  EXPECT_FALSE(quota.is_exceeded(Instant(3000)));
}

TEST(Quota, ASteadyRateAtTheLimitIsWithinIt) {
  Quota quota = limited_to(100);
  for (int tenth = 0; tenth < 100; ++tenth) {
    quota.record(Instant(tenth * 100), 10);
    EXPECT_FALSE(quota.is_exceeded(Instant(tenth * 100 + 100))) << tenth;
  }
}

TEST(Quota, ANewLimitCountsWhatWasMeasured) {
  Quota quota = limited_to(1000);
  quota.record(Instant(0), 500);
  EXPECT_FALSE(quota.is_exceeded(Instant(0)));
  quota.set_limit(100);
  EXPECT_TRUE(quota.is_exceeded(Instant(0)));
  quota.set_limit(std::nullopt);
  EXPECT_FALSE(quota.is_exceeded(Instant(0)));
}

}  // namespace
}  // namespace gregor::replication
