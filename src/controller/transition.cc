// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/transition.h"

#include <optional>
#include <utility>

namespace gregor::controller {

namespace {

std::optional<Action> action_of(const Partition& before, const Partition& after) {
  if (before == after) return std::nullopt;
  if (before.leader_epoch != after.leader_epoch) return Action::elect_leader;
  return before.isr == after.isr ? Action::reassign : Action::commit_isr;
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::starting:
      return "starting";
    case Role::electing:
      return "electing";
    case Role::standby:
      return "standby";
    case Role::loading:
      return "loading";
    case Role::active:
      return "active";
    case Role::failed:
      return "failed";
  }
  std::unreachable();
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::learn_registration:
      return "LearnRegistration";
    case Action::read_controller:
      return "ReadController";
    case Action::take_office:
      return "TakeOffice";
    case Action::lose_election:
      return "LoseElection";
    case Action::resign:
      return "Resign";
    case Action::load:
      return "Load";
    case Action::lose_broker:
      return "LoseBroker";
    case Action::welcome_broker:
      return "WelcomeBroker";
    case Action::create_topic:
      return "CreateTopic";
    case Action::delete_topic:
      return "DeleteTopic";
    case Action::elect_leader:
      return "ElectLeader";
    case Action::commit_isr:
      return "CommitIsr";
    case Action::reassign:
      return "Reassign";
  }
  std::unreachable();
}

std::vector<Transition> transitions_of(const TopicChanged& change) {
  std::vector<Transition> out;
  const TopicRef& topic = change.after ? change.after : change.before;
  if (topic == nullptr) return out;
  const bool is_same = change.before && change.after && change.before->id == change.after->id;
  for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
    std::optional<Action> action = change.after ? Action::create_topic : Action::delete_topic;
    if (is_same && at < change.before->partitions.size())
      action = action_of(change.before->partitions[at], topic->partitions[at]);
    if (action)
      out.push_back({.action = *action,
                     .topic = topic,
                     .partition = model::PartitionIndex(static_cast<std::int32_t>(at))});
  }
  return out;
}

}  // namespace gregor::controller
