// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Sets of partitions, as assignments are made of: by topic id, because a topic that is made anew
// under its old name is another one.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <iterator>
#include <vector>

#include "model/uuid.h"

namespace gregor::group {

struct TopicIdPartition {
  model::TopicId topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicIdPartition&, const TopicIdPartition&) = default;
};

// Ascending, none twice.
using Partitions = std::vector<TopicIdPartition>;

inline Partitions in_both(const Partitions& a, const Partitions& b) {
  Partitions out;
  std::ranges::set_intersection(a, b, std::back_inserter(out));
  return out;
}
inline Partitions in_first_only(const Partitions& a, const Partitions& b) {
  Partitions out;
  std::ranges::set_difference(a, b, std::back_inserter(out));
  return out;
}
inline Partitions in_either(const Partitions& a, const Partitions& b) {
  Partitions out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}
inline bool overlap(const Partitions& a, const Partitions& b) { return !in_both(a, b).empty(); }
inline bool contains_all(const Partitions& all, const Partitions& some) {
  return std::ranges::includes(all, some);
}

// From and to the entries of messages: a topic id and its partitions each.
template <class Entry>
Partitions partitions_of(const std::vector<Entry>& topics) {
  Partitions out;
  for (const Entry& topic : topics)
    for (const std::int32_t partition : topic.partitions)
      out.push_back({topic.topic_id, partition});
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}
template <class Entry>
std::vector<Entry> entries_of(const Partitions& partitions) {
  std::vector<Entry> out;
  for (const TopicIdPartition& one : partitions) {
    if (out.empty() || out.back().topic_id != one.topic) out.emplace_back().topic_id = one.topic;
    out.back().partitions.push_back(one.partition);
  }
  return out;
}

}  // namespace gregor::group
