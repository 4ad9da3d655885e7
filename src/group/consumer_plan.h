// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What one event makes of a consumer group: each change is in the group at once, so that what
// follows from it can be decided, and all of them go to the log together or are taken back.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "group/consumer_group.h"
#include "group/records.h"

namespace gregor::group {

class ConsumerPlan {
 public:
  explicit ConsumerPlan(ConsumerGroup& group) : group_(group) {}

  [[nodiscard]] const ConsumerGroup& group() const { return group_; }
  [[nodiscard]] const std::vector<ConsumerChange>& changes() const { return changes_; }
  [[nodiscard]] const ConsumerMember& member(std::string_view id) const;

  void set_epoch(EpochChange::Value value) { make(EpochChange{group_.id(), value}); }
  void set_member(const std::string& id, MemberMetadata value) {
    make(MemberChange{group_.id(), id, std::move(value)});
  }
  void set_pattern(const std::string& pattern, std::optional<ResolvedPattern> value) {
    make(PatternChange{group_.id(), pattern, std::move(value)});
  }
  void set_target(const std::string& member, std::optional<Partitions> value) {
    make(TargetChange{group_.id(), member, std::move(value)});
  }
  void set_target_epoch(std::int32_t epoch) { make(TargetEpochChange{group_.id(), epoch}); }
  void set_current(const std::string& member, CurrentAssignment value) {
    make(CurrentChange{group_.id(), member, std::move(value)});
  }
  void remove_member(const std::string& member);
  // A static member is back under a new id: it gets its predecessor's place, and is to enter it.
  void replace_member(const std::string& old_id, const std::string& new_id);

  // The group is as it was.
  void take_back();

 private:
  void make(ConsumerChange change);

  ConsumerGroup& group_;
  std::vector<ConsumerChange> changes_;
  std::vector<ConsumerChange> inverse_;  // to be applied from the last to the first
};

// All that is stored of the group ends; the group itself last.
std::vector<ConsumerChange> removal_of(const ConsumerGroup& group);
// All that is to be stored of the group.
std::vector<ConsumerChange> creation_of(const ConsumerGroup& group);

std::vector<StoredRecord> records_of(const std::vector<ConsumerChange>& changes);

}  // namespace gregor::group
