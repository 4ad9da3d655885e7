// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a controller that comes to office puts right, and the small parts that plans are made of.

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/prng.h"
#include "controller/plan.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

using Brokers = std::vector<model::BrokerId>;

Brokers registered(const Image& image, const Brokers& brokers) {
  Brokers out;
  std::ranges::copy_if(brokers, std::back_inserter(out),
                       [&](model::BrokerId id) { return image.brokers.contains(id); });
  return out;
}

// Brokers that are gone leave the in-sync replicas, but never the last of them: it alone may have
// all records. The leader comes from what remains, in order of preference.
Partition repaired(const Situation& now, const Partition& found) {
  Partition out = found;
  const Brokers live_isr = registered(now.image, found.isr);
  if (!live_isr.empty()) out.isr = live_isr;
  if (std::ranges::find(live_isr, found.leader) == live_isr.end()) {
    const auto preferred = std::ranges::find_if(found.replicas, [&](model::BrokerId id) {
      return std::ranges::find(live_isr, id) != live_isr.end();
    });
    out.leader = preferred == found.replicas.end() ? model::no_broker : *preferred;
  }
  if (out.leader == found.leader && out.isr == found.isr) return out;
  out.leader_epoch += 1;
  out.controller_epoch = now.epoch;
  out.partition_epoch += 1;
  return out;
}

Task repair_of(const Situation& now, const Topic& found, const Incomplete* incomplete,
               base::Prng& ids) {
  Topic topic = found;
  std::vector<coordination::Change> changes;
  if (topic.id.is_zero()) {
    topic.id = model::random_uuid(ids);
    changes.emplace_back(
        coordination::SetData{znode::topic(topic.name), znode::encode(assignment_of(topic))});
  }
  if (incomplete != nullptr && !incomplete->has_partitions)
    changes.emplace_back(coordination::Create{znode::partitions(topic.name), ""});
  for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
    Partition& partition = topic.partitions[at];
    const Presence there = incomplete ? incomplete->partitions.at(at) : Presence::complete;
    if (there != Presence::complete) {
      Partition fresh = new_partition(now, partition.replicas);
      fresh.adding = partition.adding;
      fresh.removing = partition.removing;
      partition = std::move(fresh);
      append_partition(changes, topic.name, at, partition, there);
      continue;
    }
    const Partition before = std::exchange(partition, repaired(now, partition));
    if (partition == before) continue;
    const model::PartitionIndex index(static_cast<std::int32_t>(at));
    changes.emplace_back(coordination::SetData{znode::partition_state(topic.name, index),
                                               znode::encode(state_of(partition)),
                                               before.partition_epoch.value()});
  }
  Task task;
  task.writes = fenced_writes(now.fence, std::move(changes));
  task.changes = {
      TopicChanged{now.image.topic(topic.name), std::make_shared<const Topic>(std::move(topic))}};
  return task;
}

base::Prng prng_from(const model::Uuid& fresh) {
  std::uint64_t seed = 0;
  static_assert(sizeof fresh.bytes >= sizeof seed);
  std::memcpy(&seed, fresh.bytes.data(), sizeof seed);
  return base::Prng(seed);
}

}  // namespace

std::vector<Task> plan_repairs(const Situation& now, const Findings& found,
                               const model::Uuid& fresh) {
  std::vector<Task> tasks;
  base::Prng ids = prng_from(fresh);
  if (!found.has_features) {
    Task task;
    task.writes = fenced_writes(
        now.fence,
        {coordination::Create{std::string(znode::feature), znode::encode(znode::Features{})}});
    tasks.push_back(std::move(task));
  }
  const auto incomplete = [&](const std::string& name) {
    const auto entry = found.incomplete.find(name);
    return entry == found.incomplete.end() ? nullptr : &entry->second;
  };
  for (const std::string& name : found.marked) {
    const TopicRef topic = now.image.topic(name);
    if (topic != nullptr && now.settings.delete_topic_enable) {
      tasks.push_back(removal_of(now, *topic, true, incomplete(name)));
      continue;
    }
    Task task;
    task.writes = fenced_writes(now.fence, {coordination::Remove{znode::delete_topic(name)}});
    tasks.push_back(std::move(task));
  }
  for (const auto& [name, topic] : now.image.topics) {
    if (found.marked.contains(name) && now.settings.delete_topic_enable) continue;
    Task task = repair_of(now, *topic, incomplete(name), ids);
    if (!task.writes.empty()) tasks.push_back(std::move(task));
  }
  return tasks;
}

znode::TopicAssignment assignment_of(const Topic& topic) {
  znode::TopicAssignment out{.id = topic.id, .partitions = {}};
  for (const Partition& partition : topic.partitions)
    out.partitions.push_back({partition.replicas, partition.adding, partition.removing});
  return out;
}

znode::PartitionState state_of(const Partition& partition) {
  return {.controller_epoch = partition.controller_epoch,
          .leader = partition.leader,
          .leader_epoch = partition.leader_epoch,
          .isr = partition.isr,
          .recovering = false};
}

Partition new_partition(const Situation& now, Brokers replicas) {
  Partition out;
  out.isr = registered(now.image, replicas);
  out.replicas = std::move(replicas);
  out.controller_epoch = now.epoch;
  if (out.isr.empty())
    out.partition_epoch = model::PartitionEpoch{-1};
  else
    out.leader = out.isr.front();
  return out;
}

void append_partition(std::vector<coordination::Change>& to, const std::string& topic,
                      std::size_t at, const Partition& partition, Presence now) {
  ASSERT(now != Presence::complete);
  const model::PartitionIndex index(static_cast<std::int32_t>(at));
  if (now == Presence::absent)
    to.emplace_back(coordination::Create{znode::partition(topic, index), ""});
  if (partition.leader != model::no_broker)
    to.emplace_back(coordination::Create{znode::partition_state(topic, index),
                                         znode::encode(state_of(partition))});
}

}  // namespace gregor::controller
