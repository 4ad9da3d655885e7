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
  testing::World world;
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

}  // namespace
}  // namespace gregor::controller
