// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A leader changes its in-sync replicas (AlterPartition): compared and set on the partition epoch,
// in the leader's own leader epoch, and for members only whose registration is the one that the
// leader saw (KIP-497, KIP-841, KIP-903; docs/findings.md).

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ranges.h"
#include "controller/elections.h"
#include "controller/plan.h"
#include "controller/topic_edits.h"

namespace gregor::controller {

namespace {

using model::ErrorCode;
using model::fail;

AlteredIsr answer_of(const Partition& partition) {
  return {.leader = partition.leader,
          .leader_epoch = partition.leader_epoch,
          .isr = partition.isr,
          .eligible = partition.eligible,
          .recovering = partition.recovering,
          .partition_epoch = partition.partition_epoch};
}

model::Result<TopicRef> topic_of(const Image& image, const ProposedIsr& proposed) {
  TopicRef topic =
      proposed.topic_id.is_zero() ? image.topic(proposed.topic) : image.topic(proposed.topic_id);
  if (topic == nullptr)
    return fail(proposed.topic_id.is_zero() ? ErrorCode::unknown_topic_or_partition
                                            : ErrorCode::unknown_topic_id);
  const auto index = proposed.partition.value();
  const bool there =
      index >= 0 && static_cast<std::size_t>(index) < topic->partitions.size() &&
      topic->partitions[static_cast<std::size_t>(index)].partition_epoch.value() >= 0;
  if (!there) return fail(ErrorCode::unknown_topic_or_partition);
  return topic;
}

std::vector<model::BrokerId> sorted_ids(const std::vector<IsrMember>& members) {
  std::vector<model::BrokerId> out;
  out.reserve(members.size());
  for (const IsrMember& member : members) out.push_back(member.broker);
  std::ranges::sort(out);
  return out;
}

// What the leader already has, perhaps because the answer to its last request was lost.
bool is_so_already(const ProposedIsr& proposed, const Partition& partition) {
  auto isr = partition.isr;
  std::ranges::sort(isr);
  return sorted_ids(proposed.isr) == isr && proposed.recovering == partition.recovering &&
         proposed.partition_epoch <= partition.partition_epoch;
}

model::Result<> check_epochs(const ProposedIsr& proposed, const Partition& partition) {
  if (proposed.leader_epoch > partition.leader_epoch ||
      proposed.partition_epoch > partition.partition_epoch)
    return fail(ErrorCode::not_controller, "the leader knows of newer epochs");
  if (proposed.leader_epoch < partition.leader_epoch)
    return fail(ErrorCode::fenced_leader_epoch,
                fmt::format("leader epoch {}, now {}", proposed.leader_epoch.value(),
                            partition.leader_epoch.value()));
  return {};
}

// Who may be in sync. Leaders of Kafka in ZooKeeper mode know no epochs of others and are believed.
model::Result<> check_members(const Situation& now, const ProposedIsr& proposed,
                              const Partition& partition) {
  const LiveBrokers live(now);
  for (const IsrMember& member : proposed.isr) {
    const auto refuse = [&](std::string_view why) {
      return fail(ErrorCode::ineligible_replica,
                  fmt::format("replica {} {}", member.broker.value(), why));
    };
    const bool in_sync = base::contains(partition.isr, member.broker);
    if (!live.registered(member.broker)) return refuse("is not registered");
    if (live.leaving(member.broker) && !in_sync) return refuse("is about to stop");
    const model::BrokerEpoch current = now.image.brokers.at(member.broker).epoch;
    if (member.epoch != unknown_broker_epoch && member.epoch != current)
      return refuse("has registered anew");
  }
  return {};
}

model::Result<> check_shape(const ProposedIsr& proposed, const Partition& partition,
                            model::BrokerId leader) {
  const auto ids = sorted_ids(proposed.isr);
  const auto is_replica = [&](model::BrokerId id) {
    return base::contains(partition.replicas, id);
  };
  if (leader != partition.leader || std::ranges::adjacent_find(ids) != ids.end() ||
      !std::ranges::binary_search(ids, leader) || !std::ranges::all_of(ids, is_replica))
    return fail(ErrorCode::invalid_request, "no possible set of in-sync replicas");
  if (proposed.recovering && (!partition.recovering || ids.size() > 1))
    return fail(ErrorCode::invalid_request, "the leader has recovered");
  return {};
}

}  // namespace

Plan plan_alter_partition(const Situation& now, Token token, const AlterPartition& command) {
  using Results = std::vector<model::Result<AlteredIsr>>;
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  const auto leader = now.image.brokers.find(command.leader);
  if (leader == now.image.brokers.end() || leader->second.epoch != command.epoch) {
    out.answer.results = model::Result<Results>(fail(ErrorCode::stale_broker_epoch));
    return out;
  }
  Results results;
  TopicEdits edits(now);
  std::vector<std::size_t> done;
  const auto judge = [&](const ProposedIsr& proposed) -> model::Result<AlteredIsr> {
    const auto topic = topic_of(now.image, proposed);
    if (!topic) return fail(topic.error());
    const Partition& partition = *edits.find((*topic)->name, proposed.partition);
    if (auto checked = check_epochs(proposed, partition); !checked) return fail(checked.error());
    if (is_so_already(proposed, partition)) return answer_of(partition);
    if (proposed.partition_epoch != partition.partition_epoch)
      return fail(ErrorCode::invalid_update_version);
    if (auto checked = check_shape(proposed, partition, command.leader); !checked)
      return fail(checked.error());
    if (auto checked = check_members(now, proposed, partition); !checked)
      return fail(checked.error());
    Partition next = partition;
    next.isr.clear();
    for (const IsrMember& member : proposed.isr) next.isr.push_back(member.broker);
    next.recovering = proposed.recovering;
    auto complete = partition.isr;
    complete.insert(complete.end(), partition.eligible.begin(), partition.eligible.end());
    next.eligible = eligible_besides(partition, next.isr, complete, rules_of(now, (*topic)->name));
    next.partition_epoch += 1;
    next.controller_epoch = now.epoch;
    edits.set((*topic)->name, proposed.partition, next);
    done.push_back(results.size());
    return answer_of(next);
  };
  for (const ProposedIsr& proposed : command.partitions) results.push_back(judge(proposed));
  out.answer.results = model::Result<Results>(std::move(results));
  if (!done.empty()) {
    out.tasks.push_back(edits.task());
    out.tasks.back().results = std::move(done);
  }
  return out;
}

}  // namespace gregor::controller
