// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/births.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "controller/plan.h"

namespace gregor::controller {
namespace {

using coordination::Zxid;

const model::TopicPartition third{"t", model::PartitionIndex{2}};

TEST(Births, AreKnownUntilTheTopicGoes) {
  Births births;
  EXPECT_EQ(births.of("t", 2), Zxid(0));
  births.note(third, Zxid(7));
  EXPECT_EQ(births.of("t", 2), Zxid(7));
  EXPECT_EQ(births.of("t", 1), Zxid(0));
  EXPECT_EQ(births.of("t", 3), Zxid(0));
  births.forget("t");
  EXPECT_EQ(births.of("t", 2), Zxid(0));
}

// Both came back from a power cut: 1 before the partition was made, 2 after.
TEST(Births, WhoCameBackBeforeAPartitionWasMadeHasLostNothingOfIt) {
  Image image;
  for (const int id : {1, 2}) {
    Broker& broker = image.brokers[model::BrokerId(id)];
    broker.id = model::BrokerId(id);
    broker.epoch = model::BrokerEpoch(id * 10);
  }
  Partition partition;
  partition.replicas = partition.isr = {model::BrokerId(2), model::BrokerId(1)};
  partition.leader = model::BrokerId(2);
  image.put(std::make_shared<const Topic>(
      Topic{.name = "t", .id = {}, .partitions = {partition}, .incarnation = Zxid(15)}));
  const Settings settings;
  const std::map<model::BrokerId, model::BrokerEpoch> leaving;
  Births births;
  births.note({"t", model::PartitionIndex{0}}, Zxid(15));
  const Situation now{.image = image,
                      .settings = settings,
                      .epoch = {},
                      .producer_ids = {},
                      .leaving = leaving,
                      .births = births};
  const Task task =
      plan_upkeep(now, {.topics = {"t"}, .unclean = {model::BrokerId(1), model::BrokerId(2)}});
  ASSERT_EQ(task.changes.size(), 1U);
  const Partition& after = std::get<TopicChanged>(task.changes[0]).after->partitions.at(0);
  EXPECT_EQ(after.leader, model::BrokerId(1));
  EXPECT_EQ(after.isr, std::vector{model::BrokerId(1)});
}

}  // namespace
}  // namespace gregor::controller
