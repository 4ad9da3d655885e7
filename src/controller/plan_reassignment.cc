// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Replicas move to other brokers (KIP-455): the wanted ones are added, and once all of them are in
// sync the others go. While it lasts the topic's znode says who is being added and removed.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/elections.h"
#include "controller/plan.h"
#include "controller/topic_edits.h"

namespace gregor::controller {

namespace {

using model::ErrorCode;
using model::fail;

model::Result<> check_wanted(const Image& image, const std::vector<model::BrokerId>& wanted) {
  const auto refuse = [](std::string why) {
    return fail(ErrorCode::invalid_replica_assignment, std::move(why));
  };
  if (wanted.empty()) return refuse("Empty replica list specified in partition reassignment.");
  auto sorted = wanted;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return refuse("Duplicate replica ids in partition reassignment replica list.");
  for (const model::BrokerId id : sorted)
    if (!image.brokers.contains(id))
      return refuse(
          fmt::format("Replica assignment has brokers that are not alive: {}.", id.value()));
  return {};
}

model::Result<Partition> judged(const Situation& now, const Partition* partition,
                                const Reassignment& wanted) {
  if (partition == nullptr)
    return fail(ErrorCode::unknown_topic_or_partition, "The partition does not exist.");
  if (!wanted.replicas) {
    if (!is_reassigned(*partition))
      return fail(ErrorCode::no_reassignment_in_progress,
                  "No partition reassignment is in progress.");
    return cancelled(now, *partition, rules_of(now, wanted.partition.topic));
  }
  if (auto checked = check_wanted(now.image, *wanted.replicas); !checked)
    return fail(checked.error());
  return reassigned(now, *partition, *wanted.replicas);
}

}  // namespace

Plan plan_reassignments(const Situation& now, Token token,
                        const AlterPartitionReassignments& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  std::vector<model::Result<>> results;
  TopicEdits edits(now);
  std::vector<std::size_t> done;
  std::map<model::TopicPartition, int> named;
  for (const Reassignment& one : command.partitions) ++named[one.partition];
  const auto judge = [&](const Reassignment& wanted) -> model::Result<> {
    if (named.at(wanted.partition) > 1)
      return fail(ErrorCode::invalid_request, "The partition is named more than once.");
    const auto& [topic, index] = wanted.partition;
    const Partition* const partition = edits.find(topic, index);
    auto next = judged(now, partition, wanted);
    if (!next) return fail(next.error());
    if (*next == *partition) return {};
    edits.set(topic, index, std::move(*next));
    done.push_back(results.size());
    return {};
  };
  for (const Reassignment& one : command.partitions) results.push_back(judge(one));
  out.answer.results = std::move(results);
  if (!done.empty()) {
    out.tasks.push_back(edits.task());
    out.tasks.back().results = std::move(done);
  }
  return out;
}

Plan list_reassignments(const Situation& now, Token token,
                        const ListPartitionReassignments& command) {
  std::vector<OngoingReassignment> out;
  const auto add = [&](const std::string& topic, model::PartitionIndex index) {
    const Partition* const partition = TopicEdits(now).find(topic, index);
    if (partition != nullptr && is_reassigned(*partition))
      out.push_back({.partition = {topic, index},
                     .replicas = partition->replicas,
                     .adding = partition->adding,
                     .removing = partition->removing});
  };
  if (command.partitions) {
    for (const auto& [topic, index] : *command.partitions) add(topic, index);
  } else {
    for (const auto& [name, topic] : now.image.topics)
      for (std::size_t at = 0; at < topic->partitions.size(); ++at)
        add(name, model::PartitionIndex(static_cast<std::int32_t>(at)));
  }
  return {.answer = {.token = token,
                     .results = model::Result<std::vector<OngoingReassignment>>(std::move(out))},
          .tasks = {}};
}

}  // namespace gregor::controller
