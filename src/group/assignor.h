// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Who of a consumer group shall have which partitions. Pure functions: the same input gives the
// same assignment. As in Kafka 4.1 no assignor looks at racks.
//
//   uniform   what everybody gets differs by one partition at most where all subscribe to the same
//             topics, and by as little as one move can mend where they do not; of what was assigned
//             before as much stays as balance allows
//   range     of every topic each subscriber gets a run of neighbours, in the order of the members
//             (static ones first, by instance id), so that topics with as many partitions are
//             assigned alike; nothing stays for its own sake
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "group/partitions.h"

namespace gregor::group {

struct Subscriber {
  std::string id;
  std::optional<std::string> instance_id = {};
  std::vector<model::TopicId> topics = {};  // ascending; all are in PartitionCounts
  Partitions before = {};                   // its target until now
};
using PartitionCounts = std::map<model::TopicId, std::int32_t>;
// By member id; every partition of a topic with a subscriber is in one of them.
using Targets = std::map<std::string, Partitions, std::less<>>;

Targets assign_uniformly(const std::vector<Subscriber>& members, const PartitionCounts& counts);
Targets assign_ranges(const std::vector<Subscriber>& members, const PartitionCounts& counts);

using Assignor = Targets (*)(const std::vector<Subscriber>&, const PartitionCounts&);
// nullptr: there is none of that name.
Assignor find_assignor(std::string_view name);

}  // namespace gregor::group
