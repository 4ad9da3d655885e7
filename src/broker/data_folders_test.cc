// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// When the ends of logs may be lost: after an unclean stop, if the machine, or the folder, is
// another one since; and until that has been settled.
#include "broker/data_folders.h"

#include <gtest/gtest.h>

#include "broker/testing/requests.h"
#include "log/simulated_disk.h"

namespace gregor::broker {
namespace {

struct LastBoot : testing::Test {
  // Whether something may be lost.
  bool start(std::string_view boot) {
    auto found = read_data_folders(disk, {"/data", "/more"}, boot);
    EXPECT_TRUE(found.has_value());
    state = std::move(found->state);
    return found->unclean_shutdown;
  }
  void SetUp() override { start_settled("boot 1"); }
  void start_settled(std::string_view boot) {
    start(boot);
    ASSERT_TRUE(note_boot(disk, state, boot));
  }

  log::SimulatedDisk disk;
  StorageState state;
};

TEST_F(LastBoot, AProcessThatWasKilledHasLostNothing) { EXPECT_FALSE(start("boot 1")); }

TEST_F(LastBoot, AMachineThatWentDownMayHave) { EXPECT_TRUE(start("boot 2")); }

TEST_F(LastBoot, ItStaysSoUntilItIsSettled) {
  EXPECT_TRUE(start("boot 2"));
  EXPECT_TRUE(start("boot 2"));
  ASSERT_TRUE(mark_clean_stop(disk, state));
  EXPECT_TRUE(start("boot 2"));
  ASSERT_TRUE(note_boot(disk, state, "boot 2"));
  EXPECT_FALSE(start("boot 2"));
}

TEST_F(LastBoot, AfterACleanStopTheMachineMayGoDown) {
  ASSERT_TRUE(mark_clean_stop(disk, state));
  EXPECT_FALSE(start("boot 2"));
  EXPECT_FALSE(start("boot 2"));
  EXPECT_TRUE(start("boot 3"));
}

TEST_F(LastBoot, AFolderThatIsEmptyMayHaveBeenAnother) {
  ASSERT_TRUE(mark_clean_stop(disk, state));
  ASSERT_TRUE(disk.remove("/more"));
  EXPECT_TRUE(start("boot 1"));
}

TEST_F(LastBoot, WhereTheBootIsUnknownEveryUncleanStopMayHaveLostSomething) {
  start_settled("");
  EXPECT_TRUE(start(""));
  ASSERT_TRUE(note_boot(disk, state, ""));
  ASSERT_TRUE(mark_clean_stop(disk, state));
  EXPECT_FALSE(start(""));
}

TEST_F(LastBoot, APowerCutDoesNotTakeTheWordBack) {
  base::Prng prng(1);
  EXPECT_TRUE(start("boot 2"));
  auto left = disk.after_power_loss(prng, log::Unsynced::all_lost);
  EXPECT_TRUE(read_data_folders(*left, {"/data", "/more"}, "boot 2")->unclean_shutdown);
}

// The node is its own controller here: there is nobody else who could lead.
TEST(LastBootOfANode, IsNotedOnceTheControllerHasSeenToIt) {
  const auto said = [](TestNode& node) {
    const auto& broker = *node.tree().znodes().find("/brokers/ids")->second.children.begin();
    const auto& znode = node.tree().znodes().at("/brokers/ids/" + broker);
    EXPECT_FALSE(znode.data.contains("unclean_shutdown"));
    return znode.version == 1;  // it was taken out again
  };
  TestNode first;
  EXPECT_TRUE(said(first));
  TestWorld world = std::move(first).take_world();
  world.disk = world.disk->after_process_death();
  TestNode killed({}, std::move(world));
  EXPECT_FALSE(said(killed));
  world = std::move(killed).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  world.boot = "another boot";
  TestNode after_power_cut({}, std::move(world));
  ASSERT_TRUE(after_power_cut.is_ready());
  EXPECT_TRUE(said(after_power_cut));
  ASSERT_TRUE(after_power_cut.stop());
  world = std::move(after_power_cut).take_world();
  world.boot = "a third boot";
  TestNode stopped({}, std::move(world));
  EXPECT_FALSE(said(stopped));
}

}  // namespace
}  // namespace gregor::broker
