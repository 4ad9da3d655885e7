// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a broker believes of the cluster while the controller's requests come late, twice, out of
// order, or from a controller of the past.
#include "broker/member_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/test_seed.h"

namespace gregor::broker {
namespace {

using controller::AnnouncedPartition;
using controller::BrokerRequest;
using controller::UpdateMetadata;
using model::BrokerId;
using model::ErrorCode;

model::TopicId id_of(std::int64_t incarnation) {
  model::TopicId id;
  id.bytes[0] = 1;
  id.bytes[15] = static_cast<std::uint8_t>(incarnation);
  return id;
}

AnnouncedPartition told(const std::string& topic, std::int64_t incarnation, std::int32_t index,
                        std::int32_t leader_epoch, std::int32_t partition_epoch) {
  AnnouncedPartition partition;
  partition.topic = topic;
  partition.topic_id = id_of(incarnation);
  partition.incarnation = coordination::Zxid(incarnation);
  partition.partition = model::PartitionIndex(index);
  partition.state.replicas = {BrokerId(1), BrokerId(2)};
  partition.state.leader = BrokerId(1 + leader_epoch % 2);
  partition.state.leader_epoch = model::LeaderEpoch(leader_epoch);
  partition.state.partition_epoch = model::PartitionEpoch(partition_epoch);
  return partition;
}

BrokerRequest request(decltype(BrokerRequest::body) body, std::int32_t controller_epoch = 1,
                      std::int64_t broker_epoch = 50) {
  return {controller::BrokerRequestId(1),           BrokerId(2),
          model::BrokerEpoch(broker_epoch),         BrokerId(1),
          model::ControllerEpoch(controller_epoch), std::move(body)};
}

class MemberViewTest : public testing::Test {
 protected:
  MemberViewTest() { view_.registered(model::BrokerEpoch(50)); }

  ErrorCode tell(const BrokerRequest& request) {
    const ErrorCode error = view_.hear(request);
    if (error == ErrorCode::none) view_.update(std::get<UpdateMetadata>(request.body));
    return error;
  }
  ErrorCode tell(std::vector<AnnouncedPartition> partitions) {
    UpdateMetadata news;
    news.partitions = std::move(partitions);
    return tell(request(std::move(news)));
  }
  // "topic#incarnation: leader epoch.partition epoch …"
  [[nodiscard]] std::string topics() const {
    std::string text;
    for (const auto& [name, topic] : view_.image().topics) {
      text += name + "#" + std::to_string(topic->incarnation.value()) + ":";
      for (const auto& partition : topic->partitions)
        text += " " + std::to_string(partition.leader_epoch.value()) + "." +
                std::to_string(partition.partition_epoch.value());
      text += "\n";
    }
    return text;
  }

