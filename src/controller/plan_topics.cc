// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Topics are made: judged in the order and with the words of Kafka 4.1.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "controller/placement.h"
#include "controller/plan.h"
#include "controller/znode_paths.h"
#include "model/topic_name.h"

namespace gregor::controller {

namespace {

using model::ErrorCode;
using model::fail;
using Replicas = std::vector<model::BrokerId>;

constexpr std::string_view metadata_topic = "__cluster_metadata";

// Names that differ only in "." and "_" would share the names of their metrics.
bool collide(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return (x == '.' ? '_' : x) == (y == '.' ? '_' : y); };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

// The topic that a new one may not stand beside: one there is, or one that the request makes.
std::string_view colliding(const Image& image, const std::vector<std::string_view>& made,
                           std::string_view name) {
  if (name.find_first_of("._") == std::string_view::npos) return {};
  for (const std::string_view other : made)
    if (collide(other, name)) return other;
  for (const auto& [other, topic] : image.topics)
    if (collide(other, name)) return other;
  for (const auto& [other, topic] : image.deleting)
    if (collide(other, name)) return other;
  return {};
}

std::uint64_t partitions_asked(const Settings& settings, const NewTopic& topic) {
  if (!topic.assignments.empty()) return topic.assignments.size();
  const std::int32_t count =
      topic.partitions == -1 ? settings.default_partitions : topic.partitions;
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

model::Result<> check_manual(const Image& image, const Replicas& replicas,
                             std::optional<std::size_t> replication) {
  const auto refuse = [](std::string why) {
    return fail(ErrorCode::invalid_replica_assignment,
                "The manual partition assignment includes " + std::move(why));
  };
  if (replicas.empty()) return refuse("an empty replica list.");
  Replicas sorted = replicas;
  std::ranges::sort(sorted);
  for (std::size_t at = 0; at < sorted.size(); ++at) {
    if (!image.brokers.contains(sorted[at]))
      return refuse(
          fmt::format("broker {}, but no such broker is registered.", sorted[at].value()));
    if (at > 0 && sorted[at] == sorted[at - 1])
      return refuse(fmt::format("the broker {} more than once.", sorted[at].value()));
  }
  if (replication && *replication != replicas.size())
    return refuse(
        fmt::format("a partition with {} replica(s), but this is not consistent with "
                    "previous partitions, which have {} replica(s).",
                    replicas.size(), *replication));
  return {};
}

model::Result<std::vector<Replicas>> manual_replicas(const Image& image, const NewTopic& topic) {
  if (topic.replication != -1)
    return fail(ErrorCode::invalid_request,
                "A manual partition assignment was specified, but replication factor was not set "
                "to -1.");
  if (topic.partitions != -1)
    return fail(ErrorCode::invalid_request,
                "A manual partition assignment was specified, but numPartitions was not set to "
                "-1.");
  std::map<model::PartitionIndex, Replicas> by_index;
  std::optional<std::size_t> replication;
  for (const ReplicaAssignment& assignment : topic.assignments) {
    if (!by_index.emplace(assignment.partition, assignment.brokers).second)
      return fail(ErrorCode::invalid_replica_assignment,
                  fmt::format("Found multiple manual partition assignments for partition {}",
                              assignment.partition.value()));
    if (auto checked = check_manual(image, assignment.brokers, replication); !checked)
      return fail(checked.error());
    replication = assignment.brokers.size();
  }
  std::vector<Replicas> out;
  for (auto& [index, replicas] : by_index) {
    if (index.value() != static_cast<std::int32_t>(out.size()))
      return fail(ErrorCode::invalid_replica_assignment,
                  "partitions should be a consecutive 0-based integer sequence");
    out.push_back(std::move(replicas));
  }
  return out;
}

model::Result<std::vector<Replicas>> placed_replicas(const Situation& now, std::uint32_t partitions,
                                                     std::int16_t replication,
                                                     PlacementStart start) {
  const Replicas brokers = now.image.broker_ids();
  if (replication < 1 || static_cast<std::size_t>(replication) > brokers.size())
    return fail(ErrorCode::invalid_replication_factor,
                fmt::format("Unable to replicate the partition {} time(s): The target replication "
                            "factor of {} cannot be reached because only {} broker(s) are "
                            "registered.",
                            replication, replication, brokers.size()));
  std::vector<RackedBroker> racked;
  for (const auto& [id, broker] : now.image.brokers)
    if (broker.rack) racked.push_back({id, *broker.rack});
  if (racked.size() == brokers.size())
    return place_replicas(std::span<const RackedBroker>(racked), partitions,
                          static_cast<std::uint32_t>(replication), start);
  return place_replicas(brokers, partitions, static_cast<std::uint32_t>(replication), start);
}

model::Result<std::vector<Replicas>> replicas_of(const Situation& now, const NewTopic& topic) {
  if (!topic.assignments.empty()) return manual_replicas(now.image, topic);
  if (topic.replication < -1 || topic.replication == 0)
    return fail(ErrorCode::invalid_replication_factor,
                "Replication factor must be larger than 0, or -1 to use the default value.");
  if (topic.partitions < -1 || topic.partitions == 0)
    return fail(ErrorCode::invalid_partitions,
                "Number of partitions was set to an invalid non-positive value.");
  const std::uint64_t brokers = std::max<std::uint64_t>(now.image.brokers.size(), 1);
  const PlacementStart start{
      .broker = static_cast<std::uint32_t>(topic.placement % brokers),
      .shift = static_cast<std::uint32_t>(topic.placement / brokers % brokers)};
  return placed_replicas(
      now, static_cast<std::uint32_t>(partitions_asked(now.settings, topic)),
      topic.replication == -1 ? now.settings.default_replication : topic.replication, start);
}

// The checks that come before replicas are placed. `made`: by the same request.
model::Result<Configs> check_new_topic(const Image& image, const NewTopic& topic,
                                       const std::vector<std::string_view>& made) {
  if (topic.refused && topic.refused->code == ErrorCode::invalid_request)
    return fail(*topic.refused);
  if (topic.name == metadata_topic)
    return fail(ErrorCode::invalid_request,
                fmt::format("Creation of internal topic {} is prohibited.", metadata_topic));
  if (auto checked = model::check_topic_name(topic.name); !checked) return fail(checked.error());
  if (image.topic(topic.name) != nullptr || image.deleting.contains(topic.name))
    return fail(ErrorCode::topic_already_exists,
                fmt::format("Topic '{}' already exists.", topic.name));
  if (const auto other = colliding(image, made, topic.name); !other.empty())
    return fail(ErrorCode::invalid_topic_exception,
                fmt::format("Topic '{}' collides with existing topic: {}", topic.name, other));
  Configs configs;
  std::string nulls;
  for (const auto& [key, value] : topic.configs) {
    if (value)
      configs.insert_or_assign(key, *value);
    else
      nulls += (nulls.empty() ? "" : ",") + key;
  }
  if (!nulls.empty())
    return fail(ErrorCode::invalid_config, "Null value not supported for topic configs: " + nulls);
  if (topic.refused) return fail(*topic.refused);
  return configs;
}

model::Result<Task> creation_of(const Situation& now, const Topic& topic, const Configs& configs) {
  Task task;
  const ConfigResource resource{TopicName{topic.name}};
  const std::string config_path = znode::config(resource), payload = znode::encode(configs);
  auto stored = as_stored(payload);
  if (!stored) return fail(stored.error());
  std::vector<coordination::Change> changes;
  if (now.image.configs.contains(resource))  // left behind by a topic of the same name
    changes.emplace_back(coordination::SetData{config_path, payload});
  else
    changes.emplace_back(coordination::Create{config_path, payload});
  changes.emplace_back(
      coordination::Create{znode::topic(topic.name), znode::encode(assignment_of(topic))});
  changes.emplace_back(coordination::Create{znode::partitions(topic.name), ""});
  for (std::size_t at = 0; at < topic.partitions.size(); ++at)
    append_partition(changes, topic.name, at, topic.partitions[at], Presence::absent);
  task.writes = fenced_writes(now.fence, std::move(changes));
  task.changes = {ConfigsChanged{resource, std::move(*stored)},
                  TopicChanged{nullptr, std::make_shared<const Topic>(topic)}};
  if (auto sized = check_sizes(task); !sized) return fail(sized.error());
  return task;
}

// The names that appear more than once.
template <class Items, class Name>
std::set<std::string> repeated(const Items& items, const Name& name) {
  std::set<std::string> seen, twice;
  for (const auto& item : items)
    if (!seen.insert(name(item)).second) twice.insert(name(item));
  return twice;
}

model::Result<Topic> new_topic(const Situation& now, const NewTopic& wanted) {
  auto replicas = replicas_of(now, wanted);
  if (!replicas) return fail(replicas.error());
  Topic topic{.name = wanted.name, .id = wanted.id, .partitions = {}};
  for (Replicas& one : *replicas) topic.partitions.push_back(new_partition(now, std::move(one)));
  return topic;
}

model::Result<Topic> grown_topic(const Situation& now, const MorePartitions& wanted) {
  const TopicRef topic = now.image.topic(wanted.topic);
  if (topic == nullptr)
    return fail(ErrorCode::unknown_topic_or_partition,
                "This server does not host this topic-partition.");
  const auto count = static_cast<std::int32_t>(topic->partitions.size());
  if (wanted.count == count)
    return fail(ErrorCode::invalid_partitions,
                fmt::format("Topic already has {} partition(s).", count));
  if (wanted.count < count)
    return fail(ErrorCode::invalid_partitions,
                fmt::format("The topic {} currently has {} partition(s); {} would not be an "
                            "increase.",
                            wanted.topic, count, wanted.count));
  const auto more = static_cast<std::uint32_t>(wanted.count - count);
  if (more > partitions_per_request_max)
    return fail(ErrorCode::policy_violation,
                "Unable to perform excessively large batch operation.");
  if (wanted.count > partitions_per_topic_max)
    return fail(ErrorCode::invalid_partitions,
                fmt::format("A topic has at most {} partitions.", partitions_per_topic_max));
  if (wanted.assignments && wanted.assignments->size() != more)
    return fail(ErrorCode::invalid_replica_assignment,
                fmt::format("Attempted to add {} additional partition(s), but only {} "
                            "assignment(s) were specified.",
                            more, wanted.assignments->size()));
  const Replicas& first = topic->partitions.front().replicas;
  std::vector<Replicas> replicas;
  if (wanted.assignments) {
    for (const Replicas& one : *wanted.assignments) {
      if (auto checked = check_manual(now.image, one, first.size()); !checked)
        return fail(checked.error());
      replicas.push_back(one);
    }
  } else {
    const Replicas brokers = now.image.broker_ids();
    const auto after = std::ranges::lower_bound(brokers, first.front());
    const auto start = after == brokers.end() ? 0 : after - brokers.begin();
    auto placed = placed_replicas(now, more, static_cast<std::int16_t>(first.size()),
                                  {.broker = static_cast<std::uint32_t>(start),
                                   .shift = static_cast<std::uint32_t>(start),
                                   .first_partition = static_cast<std::uint32_t>(count)});
    if (!placed) return fail(placed.error());
    replicas = std::move(*placed);
  }
  Topic grown = *topic;
  for (Replicas& one : replicas) grown.partitions.push_back(new_partition(now, std::move(one)));
  return grown;
}

}  // namespace

Plan plan_create_topics(const Situation& now, Token token, const CreateTopics& command) {
  using Results = std::vector<model::Result<TopicCreated>>;
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  Results results;
  std::uint64_t partitions = 0;
  for (const NewTopic& topic : command.topics) partitions += partitions_asked(now.settings, topic);
  const auto twice = repeated(command.topics, [](const NewTopic& topic) { return topic.name; });
  std::vector<std::string_view> made;

  const auto judge = [&](const NewTopic& wanted) -> model::Result<TopicCreated> {
    if (partitions > partitions_per_request_max)
      return fail(ErrorCode::policy_violation,
                  "Excessively large number of partitions per request.");
    if (twice.contains(wanted.name))
      return fail(ErrorCode::invalid_request, "Duplicate topic name.");
    const auto configs = check_new_topic(now.image, wanted, made);
    if (!configs) return fail(configs.error());
    const auto topic = new_topic(now, wanted);
    if (!topic) return fail(topic.error());
    auto task = creation_of(now, *topic, *configs);
    if (!task) return fail(task.error());
    task->results = {results.size()};
    made.emplace_back(wanted.name);
    if (!command.validate_only) out.tasks.push_back(std::move(*task));
    return TopicCreated{
        .id = topic->id,
        .partitions = static_cast<std::int32_t>(topic->partitions.size()),
        .replication = static_cast<std::int16_t>(topic->partitions.front().replicas.size())};
  };
  for (const NewTopic& topic : command.topics) results.push_back(judge(topic));
  out.answer.results = std::move(results);
  return out;
}

Plan plan_create_partitions(const Situation& now, Token token, const CreatePartitions& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  std::vector<model::Result<>> results;
  const auto twice =
      repeated(command.topics, [](const MorePartitions& topic) { return topic.topic; });
  const auto judge = [&](const MorePartitions& wanted) -> model::Result<> {
    if (twice.contains(wanted.topic))
      return fail(ErrorCode::invalid_request, "Duplicate topic name.");
    const auto grown = grown_topic(now, wanted);
    if (!grown) return fail(grown.error());
    const TopicRef before = now.image.topic(wanted.topic);
    std::vector<coordination::Change> changes{
        coordination::SetData{znode::topic(grown->name), znode::encode(assignment_of(*grown))}};
    for (std::size_t at = before->partitions.size(); at < grown->partitions.size(); ++at)
      append_partition(changes, grown->name, at, grown->partitions[at], Presence::absent);
    Task task;
    task.results = {results.size()};
    task.writes = fenced_writes(now.fence, std::move(changes));
    task.changes = {TopicChanged{before, std::make_shared<const Topic>(*grown)}};
    if (auto sized = check_sizes(task); !sized) return sized;
    if (!command.validate_only) out.tasks.push_back(std::move(task));
    return {};
  };
  for (const MorePartitions& topic : command.topics) results.push_back(judge(topic));
  out.answer.results = std::move(results);
  return out;
}

}  // namespace gregor::controller
