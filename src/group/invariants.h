// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of a coordinator after every step, with the names of the properties that consumer
// groups are held to. Those that concern several steps are checked by the model test.
//
//   G1 ExclusiveOwnership     within a stable generation a member is told one assignment, and the
//                             ids of members are distinct        (AssignmentsOfMembersOnly)
//   G3 GenerationsRise        never below the one that is stored (GenerationNotBelowStored)
//   G4 ZombiesAreFenced       in the model test: accepted commits are of the current generation
//   G5 CommitsSurvive         in the model test: what was confirmed is found by a replay
//   G7 StateIsAFold           a stable group is what its record says (StableIsStored)
//   G8 OneMemberPerInstance   instance ids and members agree     (StaticMembersAreDistinct,
//                             and with the record               StaticIdsAreStored)
//   G9 NoExpiryWhileActive    in the model test
//
// Of groups of the consumer protocol (consumer_invariants.cc):
//   G1 ExclusiveOwnership     no partition with two members      (PartitionHasOneOwner)
//   G2 EverythingIsCovered    no partition in two targets        (PartitionHasOneTarget), and in
//                             the model test: all in some
//   G3 EpochsRise             of target and members not ahead    (TargetNotAhead, MembersNotAhead),
//                             and in the model test: none goes back
//   G4, G5, G7, G9            as above, in the model test
//   G8 OneMemberPerInstance                                      (InstancesAreDistinct)
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "group/coordinator.h"

namespace gregor::group {

struct GroupInvariant {
  std::string_view name;
  bool (*holds)(const ClassicGroup& group);
};
std::span<const GroupInvariant> group_invariants();

struct ConsumerInvariant {
  std::string_view name;
  bool (*holds)(const ConsumerGroup& group);
};
std::span<const ConsumerInvariant> consumer_invariants();
std::optional<std::string> broken_consumer_invariant(const State& state);

// The first that does not hold: "StableIsStored: orders".
std::optional<std::string> broken_invariant(const State& state);

}  // namespace gregor::group
