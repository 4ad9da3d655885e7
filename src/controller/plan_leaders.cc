// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Leaders change because somebody asks (ElectLeaders, ControlledShutdown), or because it is time to
// (upkeep, balance). The rules are in elections.h.

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

// Calls `visit` for every partition that has a state.
template <class Visit>
void each_partition(const Image& image, const Visit& visit) {
  for (const auto& [name, topic] : image.topics)
    for (std::size_t at = 0; at < topic->partitions.size(); ++at)
      if (topic->partitions[at].partition_epoch.value() >= 0)
        visit(name, model::PartitionIndex(static_cast<std::int32_t>(at)), topic->partitions[at]);
}

model::Result<Partition> elected(const Situation& now, ElectionType type, const std::string& topic,
                                 const Partition* partition) {
  if (partition == nullptr || partition->partition_epoch.value() < 0)
    return fail(ErrorCode::unknown_topic_or_partition, "The partition does not exist.");
  return type == ElectionType::preferred
             ? with_preferred_leader(now, *partition)
             : with_unclean_leader(now, *partition, rules_of(now, topic));
}

// Of brokers that came back uncleanly, those that can have lost something of this partition: it was
// there before they came back.
std::set<model::BrokerId> may_have_lost(const Situation& now,
                                        const std::set<model::BrokerId>& unclean,
                                        const std::string& topic, std::size_t partition) {
  const coordination::Zxid born = now.births.of(topic, partition);
  std::set<model::BrokerId> out = unclean;
  std::erase_if(out, [&](model::BrokerId id) {
    const auto broker = now.image.brokers.find(id);
    return broker != now.image.brokers.end() && broker->second.epoch.value() < born.value();
  });
  return out;
}

}  // namespace

Plan plan_elect_leaders(const Situation& now, Token token, const ElectLeaders& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  std::vector<ElectedLeader> results;
  TopicEdits edits(now);
  std::vector<std::size_t> done;
  const auto judge = [&](const model::TopicPartition& wanted) {
    auto next =
        elected(now, command.type, wanted.topic, edits.find(wanted.topic, wanted.partition));
    if (!next && !command.partitions && next.error().code == ErrorCode::election_not_needed) return;
    if (next) {
      edits.set(wanted.topic, wanted.partition, std::move(*next));
      done.push_back(results.size());
    }
    results.push_back({wanted, next ? model::Result<>() : fail(next.error())});
  };
  if (command.partitions)
    std::ranges::for_each(*command.partitions, judge);
  else
    each_partition(now.image, [&](const std::string& topic, model::PartitionIndex index,
                                  const Partition&) { judge({topic, index}); });
  out.answer.results = std::move(results);
  if (!done.empty()) {
    out.tasks.push_back(edits.task());
    out.tasks.back().results = std::move(done);
  }
  return out;
}

Plan plan_shutdown(const Situation& now, Token token, const ControlledShutdown& command) {
  using Remaining = std::vector<model::TopicPartition>;
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  const auto refuse = [&](ErrorCode code, std::string why) {
    out.answer.results = model::Result<Remaining>(fail(code, std::move(why)));
    return out;
  };
  const auto broker = now.image.brokers.find(command.broker);
  if (broker == now.image.brokers.end())
    return refuse(ErrorCode::broker_not_available,
                  fmt::format("Broker id {} does not exist.", command.broker.value()));
  if (broker->second.epoch != command.epoch)
    return refuse(ErrorCode::stale_broker_epoch,
                  fmt::format("broker epoch {}, now {}", command.epoch.value(),
                              broker->second.epoch.value()));
  Remaining remaining;
  TopicEdits edits(now);
  bool any = false;
  each_partition(now.image, [&](const std::string& topic, model::PartitionIndex index,
                                const Partition& partition) {
    if (partition.replicas.size() < 2) return;
    const Partition next = without_the_leaving(now, partition, rules_of(now, topic));
    if (next.leader == command.broker) remaining.push_back({topic, index});
    if (next == partition) return;
    edits.set(topic, index, next);
    any = true;
  });
  out.answer.results = model::Result<Remaining>(std::move(remaining));
  if (any) {
    out.tasks.push_back(edits.task());
    out.tasks.back().results = {0};
  }
  return out;
}

Task plan_upkeep(const Situation& now, const Upkeep& due) {
  TopicEdits edits(now);
  for (const std::string& name : due.topics) {
    const TopicRef topic = now.image.topic(name);
    if (topic == nullptr) continue;
    const Rules rules = rules_of(now, name);
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& partition = topic->partitions[at];
      if (partition.partition_epoch.value() < 0) continue;
      const model::PartitionIndex index(static_cast<std::int32_t>(at));
      const auto of_it = [&](const OfflineReplicas& marked) {
        const auto found = marked.find({name, index});
        return found == marked.end() ? std::set<model::BrokerId>{} : found->second;
      };
      const Impaired impaired{.offline = of_it(due.offline),
                              .returned = of_it(due.returned),
                              .unclean = may_have_lost(now, due.unclean, name, at)};
      Partition led = without_the_dead(now, partition, rules, impaired);
      if (led == partition && due.restarted.contains({name, index}))
        led = next_epoch(now, std::move(led));
      // One step at a time, so that each state follows from one that was written.
      const Partition next =
          led == partition ? with_reassignment_ended(now, partition, rules) : led;
      if (!(next == partition)) edits.set(name, index, next);
    }
  }
  return edits.task();
}

Task plan_balance(const Situation& now) {
  struct Share {
    std::size_t preferred = 0, lost = 0;
  };
  std::map<model::BrokerId, Share> shares;
  const auto counts = [](const Partition& partition) { return !is_reassigned(partition); };
  each_partition(now.image,
                 [&](const std::string&, model::PartitionIndex, const Partition& partition) {
                   if (!counts(partition)) return;
                   Share& share = shares[partition.replicas.front()];
                   ++share.preferred;
                   if (partition.leader != partition.replicas.front()) ++share.lost;
                 });
  const auto percentage =
      static_cast<std::size_t>(std::max(now.settings.leader_imbalance_per_broker_percentage, 0));
  TopicEdits edits(now);
  each_partition(now.image, [&](const std::string& topic, model::PartitionIndex index,
                                const Partition& partition) {
    if (!counts(partition)) return;
    const Share& share = shares.at(partition.replicas.front());
    if (share.lost * 100 <= share.preferred * percentage) return;
    if (auto next = with_preferred_leader(now, partition)) edits.set(topic, index, *next);
  });
  return edits.task();
}

}  // namespace gregor::controller
