// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/offsets.h"

#include <utility>

namespace gregor::group {

void Offsets::put(const std::string& group, const std::string& topic, std::int32_t partition,
                  CommittedOffset offset) {
  groups_[group][topic].insert_or_assign(partition, std::move(offset));
}

void Offsets::remove(const std::string& group, const std::string& topic, std::int32_t partition) {
  const auto topics = groups_.find(group);
  if (topics == groups_.end()) return;
  const auto partitions = topics->second.find(topic);
  if (partitions == topics->second.end()) return;
  partitions->second.erase(partition);
  if (partitions->second.empty()) topics->second.erase(partitions);
  if (topics->second.empty()) groups_.erase(topics);
}

void Offsets::remove_group(std::string_view group) {
  const auto topics = groups_.find(group);
  if (topics != groups_.end()) groups_.erase(topics);
}

const CommittedOffset* Offsets::find(std::string_view group, std::string_view topic,
                                     std::int32_t partition) const {
  const TopicOffsets* const topics = of_group(group);
  if (topics == nullptr) return nullptr;
  const auto partitions = topics->find(topic);
  if (partitions == topics->end()) return nullptr;
  const auto found = partitions->second.find(partition);
  return found == partitions->second.end() ? nullptr : &found->second;
}

const TopicOffsets* Offsets::of_group(std::string_view group) const {
  const auto topics = groups_.find(group);
  return topics == groups_.end() ? nullptr : &topics->second;
}

}  // namespace gregor::group
