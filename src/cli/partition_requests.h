// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests that go to the leaders of partitions: where partitions begin and end, and deleting
// records.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "cli/cluster.h"

namespace gregor::cli {

// Of ListOffsets, in place of a time.
inline constexpr model::Timestamp latest_offset{-1};
inline constexpr model::Timestamp earliest_offset{-2};
inline constexpr model::Timestamp offset_of_latest_time{-3};

using OffsetResults = std::map<model::TopicPartition, model::Result<model::Offset>>;

// For each partition the first offset whose record is not older; no_offset if there is none.
OffsetResults offsets_at(Cluster& cluster, const std::vector<model::TopicPartition>& partitions,
                         model::Timestamp time);

// Deletes what is before these offsets (-1: everything); for each partition where it begins then.
// `progress` hears how many partitions are done.
OffsetResults delete_records(Cluster& cluster,
                             const std::map<model::TopicPartition, model::Offset>& before,
                             const std::function<void(std::size_t)>& progress);

// All partitions of a topic; unknown_topic_or_partition if there is no such topic.
model::Result<std::vector<model::TopicPartition>> partitions_of(Cluster& cluster,
                                                                const std::string& topic);

}  // namespace gregor::cli
