// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/old_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace gregor::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Tree = std::map<std::string, std::vector<std::string>>;

ListChildren listing(const Tree& tree) {
  return [tree](const std::string& path) -> model::Result<std::optional<std::vector<std::string>>> {
    const auto found = tree.find(path);
    if (found == tree.end()) return std::nullopt;
    return found->second;
  };
}

// What two live consumers of a golden tree leave, and what is left of dead ones.
const Tree tree = {
    {"/consumers", {"dead", "live", "nothing", "odd"}},
    {"/consumers/live", {"ids", "offsets", "owners"}},
    {"/consumers/live/ids", {"live_host-1-a", "live_host-2-b"}},
    {"/consumers/live/owners", {"t", "u"}},
    {"/consumers/live/owners/t", {"0", "1"}},
    {"/consumers/live/owners/u", {"0"}},
    {"/consumers/live/offsets", {"t", "old"}},
    {"/consumers/dead/ids", {}},
    {"/consumers/dead/offsets", {"t"}},
    {"/consumers/nothing", {}},
    {"/consumers/odd/ids", {"x"}},
};

TEST(OldGroups, AreThoseThatHaveRegisteredOrCommitted) {
  const auto groups = old_groups(listing(tree));
  ASSERT_TRUE(groups.has_value());
  ASSERT_EQ(groups->size(), 3U) << "a node without anything is no group";
  EXPECT_EQ((*groups)[0].name, "dead");
  EXPECT_STREQ((*groups)[0].state(), "Empty");
  EXPECT_THAT((*groups)[0].topics, ElementsAre("t"));
  EXPECT_EQ((*groups)[1].name, "live");
  EXPECT_STREQ((*groups)[1].state(), "Stable");
  EXPECT_THAT((*groups)[1].members, ElementsAre("live_host-1-a", "live_host-2-b"));
  EXPECT_THAT((*groups)[1].topics, ElementsAre("old", "t", "u"));
  EXPECT_EQ((*groups)[1].owned_partitions, 3U);
  EXPECT_THAT((*groups)[2].topics, IsEmpty());
}

TEST(OldGroups, ATreeWithoutConsumersHasNone) {
  EXPECT_THAT(*old_groups(listing({})), IsEmpty());
  EXPECT_THAT(*old_groups(listing({{"/consumers", {}}})), IsEmpty());
}

TEST(OldGroups, WhatCannotBeAskedIsAnError) {
  for (const auto& [failing, names] : tree) {
    if (failing == "/consumers/live" || failing == "/consumers/nothing") continue;
    const auto groups = old_groups([&](const std::string& path) {
      if (path == failing)
        return model::Result<std::optional<std::vector<std::string>>>(
            model::fail(model::ErrorCode::request_timed_out, path));
      return listing(tree)(path);
    });
    ASSERT_FALSE(groups.has_value()) << failing;
    EXPECT_EQ(groups.error().detail, failing);
  }
}

}  // namespace
}  // namespace gregor::cli
