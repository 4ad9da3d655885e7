// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/topic_edits.h"

#include <utility>

#include "base/assert.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

const Partition* partition_of(const Topic& topic, model::PartitionIndex index) {
  const auto at = static_cast<std::size_t>(index.value());
  return index.value() >= 0 && at < topic.partitions.size() ? &topic.partitions[at] : nullptr;
}

bool same_assignment(const Partition& one, const Partition& other) {
  return one.replicas == other.replicas && one.adding == other.adding &&
         one.removing == other.removing;
}

}  // namespace

const Partition* TopicEdits::find(const std::string& topic, model::PartitionIndex index) const {
  const auto edited = edited_.find(topic);
  if (edited != edited_.end()) return partition_of(edited->second, index);
  const TopicRef known = now_.image.topic(topic);
  return known == nullptr ? nullptr : partition_of(*known, index);
}

void TopicEdits::set(const std::string& topic, model::PartitionIndex index, Partition next) {
  const TopicRef known = now_.image.topic(topic);
  ASSERT(known != nullptr);
  Topic& edited = edited_.try_emplace(topic, *known).first->second;
  edited.partitions.at(static_cast<std::size_t>(index.value())) = std::move(next);
}

std::vector<coordination::Change> TopicEdits::writes() const {
  std::vector<coordination::Change> out;
  for (const auto& [name, edited] : edited_) {
    const TopicRef before = now_.image.topic(name);
    bool reassigned = false;
    for (std::size_t at = 0; at < edited.partitions.size(); ++at) {
      const Partition& old = before->partitions[at];
      const Partition& next = edited.partitions[at];
      reassigned = reassigned || !same_assignment(next, old);
      const model::PartitionIndex index(static_cast<std::int32_t>(at));
      if (next.partition_epoch != old.partition_epoch)
        out.emplace_back(coordination::SetData{znode::partition_state(name, index),
                                               znode::encode(state_of(next)),
                                               old.partition_epoch.value()});
    }
    if (reassigned)
      out.emplace_back(
          coordination::SetData{znode::topic(name), znode::encode(assignment_of(edited))});
  }
  return out;
}

std::vector<Change> TopicEdits::changes() const {
  std::vector<Change> out;
  for (const auto& [name, edited] : edited_)
    if (const TopicRef before = now_.image.topic(name); before->partitions != edited.partitions)
      out.emplace_back(TopicChanged{before, std::make_shared<const Topic>(edited)});
  return out;
}

Task TopicEdits::task() const {
  Task out;
  out.writes = fenced_writes(now_.fence, writes());
  out.changes = changes();
  return out;
}

}  // namespace gregor::controller
