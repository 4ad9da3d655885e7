// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/ranges.h"
#include "broker/group_host.h"
#include "log/data_files.h"
#include "log/file_names.h"
#include "simulation/cluster_view.h"
#include "simulation/consumer_member.h"
#include "simulation/convergence.h"
#include "simulation/final_reader.h"
#include "simulation/offset_reader.h"
#include "simulation/rescuer.h"

namespace gregor::simulation {
namespace {

// How long things may take when nothing disturbs them. A client may have to give up a request of
// 10 s and wait for the end of its patience of 60 s.
constexpr std::int64_t start_limit = 60 * second;
constexpr std::int64_t story_limit = 300 * second;
constexpr std::int64_t progress_limit = 180 * second;
constexpr std::int64_t converge_limit = 180 * second;
constexpr std::int64_t read_limit = 180 * second;
constexpr std::int64_t stop_limit = 40 * second;

// Of those who come at the end: one who mends, and two that look at everything.
constexpr ClientPlan rescue_client = {.number = 997};
constexpr ClientPlan convergence_client = {.number = 998};
constexpr ClientPlan last_client = {.number = 999};

}  // namespace

World::World(WorldPlan plan)
    : plan_(std::move(plan)),
      env_(plan_.seed),
      network_(env_, plan_.latency),
      zookeeper_(env_, plan_.latency, plan_.zookeeper_lag_us),
      ledger_(env_),
      disk_checks_(env_, ledger_, plan_.with_zookeeper ? &zookeeper_.tree() : nullptr, brokers_),
      nemesis_(env_, network_, zookeeper_, ledger_, plan_, brokers_),
      script_(env_, network_, zookeeper_, nemesis_, plan_.script, brokers_) {
  for (const BrokerPlan& broker : plan_.brokers) {
    brokers_.push_back(std::make_unique<BrokerProcess>(
        env_, network_, plan_.with_zookeeper ? &zookeeper_ : nullptr, broker));
    addresses_.push_back(brokers_.back()->address());
  }
  for (const TopicPlan& topic : plan_.topics) {
    ledger_.add_topic(topic);
    for (std::int32_t i = 0; i < topic.partitions; ++i)
      partitions_.push_back({topic.name, model::PartitionIndex(i)});
  }
}

template <class Kind, class... Plan>
Kind& World::add_client(const char* kind, const ClientPlan& client_plan, Plan&&... plan) {
  auto client = std::make_unique<Kind>(std::forward<Plan>(plan)..., env_, ledger_, network_,
                                       HostId(first_client_host + client_plan.number),
                                       fmt::format("{}-{}", kind, client_plan.number), addresses_);
  Kind& added = *client;
  if (env_.onlooker != nullptr)
    env_.onlooker->joined(HostId(first_client_host + client_plan.number), added.name());
  added.limit_operations(client_plan.operations);
  clients_.push_back(std::move(client));
  added.begin();
  return added;
}

void World::run() {
  show_hosts();
  constexpr Phase phases[] = {&World::start,    &World::work, &World::heal,
                              &World::converge, &World::read, &World::stop};
  for (const Phase phase : phases)
    if (!(this->*phase)()) return;
  ledger_.check_history();
}

void World::show_hosts() {
  if (env_.onlooker == nullptr) return;
  for (const auto& broker : brokers_) env_.onlooker->joined(broker->host(), broker->name());
  if (plan_.with_zookeeper) env_.onlooker->joined(coordination_host, "ZooKeeper");
}

bool World::run_until(const char* check, std::int64_t limit_us, const std::function<bool()>& done) {
  const Time limit = env_.now() + limit_us;
  while (env_.violations.empty() && !done()) {
    if (env_.scheduler.run_next(limit)) continue;
    std::string waiting;
    for (const auto& broker : brokers_)
      if (broker->state() != BrokerProcess::State::serving) waiting += " " + broker->name();
    for (const auto& client : clients_)
      if (!client->is_finished()) waiting += " " + client->name() + client->waits_for();
    env_.violate(check, fmt::format("not done after {} s:{}", limit_us / second, waiting));
  }
  return env_.violations.empty();
}

bool World::start() {
  nemesis_.supervise();
  std::vector<std::string> altered;
  for (const TopicPlan& topic : plan_.topics)
    if (topic.altered) altered.push_back(topic.name);
  std::vector<model::TopicPartition> trimmed, moved;
  for (const auto& partition : partitions_) {
    const TopicPlan& topic = ledger_.topic(partition.topic);
    if (topic.trimmed) trimmed.push_back(partition);
    if (topic.moves) moved.push_back(partition);
  }
  if (!run_until("starts-in-time", start_limit, [this] { return nemesis_.all_serve(); }))
    return false;
  AdministratorPlan plan{.create = plan_.topics,
                         .trimmed = std::move(trimmed),
                         .altered = std::move(altered),
                         .moved = std::move(moved),
                         .brokers = static_cast<std::int64_t>(plan_.brokers.size()),
                         .told_at_once = !plan_.with_zookeeper};
  if (plan_.may_lose_its_disk != model::no_broker) plan.replication = 2;
  administrator_ = &add_client<Administrator>("admin", ClientPlan{}, std::move(plan));
  return run_until("starts-in-time", start_limit, [this] { return administrator_->is_set_up(); });
}

bool World::work() {
  env_.say("world", [] { return "clients begin to work"; });
  clients_.front()->limit_operations(plan_.administrator.operations);
  for (const auto& plan : plan_.producers) add_client<Producer>("producer", plan.client, plan);
  for (const auto& plan : plan_.consumers) add_client<Consumer>("consumer", plan.client, plan);
  for (const auto& plan : plan_.committers)
    add_client<Committer>("committer", plan.client, plan, coordinates());
  for (const auto& plan : plan_.members) add_member(plan);
  for (const auto& plan : plan_.offset_readers)
    add_client<OffsetReader>(
        "reader", plan, partitions_,
        [this](const auto& partition, const auto& leader) { return leads(partition, leader); });
  nemesis_.begin();
  script_.begin();
  disk_checks_.look_again_and_again();
  const Time end = env_.now() + plan_.work_us;
  const std::int64_t limit_us = plan_.work_us + (plan_.script.empty() ? second : story_limit);
  return run_until("work", limit_us,
                   [this, end] { return env_.now() >= end && script_.is_over(); });
}

void World::add_member(const MemberPlan& plan) {
  GroupLedger& group = groups_.try_emplace(plan.group, env_, ledger_, plan.group).first->second;
  if (plan.by_heartbeats)
    add_client<ConsumerMember>("member", plan.client, plan, group, coordinates());
  else
    add_client<Member>("member", plan.client, plan, group, coordinates());
}

// As the cluster's state says; a broker may not have heard yet that it does not any more.
std::optional<model::LeaderEpoch> World::epoch_led_by(
    const broker::PeerAddress& address, const model::TopicPartition& partition) const {
  const auto state = state_of(zookeeper_.tree(), partition);
  const bool leads =
      state && std::ranges::any_of(brokers_, [&](const auto& broker) {
        return broker->address() == address && broker->host() == HostId(state->leader.value());
      });
  return leads ? std::optional(state->leader_epoch) : std::nullopt;
}

bool World::leads(const model::TopicPartition& partition,
                  const ClusterClient::Leader& leader) const {
  return epoch_led_by(leader.address, partition) == model::LeaderEpoch(leader.epoch);
}

GroupClient::Coordinates World::coordinates() const {
  return [this](const std::string& group, const broker::PeerAddress& address) {
    if (!plan_.with_zookeeper) return std::optional(model::LeaderEpoch(0));  // there is no other
    const auto partitions =
        static_cast<std::size_t>(brokers_.front()->settings().offsets_topic_num_partitions);
    return epoch_led_by(address, {std::string(broker::offsets_topic),
                                  broker::partition_of_group(group, partitions)});
  };
}

bool World::heal() {
  nemesis_.heal();
  if (plan_.may_lose_its_disk != model::no_broker)
    add_client<Rescuer>("rescuer", rescue_client, zookeeper_.tree(), nemesis_,
                        *nemesis_.find(plan_.may_lose_its_disk));
  for (const auto& client : clients_) client->finish();
  return run_until("progress", progress_limit, [this] {
    return nemesis_.all_serve() &&
           std::ranges::all_of(clients_, [](const auto& client) { return client->is_finished(); });
  });
}

bool World::converge() {
  if (!plan_.with_zookeeper) return true;
  auto& convergence = add_client<Convergence>(
      "convergence", convergence_client, zookeeper_.tree(), administrator_->confirmed(),
      std::deque<broker::PeerAddress>(addresses_.begin(), addresses_.end()));
  convergence.finish();
  return run_until("converges", converge_limit,
                   [&convergence] { return convergence.is_finished(); });
}

bool World::read() {
  if (plan_.restart_before_reading) {
    nemesis_.stop_all();
    if (!run_until("stop-in-time", stop_limit, [this] { return nemesis_.all_down(); }))
      return false;
    nemesis_.heal();
  }
  auto& reader = add_client<FinalReader>(
      "final", last_client,
      std::deque<model::TopicPartition>(partitions_.begin(), partitions_.end()));
  reader.finish();
  return run_until("progress", read_limit, [&reader] { return reader.is_finished(); });
}

bool World::stop() {
  nemesis_.stop_all();
  if (!run_until("stop-in-time", stop_limit, [this] { return nemesis_.all_down(); })) return false;
  disk_checks_.look_at_the_end();
  return env_.violations.empty();
}

namespace {

// An onlooker reads the transcript and the traces, too.
void listen(Environment& env, const Readers& readers) {
  env.listener = readers.transcript;
  env.trace = readers.trace;
  env.onlooker = readers.onlooker;
  if (readers.onlooker == nullptr) return;
  env.listener = [&readers](Time at, std::string_view who, std::string_view what) {
    readers.onlooker->said(at, who, what);
    if (readers.transcript) readers.transcript(at, who, what);
  };
  env.trace = [&readers, &env](std::string_view line) {
    readers.onlooker->traced(env.now(), line);
    if (readers.trace) readers.trace(line);
  };
}

}  // namespace

RunResult run_world(std::uint64_t seed, std::int32_t brokers) {
  return run_plan(plan_of(seed, brokers));
}

RunResult run_plan(const WorldPlan& plan, const Readers& readers) {
  World world(plan);
  listen(world.environment(), readers);
  world.run();
  const Environment& env = world.environment();
  return {.seed = plan.seed,
          .violations = env.violations,
          .marks = env.marks,
          .hash = env.effects.value(),
          .trail = env.effects.trail(),
          .acknowledgements = world.ledger().acknowledgements(),
          .operations = world.ledger().entries().size() / 2,
          .simulated_us = env.now().value()};
}

}  // namespace gregor::simulation
