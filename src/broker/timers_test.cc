// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/timers.h"

#include <gtest/gtest.h>

namespace gregor::broker {
namespace {

using model::Instant;

TEST(Timers, ComeDueInOrderOfTimeThenOfSetting) {
  Timers timers;
  timers.set(Instant(20), RequestId(1));
  timers.set(Instant(10), RequestId(2));
  timers.set(Instant(10), Chore::checkpoint);
  EXPECT_EQ(timers.next(), Instant(10));
  EXPECT_EQ(timers.pop_due(Instant(9)), std::nullopt);
  EXPECT_EQ(timers.pop_due(Instant(30)), Timers::Target(RequestId(2)));
  EXPECT_EQ(timers.pop_due(Instant(30)), Timers::Target(Chore::checkpoint));
  EXPECT_EQ(timers.pop_due(Instant(30)), Timers::Target(RequestId(1)));
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST(Timers, CancelledOnesNeverComeDueAndCancellingTwiceIsHarmless) {
  Timers timers;
  Timers::Handle handle = timers.set(Instant(10), RequestId(1));
  timers.cancel(handle);
  timers.cancel(handle);
  Timers::Handle never;
  timers.cancel(never);
  EXPECT_EQ(timers.pop_due(Instant(100)), std::nullopt);
}

}  // namespace
}  // namespace gregor::broker
