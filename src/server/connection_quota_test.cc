// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/connection_quota.h"

#include <gtest/gtest.h>

namespace gregor::server {
namespace {

TEST(ConnectionQuota, AnAddressHasItsLimitAndMayHaveAnotherOfItsOwn) {
  model::BrokerSettings settings;
  settings.max_connections_per_ip = 2;
  settings.max_connections_per_ip_overrides = {{"10.0.0.1", 1}, {"10.0.0.2", 0}};
  ConnectionQuota quota(settings);
  EXPECT_TRUE(quota.admit("10.0.0.9"));
  EXPECT_TRUE(quota.admit("10.0.0.9"));
  EXPECT_FALSE(quota.admit("10.0.0.9"));
  EXPECT_TRUE(quota.admit("10.0.0.1"));
  EXPECT_FALSE(quota.admit("10.0.0.1"));
  EXPECT_FALSE(quota.admit("10.0.0.2"));
  EXPECT_EQ(quota.count(), 3);
  quota.release("10.0.0.9");
  EXPECT_TRUE(quota.admit("10.0.0.9")) << "a place that was given back is free";
}

TEST(ConnectionQuota, WhoeverFindsItFullHearsOnceOfAFreePlace) {
  model::BrokerSettings settings;
  settings.max_connections = 1;
  ConnectionQuota quota(settings);
  int calls = 0;
  const auto count = [&] { ++calls; };
  EXPECT_FALSE(quota.full(count));
  EXPECT_TRUE(quota.admit("10.0.0.1"));
  EXPECT_TRUE(quota.full(count));
  EXPECT_TRUE(quota.full(count)) << "another listener";
  quota.release("10.0.0.1");
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(quota.admit("10.0.0.1"));
  quota.release("10.0.0.1");
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace gregor::server
