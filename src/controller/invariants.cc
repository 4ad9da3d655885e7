// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

bool contains(const std::vector<model::BrokerId>& brokers, model::BrokerId id) {
  return std::ranges::find(brokers, id) != brokers.end();
}

// Of a partition that has a state; one without is led by nobody until a replica registers.
template <class Holds>
bool every_state(const Topic& topic, const Holds& holds) {
  return std::ranges::all_of(topic.partitions, [&](const Partition& partition) {
    return partition.partition_epoch.value() < 0 || holds(partition);
  });
}

constexpr std::array of_topics = {
    TopicInvariant{"HasPartitions",
                   [](const Image&, const Topic& topic) { return !topic.partitions.empty(); }},
    TopicInvariant{"HasReplicas",
                   [](const Image&, const Topic& topic) {
                     return std::ranges::all_of(topic.partitions, [](const Partition& partition) {
                       return !partition.replicas.empty();
                     });
                   }},
    TopicInvariant{"LeaderInIsr",
                   [](const Image&, const Topic& topic) {
                     return every_state(topic, [](const Partition& partition) {
                       return partition.leader == model::no_broker ||
                              contains(partition.isr, partition.leader);
                     });
                   }},
    TopicInvariant{"IsrNotEmpty",
                   [](const Image&, const Topic& topic) {
                     return every_state(
                         topic, [](const Partition& partition) { return !partition.isr.empty(); });
                   }},
    TopicInvariant{"IsrWithinReplicas",
                   [](const Image&, const Topic& topic) {
                     return every_state(topic, [](const Partition& partition) {
                       return std::ranges::all_of(partition.isr, [&](model::BrokerId id) {
                         return contains(partition.replicas, id);
                       });
                     });
                   }},
    TopicInvariant{"LeaderIsRegistered",
                   [](const Image& image, const Topic& topic) {
                     return std::ranges::all_of(topic.partitions, [&](const Partition& partition) {
                       return partition.leader == model::no_broker ||
                              image.brokers.contains(partition.leader);
                     });
                   }},
    TopicInvariant{"StateIsOfThisControllerOrEarlier",
                   [](const Image& image, const Topic& topic) {
                     return every_state(topic, [&](const Partition& partition) {
                       return partition.controller_epoch <= image.controller_epoch;
                     });
                   }},
    TopicInvariant{"KnownByItsId",
                   [](const Image& image, const Topic& topic) {
                     const auto found = image.topic_names.find(topic.id);
                     return found != image.topic_names.end() && found->second == topic.name;
                   }},
};

template <class Holds>
bool every_topic_change(const Step& step, const Holds& holds) {
  return std::ranges::all_of(step.effects.changes, [&](const Change& change) {
    const auto* topic = std::get_if<TopicChanged>(&change);
    return topic == nullptr || holds(*topic);
  });
}

bool leader_epochs_rise(const Topic& before, const Topic& after) {
  for (std::size_t at = 0; at < std::min(before.partitions.size(), after.partitions.size()); ++at) {
    const Partition& old = before.partitions[at];
    const Partition& now = after.partitions[at];
    if (old.partition_epoch.value() < 0) continue;
    if (now.leader_epoch < old.leader_epoch || now.partition_epoch < old.partition_epoch)
      return false;
    if (now.leader != old.leader && now.leader_epoch == old.leader_epoch) return false;
  }
  return true;
}

bool is_fenced(const coordination::Request& request) {
  const auto* multi = std::get_if<coordination::Multi>(&request.operation);
  if (multi == nullptr) return true;
  const auto* check =
      multi->changes.empty() ? nullptr : std::get_if<coordination::Check>(&multi->changes.front());
  return check != nullptr && check->path == znode::controller_epoch &&
         check->version != coordination::any_version;
}

constexpr std::array of_steps = {
    StepInvariant{
        "ControllerEpochNeverFalls",
        [](const Step& step) { return step.image.controller_epoch >= step.epoch_before; }},
    StepInvariant{"ActiveMeansElected",
                  [](const Step& step) {
                    return step.role != Role::active || (step.image.controller == step.self &&
                                                         step.image.controller_epoch.value() > 0 &&
                                                         step.image.brokers.contains(step.self));
                  }},
    StepInvariant{"FencedWrites",
                  [](const Step& step) {
                    return (step.role != Role::active && step.role != Role::loading) ||
                           std::ranges::all_of(step.effects.requests, is_fenced);
                  }},
    StepInvariant{"LeaderEpochsRise",
                  [](const Step& step) {
                    return every_topic_change(step, [](const TopicChanged& change) {
                      return !change.before || !change.after ||
                             change.before->id != change.after->id ||
                             leader_epochs_rise(*change.before, *change.after);
                    });
                  }},
    StepInvariant{"PartitionsNeverFewer",
                  [](const Step& step) {
                    return every_topic_change(step, [](const TopicChanged& change) {
                      return !change.before || !change.after ||
                             change.before->id != change.after->id ||
                             change.before->partitions.size() <= change.after->partitions.size();
                    });
                  }},
};

}  // namespace

std::span<const StepInvariant> step_invariants() { return of_steps; }
std::span<const TopicInvariant> topic_invariants() { return of_topics; }

namespace {

std::optional<std::string> broken_invariant(const Image& image, const Topic& topic) {
  for (const TopicInvariant& one : of_topics)
    if (!one.holds(image, topic)) return fmt::format("{}: {}", one.name, topic.name);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_invariant(const Step& step) {
  for (const StepInvariant& one : of_steps)
    if (!one.holds(step)) return std::string(one.name);
  for (const Change& change : step.effects.changes) {
    const auto* topic = std::get_if<TopicChanged>(&change);
    if (topic == nullptr || topic->after == nullptr) continue;
    // A later change of the same step may have replaced it.
    if (step.image.topic(topic->after->name) != topic->after) continue;
    if (auto broken = broken_invariant(step.image, *topic->after)) return broken;
  }
  return std::nullopt;
}

std::optional<std::string> broken_invariant(const Image& image) {
  if (image.topic_names.size() != image.topics.size()) return "TopicIdsUnique";
  for (const auto& [name, topic] : image.topics)
    if (auto broken = broken_invariant(image, *topic)) return broken;
  return std::nullopt;
}

}  // namespace gregor::controller
