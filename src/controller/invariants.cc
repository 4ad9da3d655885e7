// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "base/ranges.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

using base::contains;
using base::distinct;

bool within(const std::vector<model::BrokerId>& some, const std::vector<model::BrokerId>& all) {
  return std::ranges::all_of(some, [&](model::BrokerId id) { return contains(all, id); });
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
    TopicInvariant{"ReplicasNamedOnce",
                   [](const Image&, const Topic& topic) {
                     return std::ranges::all_of(topic.partitions, [](const Partition& partition) {
                       return distinct(partition.replicas) && distinct(partition.isr);
                     });
                   }},
    TopicInvariant{"OnlyReplicasAreAddedAndRemoved",
                   [](const Image&, const Topic& topic) {
                     return std::ranges::all_of(topic.partitions, [](const Partition& partition) {
                       return within(partition.adding, partition.replicas) &&
                              within(partition.removing, partition.replicas);
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
                       return within(partition.isr, partition.replicas);
                     });
                   }},
    TopicInvariant{"EligibleBesidesIsr",
                   [](const Image&, const Topic& topic) {
                     return every_state(topic, [](const Partition& partition) {
                       return distinct(partition.eligible) &&
                              within(partition.eligible, partition.replicas) &&
                              std::ranges::none_of(partition.eligible, [&](model::BrokerId id) {
                                return contains(partition.isr, id);
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

// Calls `holds` for each partition that this controller took from one state to the next.
template <class Holds>
bool every_transition(const Step& step, const Holds& holds) {
  return every_topic_change(step, [&](const TopicChanged& change) {
    if (!change.before || !change.after || change.before->id != change.after->id) return true;
    const auto& before = change.before->partitions;
    const auto& after = change.after->partitions;
    for (std::size_t at = 0; at < std::min(before.size(), after.size()); ++at) {
      const bool ours = after[at].controller_epoch == step.epoch &&
                        before[at].partition_epoch.value() >= 0 &&
                        after[at].partition_epoch - before[at].partition_epoch == 1;
      if (ours && !holds(before[at], after[at])) return false;
    }
    return true;
  });
}

bool is_candidate(const Partition& partition, model::BrokerId id) {
  return contains(partition.isr, id) || contains(partition.eligible, id);
}

// A leader from outside of the candidates is alone in sync, known to be so, and elected only when
// none of those can be.
bool elects_cleanly(const Step& step, const Partition& before, const Partition& after) {
  if (after.leader == model::no_broker || is_candidate(before, after.leader)) return true;
  const bool some_left = std::ranges::any_of(
      step.image.brokers, [&](const auto& one) { return is_candidate(before, one.first); });
  return after.recovering && after.isr.size() == 1 && after.eligible.empty() && !some_left;
}

bool compares_states(const coordination::Request& request) {
  const auto* multi = std::get_if<coordination::Multi>(&request.operation);
  if (multi == nullptr) return true;
  return std::ranges::all_of(multi->changes, [](const coordination::Change& change) {
    const auto* set = std::get_if<coordination::SetData>(&change);
    return set == nullptr || !set->path.starts_with(znode::topics) ||
           !set->path.ends_with("/state") || set->version != coordination::any_version;
  });
}

bool is_of_this_term(const Step& step, const BrokerRequest& request) {
  const auto to = step.image.brokers.find(request.to);
  return request.controller == step.self && request.controller_epoch == step.epoch &&
         to != step.image.brokers.end() && to->second.epoch == request.broker_epoch;
}

bool names_its_replicas(const BrokerRequest& request) {
  const auto* body = std::get_if<LeaderAndIsr>(&request.body);
  return body == nullptr ||
         std::ranges::all_of(body->partitions, [&](const AnnouncedPartition& one) {
           return contains(one.state.replicas, request.to);
         });
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
    // C12: nothing is decided on a state that was not read.
    StepInvariant{"StatesAreComparedAndSet",
                  [](const Step& step) {
                    return std::ranges::all_of(step.effects.requests, compares_states);
                  }},
    // C4, as far as it depends on who asks.
    StepInvariant{"BrokersAreToldInThisTerm",
                  [](const Step& step) {
                    return std::ranges::all_of(
                        step.effects.broker_requests,
                        [&](const BrokerRequest& one) { return is_of_this_term(step, one); });
                  }},
    StepInvariant{"ReplicasAreToldOfTheirOwn",
                  [](const Step& step) {
                    return std::ranges::all_of(step.effects.broker_requests, names_its_replicas);
                  }},
    // C13.
    StepInvariant{"UncleanOnlyAsTheLastResort",
                  [](const Step& step) {
                    return every_transition(step,
                                            [&](const Partition& before, const Partition& after) {
                                              return elects_cleanly(step, before, after);
                                            });
                  }},
    // Whoever was no candidate has missed something.
    StepInvariant{"EligibleWereCandidates",
                  [](const Step& step) {
                    return every_transition(
                        step, [](const Partition& before, const Partition& after) {
                          return std::ranges::all_of(after.eligible, [&](model::BrokerId id) {
                            return is_candidate(before, id);
                          });
                        });
                  }},
    // C8.
    StepInvariant{"OnlyTheLivingComeInSync",
                  [](const Step& step) {
                    return every_transition(
                        step, [&](const Partition& before, const Partition& after) {
                          return std::ranges::all_of(after.isr, [&](model::BrokerId id) {
                            return is_candidate(before, id) || step.image.brokers.contains(id);
                          });
                        });
                  }},
    // C5.
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
