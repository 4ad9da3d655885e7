// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a controller does, by the names that spec/ControllerElection.tla gives it: for traces.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "controller/image.h"
#include "model/ids.h"

namespace gregor::controller {

enum class Role : std::uint8_t { starting, electing, standby, loading, active, failed };
std::string_view name_of(Role role);

enum class Action : std::uint8_t {
  learn_registration,
  read_controller,
  take_office,
  lose_election,
  resign,
  load,
  lose_broker,
  welcome_broker,
  create_topic,
  delete_topic,
  elect_leader,
  commit_isr,
  reassign,  // other replicas; the spec has no such action
};
std::string_view name_of(Action action);

// A transition, and what the spec's variables are right after it. One about a topic is made for
// each of its partitions that has changed.
struct Transition {
  Action action;
  // Of this node.
  Role phase = Role::starting;
  model::BrokerEpoch broker_epoch{-1};     // of its registration
  model::ControllerEpoch office_epoch{0};  // that it holds, or stands for
  // read_controller: who is in office, or nobody; lose_broker, welcome_broker: who.
  model::BrokerId broker = model::no_broker;
  std::vector<model::BrokerId> alive = {};  // load, lose_broker, welcome_broker: who is registered
  TopicRef topic = nullptr;                 // as it is now; of delete_topic as it was
  model::PartitionIndex partition{0};
};

// What a change of one topic comes to, without the variables of the node.
std::vector<Transition> transitions_of(const TopicChanged& change);

}  // namespace gregor::controller