  MemberView view_;
};

TEST_F(MemberViewTest, NewsAreAddedUp) {
  EXPECT_EQ(tell({told("a", 10, 0, 1, 0), told("a", 10, 1, 1, 0), told("b", 11, 0, 0, 0)}),
            ErrorCode::none);
  tell({told("a", 10, 1, 2, 1)});
  EXPECT_EQ(topics(), "a#10: 1.0 2.1\nb#11: 0.0\n");
  EXPECT_EQ(view_.image().topic(id_of(11))->name, "b");
}

// LeaderAndIsr names the replicas of this broker: how many partitions there are is not known yet.
TEST_F(MemberViewTest, ATopicIsKnownInPartUntilItHasBeenToldAsAWhole) {
  controller::LeaderAndIsr mine;
  mine.partitions = {told("a", 10, 0, 1, 0), told("a", 10, 1, 1, 0)};
  view_.lead(mine);
  EXPECT_FALSE(is_whole(view_.image().topic("a")));
  tell({told("a", 10, 0, 1, 0), told("a", 10, 1, 1, 0), told("a", 10, 2, 1, 0)});
  EXPECT_TRUE(is_whole(view_.image().topic("a")));
  mine.partitions = {told("a", 10, 0, 2, 1)};
  view_.lead(mine);
  EXPECT_TRUE(is_whole(view_.image().topic("a")));
  mine.partitions = {told("a", 12, 0, 0, 0)};
  view_.lead(mine);
  EXPECT_FALSE(is_whole(view_.image().topic("a"))) << "another one";
}

TEST_F(MemberViewTest, LateAndRepeatedNewsChangeNothing) {
  tell({told("a", 10, 0, 3, 7)});
  tell({told("a", 10, 0, 2, 9)});
  tell({told("a", 10, 0, 3, 6)});
  tell({told("a", 10, 0, 3, 7)});
  EXPECT_EQ(topics(), "a#10: 3.7\n");
}

BrokerRequest numbered(std::uint64_t number, BrokerRequest request) {
  request.id = controller::BrokerRequestId(number);
  return request;
}

// The list has no epoch of its own. (Kafka's controllers do not number their requests: what comes
// last counts.)
TEST_F(MemberViewTest, ALateListOfBrokersChangesNothing) {
  const auto tell_brokers = [&](std::uint64_t number, std::int32_t controller_epoch,
                                std::vector<std::int32_t> brokers,
                                ErrorCode error = ErrorCode::none) {
    UpdateMetadata news;
    for (const std::int32_t id : brokers) news.brokers.emplace_back().id = BrokerId(id);
    EXPECT_EQ(tell(numbered(number, request(std::move(news), controller_epoch))), error);
  };
  const auto known = [&] {
    std::vector<std::int32_t> ids;
    for (const auto& [id, broker] : view_.image().brokers) ids.push_back(id.value());
    return ids;
  };
  tell_brokers(7, 1, {2});
  tell_brokers(9, 1, {1, 2});
  tell_brokers(7, 1, {2}, ErrorCode::stale_controller_epoch);
  EXPECT_EQ(known(), (std::vector{1, 2}));
  tell_brokers(9, 1, {1, 2});
  tell_brokers(10, 1, {1, 2, 3});
  EXPECT_EQ(known(), (std::vector{1, 2, 3}));
  tell_brokers(1, 2, {1});
  EXPECT_EQ(known(), (std::vector{1}));
  tell_brokers(0, 3, {2});
  tell_brokers(0, 3, {1, 2});
  EXPECT_EQ(known(), (std::vector{1, 2}));
}

// It is not known any more that there was one, so its incarnation tells nothing.
TEST_F(MemberViewTest, ATopicThatIsGoneDoesNotComeBackWithALateRequest) {
  UpdateMetadata made;
  made.partitions = {told("a", 10, 0, 0, 0)};
  controller::LeaderAndIsr led;
  led.partitions = made.partitions;
  UpdateMetadata gone;
  gone.gone = {{"a", id_of(10), coordination::Zxid(10), 1}};
  EXPECT_EQ(tell(numbered(4, request(made))), ErrorCode::none);
  EXPECT_EQ(tell(numbered(5, request(gone))), ErrorCode::none);
  EXPECT_EQ(tell(numbered(4, request(made))), ErrorCode::stale_controller_epoch);
  EXPECT_EQ(view_.hear(numbered(3, request(led))), ErrorCode::stale_controller_epoch);
  EXPECT_EQ(topics(), "");
}

TEST_F(MemberViewTest, OfTwoTopicsOfANameTheLaterCounts) {
  tell({told("a", 10, 0, 9, 9)});
  tell({told("a", 20, 0, 0, 0)});
  EXPECT_EQ(topics(), "a#20: 0.0\n");
  tell({told("a", 10, 1, 10, 10)});
  UpdateMetadata news;
  news.gone = {{"a", id_of(10), coordination::Zxid(10), 2}};
  tell(request(news));
  EXPECT_EQ(topics(), "a#20: 0.0\n");
  EXPECT_EQ(view_.image().topic(id_of(10)), nullptr);
  news.gone = {{"a", id_of(20), coordination::Zxid(20), 1}};
  tell(request(news));
  EXPECT_EQ(topics(), "");
}

TEST_F(MemberViewTest, ATopicMadeAnewIsToldInOneRequest) {
  tell({told("a", 10, 0, 9, 9), told("a", 10, 1, 9, 9)});
  UpdateMetadata news;
  news.gone = {{"a", id_of(10), coordination::Zxid(10), 2}};
  news.partitions = {told("a", 20, 0, 0, 0)};
  tell(request(news));
  EXPECT_EQ(topics(), "a#20: 0.0\n");
}

TEST_F(MemberViewTest, WithoutIncarnationsTheTopicIdTells) {
  auto before = told("a", 0, 0, 9, 9);
  tell({before});
  auto after = told("a", 0, 0, 0, 0);
  after.topic_id = id_of(77);
  tell({after});
  EXPECT_EQ(topics(), "a#0: 0.0\n");
}

TEST_F(MemberViewTest, WhatACompleteRequestDoesNotNameIsGoneUnlessItIsYounger) {
  tell({told("old", 10, 0, 0, 0), told("kept", 11, 0, 0, 0), told("young", 30, 0, 0, 0)});
  UpdateMetadata news;
  news.complete = true;
  news.as_of = coordination::Zxid(20);
  news.partitions = {told("kept", 11, 0, 0, 0)};
  tell(request(news, 2));
  EXPECT_EQ(topics(), "kept#11: 0.0\nyoung#30: 0.0\n");
}

TEST_F(MemberViewTest, ControllersOfThePastAreNotHeard) {
  EXPECT_EQ(tell(request(UpdateMetadata{}, 5)), ErrorCode::none);
  EXPECT_EQ(tell(request(UpdateMetadata{}, 4)), ErrorCode::stale_controller_epoch);
  EXPECT_EQ(view_.image().controller_epoch, model::ControllerEpoch(5));
}

TEST_F(MemberViewTest, WhatMeansAnEarlierRegistrationIsNotHeard) {
  EXPECT_EQ(tell(request(UpdateMetadata{}, 1, 49)), ErrorCode::stale_broker_epoch);
  EXPECT_EQ(tell(request(UpdateMetadata{}, 1, 51)), ErrorCode::none)
      << "the controller may know it first";
  view_.registered(model::BrokerEpoch(60));
  EXPECT_EQ(tell(request(UpdateMetadata{}, 1, 51)), ErrorCode::stale_broker_epoch);
}

TEST_F(MemberViewTest, OnlyWhatIsOlderThanTheDisksMayBeInherited) {
  const auto born = [](std::int64_t zxid) {
    AnnouncedPartition partition = told("t", 11, 0, 0, 0);
    partition.born = coordination::Zxid(zxid);
    return partition;
  };
  EXPECT_TRUE(view_.may_be_inherited(born(49)));
  EXPECT_FALSE(view_.may_be_inherited(born(51)));
  EXPECT_FALSE(view_.may_be_inherited(born(0))) << "of a controller of Kafka";
  view_.registered(model::BrokerEpoch(60));
  EXPECT_FALSE(view_.may_be_inherited(born(51))) << "only the session was lost";
  EXPECT_TRUE(view_.may_be_inherited(born(49)));

  view_.disks_in_use_since(model::BrokerEpoch(30));
  EXPECT_TRUE(view_.may_be_inherited(born(29)));
  EXPECT_FALSE(view_.may_be_inherited(born(31))) << "older than the process, not than the disk";
  view_.disks_in_use_since(model::BrokerEpoch(300));
  EXPECT_TRUE(view_.may_be_inherited(born(49)));
  EXPECT_FALSE(view_.may_be_inherited(born(51))) << "the service was restored from a backup";

  MemberView early;
  EXPECT_EQ(early.hear(request(UpdateMetadata{}, 1, 50)), ErrorCode::none);
  EXPECT_TRUE(early.may_be_inherited(born(49))) << "it has not heard that it is registered";
  EXPECT_FALSE(early.may_be_inherited(born(51)));
}

// In whatever order and how often the news of one controller come, the newest of each partition
// stays.
TEST_F(MemberViewTest, TheOrderOfNewsDoesNotMatter) {
  base::Prng prng = base::seeded_prng();
  for (int round = 0; round < 200; ++round) {
    MemberView view;
    std::vector<AnnouncedPartition> news;
    std::map<std::int32_t, std::pair<std::int32_t, std::int32_t>> newest;
    for (std::int32_t i = 0; i < 20; ++i) {
      const auto index = static_cast<std::int32_t>(prng.below(3));
      const auto leader_epoch = static_cast<std::int32_t>(prng.below(4));
      news.push_back(told("a", 10, index, leader_epoch, 10 * leader_epoch + i));
      newest[index] = std::max(newest[index], std::pair(leader_epoch, 10 * leader_epoch + i));
    }
    for (std::size_t i = 0; i < 60; ++i) {
      UpdateMetadata one;
      one.partitions = {i < news.size() ? news[i] : news[prng.below(news.size())]};
      view.update(one);
      std::swap(news[prng.below(news.size())], news[prng.below(news.size())]);
    }
    for (const AnnouncedPartition& one : news) {
      UpdateMetadata again;
      again.partitions = {one};
      view.update(again);
    }
    for (const auto& [index, epochs] : newest) {
      const auto& state = view.image().topic("a")->partitions.at(static_cast<std::size_t>(index));
      ASSERT_EQ(std::pair(state.leader_epoch.value(), state.partition_epoch.value()), epochs);
    }
  }
}

// Topics are made and deleted; between the requests come some of before, and some twice.
TEST_F(MemberViewTest, WhatWasOvertakenChangesNothing) {
  base::Prng prng = base::seeded_prng();
  for (int round = 0; round < 200; ++round) {
    view_ = {};
    std::vector<BrokerRequest> said;
    std::map<std::string, std::int64_t> incarnations;
    for (std::uint64_t number = 1; number < 30; ++number) {
      const std::string topic(1, static_cast<char>('a' + prng.below(3)));
      UpdateMetadata news;
      if (const auto known = incarnations.extract(topic)) {
        const std::int64_t incarnation = known.mapped();
        news.gone = {{topic, id_of(incarnation), coordination::Zxid(incarnation), 1}};
      } else {
        const auto made = static_cast<std::int64_t>(number);
        incarnations[topic] = made;
        news.partitions = {told(topic, made, 0, 0, 0)};
      }
      said.push_back(numbered(number, request(std::move(news))));
      tell(said.back());
      for (std::uint64_t late = prng.below(3); late > 0; --late)
        tell(said[prng.below(said.size())]);
      ASSERT_EQ(view_.image().topics.size(), incarnations.size());
      for (const auto& [name, incarnation] : incarnations)
        ASSERT_EQ(view_.image().topic(name)->incarnation, coordination::Zxid(incarnation));
    }
  }
}

}  // namespace
}  // namespace gregor::broker
