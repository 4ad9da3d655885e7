// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/partitions.h"

#include <utility>

#include "base/assert.h"

namespace gregor::broker {

Partition& Partitions::add(std::unique_ptr<Partition> partition) {
  Partition& added = *partition;
  const auto index = static_cast<std::size_t>(added.name().partition.value());
  const auto [entry, fresh] = by_name_.try_emplace(added.name().topic);
  Topic& topic = entry->second;
  if (fresh) {
    topic.id = added.topic_id();
    by_id_.emplace(topic.id, &topic);
  }
  ASSERT(topic.id == added.topic_id());
  if (topic.partitions.size() <= index) topic.partitions.resize(index + 1);
  ASSERT(topic.partitions[index] == nullptr);
  topic.partitions[index] = &added;
  ++topic.count;
  all_.emplace(added.number(), std::move(partition));
  return added;
}

std::unique_ptr<Partition> Partitions::remove(PartitionNumber number) {
  auto node = all_.extract(number);
  ASSERT(!node.empty());
  std::unique_ptr<Partition> removed = std::move(node.mapped());
  const auto entry = by_name_.find(removed->name().topic);
  Topic& topic = entry->second;
  topic.partitions[static_cast<std::size_t>(removed->name().partition.value())] = nullptr;
  if (--topic.count == 0) {
    by_id_.erase(topic.id);
    by_name_.erase(entry);
  }
  return removed;
}

Partition* Partitions::at(const Topic& topic, model::PartitionIndex index) {
  const auto place = static_cast<std::size_t>(index.value());
  return index.value() >= 0 && place < topic.partitions.size() ? topic.partitions[place] : nullptr;
}

Partition* Partitions::find(const TopicRef& topic, model::PartitionIndex index) const {
  const auto* const id = std::get_if<model::TopicId>(&topic);
  return id != nullptr ? find_by_id(*id, index) : find_by_name(std::get<std::string>(topic), index);
}

Partition* Partitions::find_by_name(std::string_view topic, model::PartitionIndex index) const {
  const auto found = by_name_.find(topic);
  return found == by_name_.end() ? nullptr : at(found->second, index);
}

Partition* Partitions::find_by_id(const model::TopicId& topic, model::PartitionIndex index) const {
  const auto found = by_id_.find(topic);
  return found == by_id_.end() ? nullptr : at(*found->second, index);
}

std::vector<Partition*> Partitions::of_topic(std::string_view topic) const {
  std::vector<Partition*> partitions;
  if (const auto found = by_name_.find(topic); found != by_name_.end())
    partitions = found->second.partitions;
  std::erase(partitions, nullptr);
  return partitions;
}

Partition* Partitions::find(PartitionNumber number) const {
  const auto found = all_.find(number);
  return found == all_.end() ? nullptr : found->second.get();
}

}  // namespace gregor::broker
