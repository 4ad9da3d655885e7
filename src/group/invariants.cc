// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/invariants.h"

#include <algorithm>
#include <array>

#include "base/ranges.h"

namespace gregor::group {

// What concerns the inside of a group.
struct GroupInvariants {
  static bool joining_is_counted(const ClassicGroup& group) {
    return std::cmp_equal(group.joining_,
                          std::ranges::count_if(group.members_, [](const auto& one) {
                            return one.second.joining.has_value();
                          }));
  }
  static bool supporters_are_counted(const ClassicGroup& group) {
    std::map<std::string, int, std::less<>> counted;
    for (const auto& [id, member] : group.members_)
      for (const Protocol& protocol : member.protocols) ++counted[protocol.name];
    return counted == group.supporters_;
  }
  static bool static_members_are_distinct(const ClassicGroup& group) {
    std::size_t with_instance = 0;
    for (const auto& [id, member] : group.members_) {
      if (!member.instance_id) continue;
      ++with_instance;
      const std::string* const holder = group.static_member(*member.instance_id);
      if (holder == nullptr || *holder != id) return false;
    }
    return with_instance == group.static_members_.size();
  }
};

namespace {

bool leader_is_a_member(const ClassicGroup& group) {
  return group.members().empty() ? !group.leader().has_value()
                                 : group.leader() && group.find(*group.leader()) != nullptr;
}

bool members_are_who_they_are_called(const ClassicGroup& group) {
  return std::ranges::all_of(group.members(), [](const auto& one) {
    return !one.first.empty() && one.first == one.second.id;
  });
}

bool empty_has_no_members(const ClassicGroup& group) {
  return group.is(GroupState::preparing_rebalance) ||
         group.is(GroupState::empty) == group.members().empty();
}

bool pending_are_not_members(const ClassicGroup& group) {
  return group.pending().size() <= pending_members_max &&
         std::ranges::none_of(group.pending(),
                              [&](const std::string& id) { return group.find(id) != nullptr; });
}

// Joins wait only while the group gathers, syncs only while the leader assigns.
bool waiting_fits_the_phase(const ClassicGroup& group) {
  return std::ranges::all_of(group.members(), [&](const auto& one) {
    const Member& member = one.second;
    return (!member.joining || group.is(GroupState::preparing_rebalance)) &&
           (!member.syncing || group.is(GroupState::completing_rebalance));
  });
}

// While members hold an assignment there is a protocol that all of them know.
bool protocol_is_known_to_all(const ClassicGroup& group) {
  if (!group.is(GroupState::stable) && !group.is(GroupState::completing_rebalance)) return true;
  return group.protocol() && std::ranges::all_of(group.members(), [&](const auto& one) {
           return base::contains(one.second.protocols, *group.protocol(), &Protocol::name);
         });
}

bool generation_not_below_stored(const ClassicGroup& group) {
  return !group.stored() || group.generation() >= group.stored()->generation;
}

// Members, generation and assignments of a stable group are those that a replay would find, but for
// what a member has changed about itself since.
bool stable_is_stored(const ClassicGroup& group) {
  if (!group.is(GroupState::stable)) return true;
  if (!group.stored() || group.stored()->generation != group.generation()) return false;
  return std::ranges::all_of(group.members(), [&](const auto& one) {
    const auto& members = group.stored()->members;
    const auto found = std::ranges::find(members, one.first,
                                         &protocol::GroupMetadataValue::MemberMetadata::member_id);
    return found != members.end() && found->assignment == one.second.assignment &&
           found->group_instance_id == one.second.instance_id;
  });
}

// The id that a static member answers to is the one that a replay would find for it.
bool static_ids_are_stored(const ClassicGroup& group) {
  if (!group.stored()) return true;
  return std::ranges::all_of(group.stored()->members, [&](const auto& stored) {
    if (!stored.group_instance_id) return true;
    const std::string* const holder = group.static_member(*stored.group_instance_id);
    return holder == nullptr || *holder == stored.member_id;
  });
}

constexpr std::array<GroupInvariant, 12> group_checks = {{
    {"JoiningIsCounted", &GroupInvariants::joining_is_counted},
    {"SupportersAreCounted", &GroupInvariants::supporters_are_counted},
    {"StaticMembersAreDistinct", &GroupInvariants::static_members_are_distinct},
    {"LeaderIsAMember", leader_is_a_member},
    {"MembersAreWhoTheyAreCalled", members_are_who_they_are_called},
    {"EmptyHasNoMembers", empty_has_no_members},
    {"PendingAreNotMembers", pending_are_not_members},
    {"WaitingFitsThePhase", waiting_fits_the_phase},
    {"ProtocolIsKnownToAll", protocol_is_known_to_all},
    {"GenerationNotBelowStored", generation_not_below_stored},
    {"StableIsStored", stable_is_stored},
    {"StaticIdsAreStored", static_ids_are_stored},
}};

}  // namespace

std::span<const GroupInvariant> group_invariants() { return group_checks; }

std::optional<std::string> broken_invariant(const State& state) {
  for (const auto& [name, group] : state.groups) {
    if (name != group.id()) return "GroupsAreWhoTheyAreCalled: " + name;
    for (const GroupInvariant& invariant : group_checks)
      if (!invariant.holds(group)) return std::string(invariant.name) + ": " + name;
  }
  for (const auto& [name, topics] : state.offsets.all())
    if (!state.groups.contains(name) && !state.consumer_groups.contains(name))
      return "OffsetsHaveAGroup: " + name;
  return broken_consumer_invariant(state);
}

}  // namespace gregor::group
