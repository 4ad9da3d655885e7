// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a seed makes of a world: its brokers and their settings, its topics, its clients, and which
// faults happen how often. Every world is different in kind (a "swarm"): one that has everything at
// once would never reach what shows only where something else is absent.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "simulation/broker_process.h"
#include "simulation/committer.h"
#include "simulation/consumer.h"
#include "simulation/ledger.h"
#include "simulation/member.h"
#include "simulation/network.h"
#include "simulation/producer.h"
#include "simulation/step.h"

namespace gregor::simulation {

enum class Fault : std::uint8_t {
  kill,           // the process dies
  power_cut,      // so does the machine: what was not synced may be lost
  die_at_effect,  // one of the two between two effects of a step
  cut_at_change,  // a power cut in the middle of a step, or of a start
  restart,        // stopped in good order
  pause,          // the process does nothing for a while
  break_links,    // connections break, seen by both ends or by none
  slow_path,      // between two hosts everything takes longer
  block_path,     // … or waits
  disk_full,
  disk_error,  // an operation fails; somebody restarts the broker soon
  // Of a coordination service for many:
  session_expiry,     // although the process lives
  coordination_lost,  // a connection: what was under way may have been done
  coordination_silent,
  // Drawn apart from the others (plan.cc):
  wrong_clock,        // of the wall: ahead, behind, too fast, too slow, standing still
  other_settings,     // stopped in good order, and started with others
  bounces,            // ends again and again, soon after each start
  slow_api,           // requests of one kind take longer, and what comes after them
  coordination_late,  // what it tells a broker
  // Of one broker of a world, and only while others have all that it has:
  lost_disk,
};
inline constexpr std::size_t fault_kinds = 20;
std::string_view name_of(Fault fault);

// One fault, when it is its turn.
struct Strike {
  std::int32_t number = 0;  // how it goes on is a matter of its own dice
  std::int64_t at_us = 0;   // since clients began to work
  Fault fault = Fault::kill;
  model::BrokerId broker;
};

struct WorldPlan {
  std::uint64_t seed = 0;  // of all that the plan leaves to chance
  std::vector<BrokerPlan> brokers;
  bool with_zookeeper = false;        // else the one broker keeps the cluster's state itself
  std::int64_t zookeeper_lag_us = 0;  // that some sessions are behind; 0: none is
  Latency latency;
  std::vector<TopicPlan> topics;
  std::vector<ProducerPlan> producers;
  std::vector<ConsumerPlan> consumers;
  std::vector<CommitterPlan> committers;
  std::vector<ClientPlan> offset_readers;
  std::vector<MemberPlan> members;
  ClientPlan administrator;
  model::BrokerId may_lose_its_disk = model::no_broker;  // then all topics have two replicas
  std::vector<Strike> strikes;                           // in order; none: a quiet world
  std::vector<Step> script;  // of a story (scenario.h), in order; it lasts until it has been told
  bool power_cuts = false;   // a process may die of one
  std::int64_t work_us = 0;  // until everything heals
  bool restart_before_reading = false;
};

// With other values for some of the settings that worlds draw, and perhaps another number of
// shards.
BrokerPlan with_other_settings(base::Prng& prng, BrokerPlan broker);

// With more than one broker partitions have replicas, and there is a ZooKeeper; with one sometimes.
WorldPlan plan_of(std::uint64_t seed, std::int32_t brokers = 1);

}  // namespace gregor::simulation
