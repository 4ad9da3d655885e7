// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The committed offsets of all groups of one partition of the offsets topic. It knows nothing of
// members, so that every kind of group can keep its offsets here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/ids.h"

namespace gregor::group {

struct CommittedOffset {
  model::Offset offset;
  model::LeaderEpoch leader_epoch = model::no_leader_epoch;
  std::string metadata;
  model::Timestamp committed_at;
  // Commits of old clients name it; the others expire by the broker's retention.
  model::Timestamp expires_at = model::no_timestamp;
  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

using PartitionOffsets = std::map<std::int32_t, CommittedOffset>;
using TopicOffsets = std::map<std::string, PartitionOffsets, std::less<>>;

class Offsets {
 public:
  void put(const std::string& group, const std::string& topic, std::int32_t partition,
           CommittedOffset offset);
  void remove(const std::string& group, const std::string& topic, std::int32_t partition);
  void remove_group(std::string_view group);

  // nullptr: nothing is committed.
  [[nodiscard]] const CommittedOffset* find(std::string_view group, std::string_view topic,
                                            std::int32_t partition) const;
  [[nodiscard]] const TopicOffsets* of_group(std::string_view group) const;
  [[nodiscard]] const std::map<std::string, TopicOffsets, std::less<>>& all() const {
    return groups_;
  }

  friend bool operator==(const Offsets&, const Offsets&) = default;

 private:
  std::map<std::string, TopicOffsets, std::less<>> groups_;  // no empty map inside
};

}  // namespace gregor::group
