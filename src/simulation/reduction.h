// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What may be left out of a world. Each part has a name, so that a world that was made smaller can
// be told and run again (gregor sim --without):
//
//   strike-3  producer-2  consumer-5  committer-6  reader-7  member-8  topic1  broker-3
//   restart              before everything is read
//   shards-of-broker-1   but one
//   work=2500            so many milliseconds until everything heals
//   producer-2=5         so many operations while faults happen; also admin-0=5
//   topic1=1             so many partitions
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/plan.h"

namespace gregor::simulation {

// False, and nothing has changed, if there is no such part, or it is the last of what a world must
// have. What cannot be without it goes as well.
bool leave_out(WorldPlan& plan, std::string_view part);

// All that can go as a whole, of one kind after the other: where a search begins.
std::vector<std::vector<std::string>> parts_of(const WorldPlan& plan);

// What there can be less of.
struct Amount {
  std::string name;
  std::int64_t least = 0;
  std::int64_t now = 0;
};
std::vector<Amount> amounts_of(const WorldPlan& plan);

// For people: brokers, topics, clients, and what happens when.
std::string to_text(const WorldPlan& plan);

}  // namespace gregor::simulation
