// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a controller that comes to office puts right, and the small parts that plans are made of.

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/prng.h"
#include "controller/elections.h"
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

// What a topic lacks: its id, partitions without a state, leaders.
Task completion_of(const Situation& now, const Topic& found, const Incomplete* incomplete,
                   const Impaired& impaired, base::Prng& ids) {
  Topic topic = found;
  const Rules rules = rules_of(now, found.name);
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
    if (there == Presence::complete) {
      const Partition before =
          std::exchange(partition, without_the_dead(now, partition, rules, impaired));
      if (partition == before) continue;
      const model::PartitionIndex index(static_cast<std::int32_t>(at));
      changes.emplace_back(coordination::SetData{znode::partition_state(topic.name, index),
                                                 znode::encode(state_of(partition)),
                                                 before.partition_epoch.value()});
      continue;
    }
    Partition fresh = new_partition(now, partition.replicas);
    fresh.adding = partition.adding;
    fresh.removing = partition.removing;
    partition = std::move(fresh);
    append_partition(changes, topic.name, at, partition, there);
  }
  Task task;
  task.writes = fenced_writes(now.fence, std::move(changes));
  task.changes = {
      TopicChanged{now.image.topic(topic.name), std::make_shared<const Topic>(std::move(topic))}};
  return task;
}

// A topic that is marked for deletion. Its replicas on other brokers have to confirm first.
Task deletion_of(const Situation& now, const Findings& found, const std::string& name,
                 const Incomplete* incomplete) {
  const TopicRef topic = now.image.topic(name);
  Task task;
  if (found.unreadable.contains(name)) return task;
  if (topic == nullptr || !now.settings.delete_topic_enable) {
    task.writes = fenced_writes(now.fence, {coordination::Remove{znode::delete_topic(name)}});
    return task;
  }
  if (!is_shared(now, *topic)) return removal_of(now, *topic, true, incomplete);
  task.changes.emplace_back(TopicChanged{topic, nullptr});
  task.marked = topic;
  return task;
}

base::Prng prng_from(const model::Uuid& fresh) {
  std::uint64_t seed = 0;
  static_assert(sizeof fresh.bytes >= sizeof seed);
  std::memcpy(&seed, fresh.bytes.data(), sizeof seed);
  return base::Prng(seed);
}

// Replicas whose brokers have registered since the state of their partition was written, and are
// still taken for complete: nobody saw them go. They may have lost the end of their log, or all of
// it, and count as gone where another can lead that was never away; but if that one is lost as
// well, they are the next best (Impaired). (KIP-903 for a controller that comes to office; Kafka's
// does not look.)
OfflineReplicas returned_unseen(const Situation& now, const Findings& found) {
  OfflineReplicas out;
  for (const auto& [name, written] : found.written) {
    const TopicRef topic = now.image.topic(name.topic);
    const auto at = static_cast<std::size_t>(name.partition.value());
    if (topic == nullptr || at >= topic->partitions.size()) continue;
    for (const Brokers* const complete :
         {&topic->partitions[at].isr, &topic->partitions[at].eligible})
      for (const model::BrokerId id : *complete) {
        const auto broker = now.image.brokers.find(id);
        if (broker != now.image.brokers.end() && broker->second.epoch.value() > written.value())
          out[name].insert(id);
      }
  }
  return out;
}

// Of these, leaders: such a one, if no other can lead, writes something else in place of what it
// may have lost. That must be told from it, or a replica that still has it would never notice.
// (Kafka lets it lead on in the same epoch.)
std::set<model::TopicPartition> restarted_leaders(const Situation& now,
                                                  const OfflineReplicas& returned) {
  std::set<model::TopicPartition> out;
  for (const auto& [name, brokers] : returned) {
    const auto at = static_cast<std::size_t>(name.partition.value());
    if (brokers.contains(now.image.topic(name.topic)->partitions[at].leader)) out.insert(name);
  }
  return out;
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
  for (const std::string& path : found.empty_folders) {
    Task task;
    task.writes = fenced_writes(now.fence, {coordination::Remove{path}});
    tasks.push_back(std::move(task));
  }
  const auto incomplete = [&](const std::string& name) {
    const auto entry = found.incomplete.find(name);
    return entry == found.incomplete.end() ? nullptr : &entry->second;
  };
  for (const std::string& name : found.marked)
    tasks.push_back(deletion_of(now, found, name, incomplete(name)));
  Upkeep due{.topics = {}, .returned = returned_unseen(now, found)};
  due.restarted = restarted_leaders(now, due.returned);
  for (const auto& [id, registration] : found.unclean) due.unclean.insert(id);
  for (const auto& [name, topic] : now.image.topics) {
    if (found.unreadable.contains(name)) continue;
    if (found.marked.contains(name) && now.settings.delete_topic_enable) continue;
    if (!topic->id.is_zero() && incomplete(name) == nullptr)
      due.topics.insert(name);
    else if (Task task =
                 completion_of(now, *topic, incomplete(name), {.unclean = due.unclean}, ids);
             !task.writes.empty())
      tasks.push_back(std::move(task));
  }
  // All leaders that change do so in one write, as far as its size allows.
  Task upkeep = plan_upkeep(now, due);
  if (!upkeep.writes.empty()) tasks.push_back(std::move(upkeep));
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
          .recovering = partition.recovering,
          .eligible = partition.eligible};
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
