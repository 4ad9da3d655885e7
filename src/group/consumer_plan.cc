// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/consumer_plan.h"

#include <ranges>

#include "base/assert.h"
#include "base/ranges.h"
#include "group/consumer_records.h"

namespace gregor::group {

namespace {

// What makes a change undone: the value that it replaces.
struct Inverse {
  const ConsumerGroup& group;
  std::vector<ConsumerChange>& out;

  void operator()(const EpochChange& change) const {
    out.emplace_back(
        EpochChange{change.group, EpochChange::Value{group.epoch(), group.metadata_hash()}});
  }
  void operator()(const MemberChange& change) const {
    MemberChange before{change.group, change.member, {}};
    if (const ConsumerMember* const member = group.find(change.member)) {
      // Applied after the member itself is back.
      out.emplace_back(CurrentChange{change.group, change.member, member->current});
      before.value = member->metadata;
    }
    out.emplace_back(std::move(before));
  }
  void operator()(const PatternChange& change) const {
    PatternChange before{change.group, change.pattern, {}};
    const auto found = group.patterns().find(change.pattern);
    if (found != group.patterns().end()) before.value = found->second;
    out.emplace_back(std::move(before));
  }
  void operator()(const TargetEpochChange& change) const {
    out.emplace_back(TargetEpochChange{change.group, group.target_epoch()});
  }
  void operator()(const TargetChange& change) const {
    TargetChange before{change.group, change.member, {}};
    const auto found = group.targets().find(change.member);
    if (found != group.targets().end()) before.value = found->second;
    out.emplace_back(std::move(before));
  }
  void operator()(const CurrentChange& change) const {
    CurrentChange before{change.group, change.member, {}};
    if (const ConsumerMember* const member = group.find(change.member))
      before.value = member->current;
    out.emplace_back(std::move(before));
  }
};

}  // namespace

const ConsumerMember& ConsumerPlan::member(std::string_view id) const {
  const ConsumerMember* const found = group_.find(id);
  ASSERT(found != nullptr, std::string(id));
  return *found;
}

void ConsumerPlan::make(ConsumerChange change) {
  std::visit(Inverse{group_, inverse_}, change);
  group_.apply(change);
  changes_.push_back(std::move(change));
}

void ConsumerPlan::remove_member(const std::string& member) {
  make(CurrentChange{group_.id(), member, std::nullopt});
  make(TargetChange{group_.id(), member, std::nullopt});
  make(MemberChange{group_.id(), member, std::nullopt});
}

void ConsumerPlan::replace_member(const std::string& old_id, const std::string& new_id) {
  const ConsumerMember before = member(old_id);
  Partitions target = group_.target_of(old_id);
  remove_member(old_id);
  set_member(new_id, before.metadata);
  set_target(new_id, std::move(target));
  CurrentAssignment current = before.current;
  current.epoch = joining_epoch;
  current.previous_epoch = joining_epoch;
  set_current(new_id, std::move(current));
}

void ConsumerPlan::take_back() {
  for (const ConsumerChange& change : std::views::reverse(inverse_)) group_.apply(change);
  inverse_.clear();
  changes_.clear();
}

std::vector<ConsumerChange> removal_of(const ConsumerGroup& group) {
  std::vector<ConsumerChange> out;
  for (const auto& [id, member] : group.members())
    out.emplace_back(CurrentChange{group.id(), id, std::nullopt});
  for (const auto& [id, target] : group.targets())
    out.emplace_back(TargetChange{group.id(), id, std::nullopt});
  out.emplace_back(TargetEpochChange{group.id(), std::nullopt});
  for (const auto& [id, member] : group.members())
    out.emplace_back(MemberChange{group.id(), id, std::nullopt});
  for (const auto& [pattern, resolved] : group.patterns())
    out.emplace_back(PatternChange{group.id(), pattern, std::nullopt});
  out.emplace_back(EpochChange{group.id(), std::nullopt});
  return out;
}

std::vector<ConsumerChange> creation_of(const ConsumerGroup& group) {
  std::vector<ConsumerChange> out;
  for (const auto& [id, member] : group.members())
    out.emplace_back(MemberChange{group.id(), id, member.metadata});
  out.emplace_back(
      EpochChange{group.id(), EpochChange::Value{group.epoch(), group.metadata_hash()}});
  for (const auto& [pattern, resolved] : group.patterns())
    out.emplace_back(PatternChange{group.id(), pattern, resolved});
  for (const auto& [id, target] : group.targets())
    out.emplace_back(TargetChange{group.id(), id, target});
  out.emplace_back(TargetEpochChange{group.id(), group.target_epoch()});
  for (const auto& [id, member] : group.members())
    out.emplace_back(CurrentChange{group.id(), id, member.current});
  return out;
}

std::vector<StoredRecord> records_of(const std::vector<ConsumerChange>& changes) {
  return base::mapped(changes, [](const ConsumerChange& change) { return record_of(change); });
}

}  // namespace gregor::group
