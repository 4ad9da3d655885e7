// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A broker that comes back before its earlier session has ended.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "controller/controller_world.h"

namespace gregor::controller {
namespace {

using coordination::Create;
using coordination::CreateMode;
using coordination::GetData;

// The look at the earlier registration finds nothing and leaves a watch, which the broker's own new
// registration fires before it is confirmed: one start must come of it, not two side by side.
TEST(Registration, ThatEndsJustBeforeItIsLookedAtIsReplacedOnce) {
  test::World world;
  const std::string own = znode::broker(model::BrokerId(1));
  const auto earlier = world.open();
  ASSERT_EQ(world.change(earlier, {Create{"/brokers", ""}, Create{"/brokers/ids", ""},
                                   Create{own, "earlier", CreateMode::ephemeral}}),
            coordination::Status::ok);
  world.reconnect();
  bool ended = false;
  do {
    for (const coordination::Request& request : world.unserved()) {
      const auto* const look = std::get_if<GetData>(&request.operation);
      if (ended || look == nullptr || look->path != own) continue;
      world.end(earlier);
      ended = true;
    }
  } while (world.advance());
  EXPECT_TRUE(ended);
  EXPECT_EQ(world.controller().role(), Role::active);
  EXPECT_EQ(std::ranges::count_if(world.seen.notes,
                                  [](const auto& note) {
                                    return note.find("is the controller") != std::string::npos;
                                  }),
            1);
}

// A server of the service may answer reads for seconds after it was cut off, and knows of no
// session's end meanwhile.
TEST(Registration, IsTriedOnceMoreBeforeTheLeftoverIsTakenForAnotherBrokers) {
  Settings settings = test::settings_of(1);
  settings.registration_wait_ms = 5'000;
  test::World world(settings);
  const std::string own = znode::broker(model::BrokerId(1));
  const auto earlier = world.open();
  world.change(earlier, {Create{"/brokers", ""}, Create{"/brokers/ids", ""},
                         Create{own, "earlier", CreateMode::ephemeral}});
  world.reconnect();
  world.run();
  world.now.monotonic += 5'000;
  world.wake();
  const auto asked = world.unserved();
  ASSERT_EQ(asked.size(), 1U);
  const auto* const attempt = std::get_if<coordination::Multi>(&asked.front().operation);
  ASSERT_NE(attempt, nullptr) << "a read";
  EXPECT_EQ(std::get<Create>(attempt->changes.at(0)).path, own);
  world.end(earlier);
  world.run();
  EXPECT_EQ(world.controller().role(), Role::active);
}

}  // namespace
}  // namespace gregor::controller
