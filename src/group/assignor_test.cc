// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/assignor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "group/consumer_report.h"

namespace gregor::group {
namespace {

using test::id_of_topic;

struct Case {
  std::vector<Subscriber> members;
  PartitionCounts counts;
};

// Members m0, m1, …; what they had before may name topics and partitions that are gone.
Case a_case(bool homogeneous) {
  using rc::gen::inRange;
  Case out;
  const int topics = *inRange(0, 5);
  for (int at = 0; at < topics; ++at)
    out.counts[id_of_topic("t" + std::to_string(at))] = *inRange(0, 9);
  const int members = *inRange(1, 7);
  const std::uint32_t all = (1U << topics) - 1;
  for (int at = 0; at < members; ++at) {
    Subscriber& one = out.members.emplace_back();
    one.id = "m" + std::to_string(at);
    if (*inRange(0, 3) == 0) one.instance_id = "i" + std::to_string(10 - at);
    const std::uint32_t chosen = homogeneous ? all : *inRange<std::uint32_t>(0, all + 1);
    int bit = 0;
    for (const auto& [topic, count] : out.counts)
      if ((chosen >> bit++ & 1) != 0) one.topics.push_back(topic);
  }
  std::set<TopicIdPartition> taken;
  for (Subscriber& one : out.members) {
    for (int had = *inRange(0, 6); had > 0; --had) {
      const TopicIdPartition partition{id_of_topic("t" + std::to_string(*inRange(0, 6))),
                                       *inRange(0, 10)};
      if (taken.insert(partition).second) one.before.push_back(partition);
    }
    std::ranges::sort(one.before);
  }
  return out;
}

// Every partition that somebody subscribes to is with one of its subscribers, once.
void covers_everything_once(const Case& given, const Targets& targets) {
  Partitions assigned;
  RC_ASSERT(targets.size() == given.members.size());
  for (const Subscriber& one : given.members) {
    const Partitions& target = targets.find(one.id)->second;
    RC_ASSERT(std::ranges::is_sorted(target));
    for (const TopicIdPartition& partition : target) {
      RC_ASSERT(std::ranges::binary_search(one.topics, partition.topic));
      assigned.push_back(partition);
    }
  }
  std::ranges::sort(assigned);
  std::set<TopicIdPartition> all;
  for (const Subscriber& one : given.members)
    for (const model::TopicId& topic : one.topics)
      for (std::int32_t at = 0; at < given.counts.at(topic); ++at) all.insert({topic, at});
  RC_ASSERT(std::ranges::equal(assigned, all));
}

RC_GTEST_PROP(Assignors, CoverEverythingOnce, ()) {
  const Case given = a_case(*rc::gen::arbitrary<bool>());
  covers_everything_once(given, assign_uniformly(given.members, given.counts));
  covers_everything_once(given, assign_ranges(given.members, given.counts));
}

RC_GTEST_PROP(UniformAssignor, IsBalancedWhereAllSubscribeToTheSame, ()) {
  const Case given = a_case(true);
  const Targets targets = assign_uniformly(given.members, given.counts);
  std::set<std::size_t> sizes;
  for (const auto& [id, target] : targets) sizes.insert(target.size());
  RC_ASSERT(*sizes.rbegin() - *sizes.begin() <= 1U);
}

// No partition could move to a subscriber that has two fewer.
RC_GTEST_PROP(UniformAssignor, CannotBeMendedByOneMove, ()) {
  const Case given = a_case(false);
  const Targets targets = assign_uniformly(given.members, given.counts);
  for (const auto& [id, target] : targets)
    for (const TopicIdPartition& one : target)
      for (const Subscriber& other : given.members)
        if (std::ranges::binary_search(other.topics, one.topic))
          RC_ASSERT(targets.find(other.id)->second.size() + 1 >= target.size());
}

RC_GTEST_PROP(UniformAssignor, ChangesNothingWhenNothingChanged, ()) {
  Case given = a_case(*rc::gen::arbitrary<bool>());
  const Targets targets = assign_uniformly(given.members, given.counts);
  for (Subscriber& one : given.members) one.before = targets.find(one.id)->second;
  RC_ASSERT(assign_uniformly(given.members, given.counts) == targets);
}

// Of n members with the same subscription, one that comes takes no more than its share.
RC_GTEST_PROP(UniformAssignor, MovesNoMoreThanItMust, ()) {
  Case given = a_case(true);
  const Targets before = assign_uniformly(given.members, given.counts);
  for (Subscriber& one : given.members) one.before = before.find(one.id)->second;
  Subscriber fresh = given.members.front();
  fresh.id = "new";
  fresh.instance_id.reset();
  fresh.before.clear();
  given.members.push_back(fresh);
  const Targets after = assign_uniformly(given.members, given.counts);
  for (const auto& [id, target] : before) RC_ASSERT(contains_all(target, after.find(id)->second));
}

TEST(RangeAssignor, GivesNeighboursInTheOrderOfTheMembers) {
  const model::TopicId t = id_of_topic("t");
  const model::TopicId u = id_of_topic("u");
  const std::vector<Subscriber> members = {
      {.id = "a", .topics = {t, u}},
      {.id = "b", .topics = {t, u}},
      {.id = "z", .instance_id = "1", .topics = {t}},
  };
  const Targets targets = assign_ranges(members, {{t, 5}, {u, 3}});
  EXPECT_EQ(test::text_of(targets.at("z")), "t:0+1");
  EXPECT_EQ(test::text_of(targets.at("a")), "t:2+3 u:0+1");
  EXPECT_EQ(test::text_of(targets.at("b")), "t:4 u:2");
}

}  // namespace
}  // namespace gregor::group
