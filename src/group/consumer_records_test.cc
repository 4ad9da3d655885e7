// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/consumer_records.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "group/consumer_plan.h"
#include "group/consumer_report.h"

namespace gregor::group {
namespace {

std::string a_name(const char* prefix, int of) {
  return prefix + std::to_string(*rc::gen::inRange(0, of));
}
Partitions some_partitions() {
  Partitions out;
  for (int at = 0; at < 4; ++at)
    if (*rc::gen::arbitrary<bool>()) out.push_back({test::id_of_topic("t"), at});
  return out;
}
MemberMetadata a_member() {
  MemberMetadata out;
  if (*rc::gen::arbitrary<bool>()) out.instance_id = a_name("i", 3);
  if (*rc::gen::arbitrary<bool>()) out.rack_id = "r";
  out.client_id = "c";
  out.client_host = "/h";
  out.topics = {a_name("t", 3)};
  if (*rc::gen::arbitrary<bool>()) out.pattern = a_name("p", 2);
  out.rebalance_timeout_ms = *rc::gen::inRange(-1, 5);
  if (*rc::gen::arbitrary<bool>()) out.assignor = "range";
  if (*rc::gen::arbitrary<bool>()) out.classic = ClassicSide{7, {{"range", {std::byte{1}}}}};
  return out;
}
CurrentAssignment an_assignment() {
  CurrentAssignment out;
  out.epoch = *rc::gen::inRange(-2, 9);
  out.previous_epoch = *rc::gen::inRange(-2, 9);
  out.state = *rc::gen::element(MemberState::stable, MemberState::unrevoked_partitions,
                                MemberState::unreleased_partitions);
  out.assigned = some_partitions();
  out.pending_revocation = in_first_only(some_partitions(), out.assigned);
  return out;
}

ConsumerChange a_change() {
  const bool removes = *rc::gen::inRange(0, 4) == 0;
  switch (*rc::gen::inRange(0, 6)) {
    case 0: {
      EpochChange::Value value{*rc::gen::inRange(0, 9), *rc::gen::arbitrary<std::uint64_t>()};
      return EpochChange{"g", value};
    }
    case 1: {
      MemberChange out{"g", a_name("m", 3), {}};
      if (!removes) out.value = a_member();
      return out;
    }
    case 2: {
      PatternChange out{"g", a_name("p", 2), {}};
      if (!removes) out.value = ResolvedPattern{{a_name("t", 3)}, 3, model::Timestamp(5)};
      return out;
    }
    case 3:
      return TargetEpochChange{"g", *rc::gen::inRange(0, 9)};
    case 4: {
      TargetChange out{"g", a_name("m", 3), {}};
      if (!removes) out.value = some_partitions();
      return out;
    }
    default: {
      CurrentChange out{"g", a_name("m", 3), {}};
      if (!removes) out.value = an_assignment();
      return out;
    }
  }
}

ConsumerChange parsed(const StoredRecord& record) {
  std::optional<base::BytesView> value;
  if (record.value) value = *record.value;
  const auto change = parse_record(base::BytesView(record.key), value);
  RC_ASSERT(change.has_value());
  const auto* consumer = std::get_if<ConsumerChange>(&*change);
  if (consumer == nullptr) RC_FAIL("a record of another kind");
  return *consumer;
}

RC_GTEST_PROP(ConsumerRecords, SayWhatTheChangeSays, ()) {
  ConsumerGroups folded;
  ConsumerGroups replayed;
  for (int at = 0; at < 12; ++at) {
    const ConsumerChange change = a_change();
    fold(folded, change);
    fold(replayed, parsed(record_of(change)));
  }
  RC_ASSERT((folded == replayed));
}

RC_GTEST_PROP(ConsumerRecords, OfCreationMakeTheGroupAndOfRemovalEndIt, ()) {
  ConsumerGroup group("g");
  group.apply(MemberChange{"g", "m0", a_member()});
  group.apply(CurrentChange{"g", "m0", an_assignment()});
  group.apply(TargetChange{"g", "m0", some_partitions()});
  group.apply(TargetEpochChange{"g", 4});
  group.apply(EpochChange{"g", EpochChange::Value{5, 6}});
  group.apply(PatternChange{"g", "p", ResolvedPattern{{"t"}, 3, model::Timestamp(5)}});
  ConsumerGroups groups;
  for (const ConsumerChange& change : creation_of(group)) fold(groups, parsed(record_of(change)));
  RC_ASSERT((groups.at("g") == group));
  for (const ConsumerChange& change : removal_of(group)) fold(groups, parsed(record_of(change)));
  RC_ASSERT(groups.empty());
}

RC_GTEST_PROP(ConsumerPlan, TakenBackLeavesTheGroupAsItWas, ()) {
  ConsumerGroup group("g");
  for (const char* id : {"m0", "m1"}) {
    MemberMetadata member = a_member();
    member.instance_id = std::string("i") + id;
    group.apply(MemberChange{"g", id, member});
    group.apply(TargetChange{"g", id, some_partitions()});
  }
  CurrentAssignment has = an_assignment();
  group.apply(CurrentChange{"g", "m0", has});
  const ConsumerGroup before = group;
  ConsumerPlan plan(group);
  plan.set_epoch({9, 9});
  plan.set_pattern("p", ResolvedPattern{{"t"}, 1, model::Timestamp(1)});
  plan.set_pattern("p", std::nullopt);
  if (*rc::gen::arbitrary<bool>())
    plan.remove_member("m0");
  else
    plan.replace_member("m0", "m2");
  plan.set_member("m3", a_member());
  plan.set_current("m3", {.assigned = in_first_only(some_partitions(), has.assigned)});
  plan.set_target("m3", some_partitions());
  plan.set_target_epoch(9);
  plan.take_back();
  RC_ASSERT((group == before));
}

TEST(ConsumerRecords, OfTopicsThatOlderReleasesKeptAreForgotten) {
  const base::Bytes key = {std::byte{0}, std::byte{4}, std::byte{0}, std::byte{1}, std::byte{'g'}};
  const auto change = parse_record(base::BytesView(key), std::nullopt);
  ASSERT_TRUE(change.has_value());
  EXPECT_TRUE(std::holds_alternative<ObsoleteChange>(*change));
}

}  // namespace
}  // namespace gregor::group
