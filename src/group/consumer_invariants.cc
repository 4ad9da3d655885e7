// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The invariants of consumer groups: of one group after every step. That epochs never go back and
// that a replay finds the same is checked by the model test.

#include <algorithm>
#include <array>

#include "base/ranges.h"
#include "group/consumer_group.h"
#include "group/invariants.h"

namespace gregor::group {

// What concerns the inside of a group.
struct ConsumerInvariants {
  // What the index of holders says is what the members have.
  static bool holders_are_members(const ConsumerGroup& group) {
    std::size_t held = 0;
    for (const auto& [id, member] : group.members_) {
      for (const Partitions* part :
           {&member.current.assigned, &member.current.pending_revocation}) {
        held += part->size();
        for (const TopicIdPartition& one : *part) {
          const std::string* const holder = group.holder(one);
          if (holder == nullptr || *holder != id) return false;
        }
      }
    }
    return held == group.holders_.size();
  }
  static bool instances_are_distinct(const ConsumerGroup& group) {
    std::size_t with_instance = 0;
    for (const auto& [id, member] : group.members_) {
      if (!member.metadata.instance_id) continue;
      ++with_instance;
      const ConsumerMember* const holder = group.static_member(*member.metadata.instance_id);
      if (holder == nullptr || holder->id != id) return false;
    }
    return with_instance == group.static_members_.size();
  }
};

namespace {

// A partition is with one member at most, be it assigned or not given up yet.
bool partition_has_one_owner(const ConsumerGroup& group) {
  Partitions all;
  for (const auto& [id, member] : group.members()) {
    std::ranges::copy(member.current.assigned, std::back_inserter(all));
    std::ranges::copy(member.current.pending_revocation, std::back_inserter(all));
  }
  return base::distinct(all);
}

bool partition_has_one_target(const ConsumerGroup& group) {
  Partitions all;
  for (const auto& [id, target] : group.targets())
    std::ranges::copy(target, std::back_inserter(all));
  return base::distinct(all);
}

// Between two requests a group with members has a target for its epoch, unless members left.
bool target_not_ahead(const ConsumerGroup& group) { return group.target_epoch() <= group.epoch(); }

bool members_not_ahead(const ConsumerGroup& group) {
  return std::ranges::all_of(group.members(), [&](const auto& one) {
    const CurrentAssignment& current = one.second.current;
    return current.epoch <= group.target_epoch() && current.epoch >= away_epoch &&
           current.epoch != leaving_epoch;
  });
}

// Where a member is settled, it has its target.
bool stable_have_their_targets(const ConsumerGroup& group) {
  return std::ranges::all_of(group.members(), [&](const auto& one) {
    const CurrentAssignment& current = one.second.current;
    return current.state != MemberState::stable || current.epoch != group.target_epoch() ||
           current.assigned == group.target_of(one.first);
  });
}

// Only who is asked to give something up has something to give up.
bool revocation_fits_the_state(const ConsumerGroup& group) {
  return std::ranges::all_of(group.members(), [](const auto& one) {
    const CurrentAssignment& current = one.second.current;
    return (current.state == MemberState::unrevoked_partitions) !=
           current.pending_revocation.empty();
  });
}

bool targets_are_of_members(const ConsumerGroup& group) {
  return std::ranges::all_of(group.targets(),
                             [&](const auto& one) { return group.find(one.first) != nullptr; });
}

bool patterns_are_resolved(const ConsumerGroup& group) {
  std::set<std::string, std::less<>> used;
  for (const auto& [id, member] : group.members())
    if (!member.metadata.pattern.empty()) used.insert(member.metadata.pattern);
  return std::ranges::all_of(used,
                             [&](const auto& one) { return group.patterns().contains(one); }) &&
         used.size() == group.patterns().size();
}

constexpr std::array<ConsumerInvariant, 10> consumer_checks = {{
    {"HoldersAreMembers", &ConsumerInvariants::holders_are_members},
    {"InstancesAreDistinct", &ConsumerInvariants::instances_are_distinct},
    {"PartitionHasOneOwner", partition_has_one_owner},
    {"PartitionHasOneTarget", partition_has_one_target},
    {"TargetNotAhead", target_not_ahead},
    {"MembersNotAhead", members_not_ahead},
    {"StableHaveTheirTargets", stable_have_their_targets},
    {"RevocationFitsTheState", revocation_fits_the_state},
    {"TargetsAreOfMembers", targets_are_of_members},
    {"PatternsAreResolved", patterns_are_resolved},
}};

}  // namespace

std::span<const ConsumerInvariant> consumer_invariants() { return consumer_checks; }

std::optional<std::string> broken_consumer_invariant(const State& state) {
  for (const auto& [name, group] : state.consumer_groups) {
    if (name != group.id()) return "GroupsAreWhoTheyAreCalled: " + name;
    if (state.groups.contains(name)) return "GroupHasOneProtocol: " + name;
    for (const ConsumerInvariant& invariant : consumer_checks)
      if (!invariant.holds(group)) return std::string(invariant.name) + ": " + name;
  }
  return std::nullopt;
}

}  // namespace gregor::group
