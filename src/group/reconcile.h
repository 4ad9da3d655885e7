// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How one member of a consumer group comes from what it has to what it shall have. A partition is
// given up before anybody else gets it, and a member enters the epoch of its target only when it
// has nothing left that the target does not give it.
//
//              something to give up, that it still owns
//   stable ------------------------------------------------> unrevoked (keeps its epoch)
//     ^  ^                                                     | says that it owns none of it
//     |  +--- what it lacks is free, or nothing lacks ---------+ (enters the target's epoch)
//     |                                                        v
//     +------------------- the last became free ----------- unreleased
#pragma once

#include <cstdint>
#include <optional>

#include "group/consumer_group.h"

namespace gregor::group {

struct Goal {
  std::int32_t epoch = 0;
  const Partitions& target;
};

// The member's next assignment; the same one when it cannot move. `owned` is what the member says
// that it has (none: it did not say); the holders of partitions are those that the group knows.
CurrentAssignment reconcile(const ConsumerGroup& group, const ConsumerMember& member,
                            const Goal& goal, const std::optional<Partitions>& owned);

// Whether something that the member shall have is in other hands.
bool waits_for_others(const ConsumerGroup& group, const ConsumerMember& member);

}  // namespace gregor::group
