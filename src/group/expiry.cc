// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Offsets that nobody has asked for in a long time, and groups that have nothing left.

#include <algorithm>
#include <iterator>
#include <utility>

#include "group/machine.h"

namespace gregor::group {

bool Coordinator::Machine::is_expired(const CommittedOffset& offset) const {
  if (offset.expires_at != model::no_timestamp) return now_.wall >= offset.expires_at;
  return now_.wall - offset.committed_at >= settings_.offsets_retention_ms;
}

bool Coordinator::Machine::is_expired(const ClassicGroup& group,
                                      const CommittedOffset& offset) const {
  if (!is_expired(offset)) return false;
  if (offset.expires_at != model::no_timestamp) return true;
  // Where there were members it counts from the last one's leaving, so that a group may rest for as
  // long as it likes while it has members.
  const bool had_members = group.protocol_type().has_value() && group.is(GroupState::empty) &&
                           group.state_since() != model::no_timestamp;
  return !had_members || now_.wall - group.state_since() >= settings_.offsets_retention_ms;
}

bool Coordinator::Machine::expires(const std::string& name, const std::string& topic,
                                   const CommittedOffset& offset) const {
  const auto consumer_group = state_.consumer_groups.find(name);
  if (consumer_group != state_.consumer_groups.end())
    return !consumer_group->second.is_subscribed_to(topic) && is_expired(offset);
  const ClassicGroup& group = state_.groups.find(name)->second;
  // While it rebalances nobody knows what it subscribes to; then nothing expires.
  const bool settled =
      !group.protocol_type() || group.is(GroupState::empty) ||
      (group.is(GroupState::stable) && group.is_consumer_group() && group.knows_subscriptions());
  return settled && !group.is_subscribed_to(topic) && is_expired(group, offset);
}

void Coordinator::Machine::expire_offsets(Effects& out) {
  std::vector<StoredRecord> records;
  std::vector<OffsetChange> expired;
  std::vector<std::string> finished;
  const auto look_at = [&](const std::string& name, bool is_deserted) {
    bool keeps_some = false;
    if (const TopicOffsets* const topics = state_.offsets.of_group(name)) {
      for (const auto& [topic, partitions] : *topics) {
        for (const auto& [partition, offset] : partitions) {
          const bool goes = expires(name, topic, offset);
          if (goes) expired.push_back({name, topic, partition, std::nullopt});
          keeps_some |= !goes;
        }
      }
    }
    if (!keeps_some && is_deserted) finished.push_back(name);
  };
  for (const auto& [name, group] : state_.groups)
    look_at(name, group.is(GroupState::empty) && group.pending().empty());
  for (const auto& [name, group] : state_.consumer_groups) look_at(name, group.members().empty());
  for (const OffsetChange& one : expired) {
    records.push_back(offset_tombstone(one.group, one.topic, one.partition));
    state_.offsets.remove(one.group, one.topic, one.partition);
  }
  for (const std::string& name : finished) {
    std::ranges::move(end_of_group(name), std::back_inserter(records));
  }
  append_in_parts(records, out);
  timers_.set({TimerKey::Kind::expiry, {}, {}},
              after(settings_.offsets_retention_check_interval_ms));
}

void Coordinator::Machine::on(const TopicsDeleted& deleted, Effects& out) {
  if (loading_) return;
  std::vector<OffsetChange> gone;
  for (const auto& [group, topics] : state_.offsets.all())
    for (const std::string& topic : deleted.names)
      if (const auto found = topics.find(topic); found != topics.end())
        for (const auto& [partition, offset] : found->second)
          gone.push_back({group, topic, partition, std::nullopt});
  std::vector<StoredRecord> records;
  for (const OffsetChange& one : gone) {
    records.push_back(offset_tombstone(one.group, one.topic, one.partition));
    state_.offsets.remove(one.group, one.topic, one.partition);
  }
  append_in_parts(records, out);
}

}  // namespace gregor::group
