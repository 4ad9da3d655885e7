// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Topics are removed: leaves first, the topic last, so that a removal that was cut short is found
// and finished. A removal that takes more than one write, or has to wait for replicas on other
// brokers, is announced in /admin/delete_topics first.

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "controller/plan.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

using model::ErrorCode;
using model::fail;

model::Result<TopicRef> find(const Image& image, const DeleteTopic& wanted) {
  if (!wanted.name && wanted.id.is_zero())
    return fail(ErrorCode::invalid_request, "Neither topic name nor id were specified.");
  if (wanted.name && !wanted.id.is_zero())
    return fail(ErrorCode::invalid_request, "You may not specify both topic name and topic id.");
  TopicRef topic = wanted.name ? image.topic(*wanted.name) : image.topic(wanted.id);
  if (topic != nullptr) return topic;
  if (wanted.name)
    return fail(ErrorCode::unknown_topic_or_partition,
                "This server does not host this topic-partition.");
  return fail(ErrorCode::unknown_topic_id, "This server does not host this topic ID.");
}

// How often each topic is named, by name and by id.
struct Mentions {
  std::map<std::string, int, std::less<>> names;
  std::map<model::TopicId, int> ids;
};

model::Result<> check_once(const Mentions& mentions, const DeleteTopic& wanted,
                           const Topic& topic) {
  if (wanted.name && mentions.names.at(*wanted.name) > 1)
    return fail(ErrorCode::invalid_request, "Duplicate topic name.");
  if (!wanted.name && mentions.ids.at(wanted.id) > 1)
    return fail(ErrorCode::invalid_request, "Duplicate topic id.");
  if (mentions.names.contains(topic.name) && mentions.ids.contains(topic.id))
    return fail(ErrorCode::invalid_request,
                "The provided topic name maps to an ID that was already supplied.");
  return {};
}

}  // namespace

Task removal_of(const Situation& now, const Topic& topic, bool marked,
                const Incomplete* incomplete) {
  std::vector<coordination::Change> changes;
  for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
    const model::PartitionIndex index(static_cast<std::int32_t>(at));
    const Presence there = incomplete ? incomplete->partitions.at(at) : Presence::complete;
    if (there == Presence::complete)
      changes.emplace_back(coordination::Remove{znode::partition_state(topic.name, index)});
    if (there != Presence::absent)
      changes.emplace_back(coordination::Remove{znode::partition(topic.name, index)});
  }
  if (incomplete == nullptr || incomplete->has_partitions)
    changes.emplace_back(coordination::Remove{znode::partitions(topic.name)});
  changes.emplace_back(coordination::Remove{znode::topic(topic.name)});
  const ConfigResource resource{TopicName{topic.name}};
  const bool configured = now.image.configs.contains(resource);
  if (configured) changes.emplace_back(coordination::Remove{znode::config(resource)});
  const std::string mark = znode::delete_topic(topic.name);

  Task task;
  if (marked) changes.emplace_back(coordination::Remove{mark});
  task.writes = fenced_writes(now.fence, changes);
  if (!marked && task.writes.size() > 1) {
    changes.emplace_back(coordination::Remove{mark});
    task.writes = fenced_writes(now.fence, {coordination::Create{mark, ""}});
    for (coordination::Multi& write : fenced_writes(now.fence, std::move(changes)))
      task.writes.push_back(std::move(write));
  }
  if (configured) task.changes.emplace_back(ConfigsChanged{resource, nullptr});
  if (const TopicRef known = now.image.topic(topic.name))
    task.changes.emplace_back(TopicChanged{known, nullptr});
  task.removed = topic.name;
  return task;
}

bool is_shared(const Situation& now, const Topic& topic) {
  for (const Partition& partition : topic.partitions)
    for (const model::BrokerId id : partition.replicas)
      if (id != now.settings.broker.id) return true;
  return false;
}

namespace {

// Clients see the topic no more; its znodes go when all replicas are gone.
Task mark_of(const Situation& now, const TopicRef& topic) {
  Task task;
  task.writes =
      fenced_writes(now.fence, {coordination::Create{znode::delete_topic(topic->name), ""}});
  task.changes.emplace_back(TopicChanged{topic, nullptr});
  task.marked = topic;
  return task;
}

}  // namespace

Plan plan_delete_topics(const Situation& now, Token token, const DeleteTopics& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  std::vector<model::Result<TopicDeleted>> results;
  Mentions mentions;
  for (const DeleteTopic& wanted : command.topics) {
    if (wanted.name && wanted.id.is_zero()) ++mentions.names[*wanted.name];
    if (!wanted.name) ++mentions.ids[wanted.id];
  }
  const auto judge = [&](const DeleteTopic& wanted) -> model::Result<TopicDeleted> {
    if (!now.settings.delete_topic_enable)
      return fail(ErrorCode::topic_deletion_disabled, "Topic deletion is disabled.");
    const auto topic = find(now.image, wanted);
    if (!topic) return fail(topic.error());
    if (auto once = check_once(mentions, wanted, **topic); !once) return fail(once.error());
    Task task =
        is_shared(now, **topic) ? mark_of(now, *topic) : removal_of(now, **topic, false, nullptr);
    task.results = {results.size()};
    out.tasks.push_back(std::move(task));
    return TopicDeleted{(*topic)->name, (*topic)->id};
  };
  for (const DeleteTopic& topic : command.topics) results.push_back(judge(topic));
  out.answer.results = std::move(results);
  return out;
}

}  // namespace gregor::controller
