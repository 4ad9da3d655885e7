// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/nemesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/messages/alter_partition.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/produce.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/sync_group.h"
#include "protocol/messages/update_metadata.h"
#include "simulation/cluster_view.h"

namespace gregor::simulation {

using State = BrokerProcess::State;
using Death = BrokerProcess::Death;

// --- the operator ---

void Nemesis::supervise() {
  std::uint64_t power_cuts = 0;
  std::size_t brokers_that_lost = 0;
  std::uint64_t deaths = 0;
  for (const auto& broker : brokers_) {
    power_cuts += broker->power_cuts();
    brokers_that_lost += broker->has_lost_something() ? 1U : 0U;
    deaths += broker->unclean_deaths();
  }
  ledger_.note_losses(power_cuts, brokers_that_lost);
  ledger_.note_unclean_deaths(deaths);
  for (const auto& broker : brokers_) {
    if (stays_down_ || broker->state() != State::down || is_held_down(*broker)) continue;
    const model::BrokerId id(broker->host().value());
    if (!starting_.insert(id).second) continue;
    const bool at_leisure = active_ && plan_.script.empty();
    const std::int64_t delay =
        at_leisure ? operator_dice_.between(0, 4 * second) : 10 * millisecond;
    env_.scheduler.after(delay, [this, id, process = broker.get()] {
      starting_.erase(id);
      if (!stays_down_ && process->state() == State::down) process->start();
    });
  }
  env_.scheduler.after(100 * millisecond, [this] { supervise(); });
}

void Nemesis::hold_down(const BrokerProcess& broker, Time until) {
  held_down_until_[broker.host()] = until;
}

bool Nemesis::is_held_down(const BrokerProcess& broker) const {
  const auto held = held_down_until_.find(broker.host());
  return held != held_down_until_.end() && held->second > env_.now();
}

bool Nemesis::all_serve() const {
  return std::ranges::all_of(brokers_,
                             [](const auto& one) { return one->state() == State::serving; });
}

bool Nemesis::all_down() const {
  return std::ranges::all_of(brokers_, [](const auto& one) { return one->state() == State::down; });
}

void Nemesis::stop_all() {
  stays_down_ = true;
  for (const auto& broker : brokers_) broker->stop();
}

void Nemesis::heal() {
  env_.say("nemesis", [] { return "heals everything"; });
  active_ = stays_down_ = false;
  if (env_.onlooker != nullptr) env_.onlooker->healed(env_.now());
  network_.heal();
  zookeeper_.heal();
  held_down_until_.clear();
  for (const auto& broker : brokers_) {
    broker->heal();
    if (troubled_.contains(broker.get())) broker->die(Death::process);
  }
  troubled_.clear();
}

// --- the faults ---

void Nemesis::begin() {
  active_ = true;
  for (const Strike& planned : plan_.strikes)
    env_.scheduler.after(planned.at_us, [this, &planned] {
      BrokerProcess* const broker = find(planned.broker);
      if (active_ && broker != nullptr) strike(planned, *broker);
    });
}

BrokerProcess* Nemesis::find(model::BrokerId id) {
  for (const auto& broker : brokers_)
    if (broker->host() == HostId(id.value())) return broker.get();
  return nullptr;
}

void Nemesis::strike(const Strike& strike, BrokerProcess& broker) {
  const Fault fault = strike.fault;
  env_.say("nemesis", [&] {
    return fmt::format("strike-{}, {}: {}", strike.number, name_of(fault), broker.name());
  });
  env_.mark(fmt::format("fault: {}", name_of(fault)));
  Dice dice = env_.dice_of(fmt::format("strike {}", strike.number));
  switch (fault) {
    case Fault::kill:
      broker.die(Death::process);
      if (plan_.power_cuts && dice.chance(1, 3))
        cut_power_in_next_life(broker, broker.starts() + 1, dice.between(1, 400) * millisecond);
      return;
    case Fault::power_cut:
      return broker.die(Death::power);
    case Fault::die_at_effect: {
      return broker.die_before_effect(
          dice.below(30), plan_.power_cuts && dice.chance(1, 2) ? Death::power : Death::process);
    }
    case Fault::cut_at_change:
      if (broker.state() != State::down) broker.cut_power_at_change(1 + dice.below(40));
      return;
    case Fault::restart:
      return broker.stop();
    case Fault::pause:
      return broker.pause(env_.now() + dice.between(10, 15'000) * millisecond);
    case Fault::break_links:
      return break_links(dice);
    case Fault::slow_path:
      return disturb_path(false, broker, dice);
    case Fault::block_path:
      return disturb_path(true, broker, dice);
    case Fault::disk_full: {
      const std::uint64_t left = dice.below(100'000);
      return broker.fill_disk(left, env_.now() + dice.between(1, 10'000) * millisecond);
    }
    case Fault::disk_error:
      return fail_disk(broker, dice);
    case Fault::session_expiry:
      return zookeeper_.expire_some_session(dice);
    case Fault::coordination_lost:
      return zookeeper_.lose_some_connection(dice);
    case Fault::coordination_silent:
      return zookeeper_.answer_nobody_until(env_.now() + dice.between(1, 8000) * millisecond);
    case Fault::wrong_clock:
      return mislead_clock(broker, dice);
    case Fault::other_settings:
      broker.reconfigure(with_other_settings(dice, broker.plan()));
      return broker.stop();
    case Fault::bounces:
      return bounce(broker, dice.between(2, 5), dice);
    case Fault::slow_api:
      return slow_api(dice);
    case Fault::coordination_late:
      return zookeeper_.delay(broker.host(), dice.between(1, 5000) * millisecond,
                              env_.now() + dice.between(1, 10'000) * millisecond);
    case Fault::lost_disk:
      return lose_disk(broker, env_.now() + 40 * second,
                       dice.chance(1, 2) ? 0 : dice.between(1, 10'000) * millisecond);
  }
}

// What a dead process has left in its files is served before anything new is synced, and it is then
// that the power goes.
void Nemesis::cut_power_in_next_life(BrokerProcess& broker, std::uint64_t life,
                                     std::int64_t after) {
  if (!active_ || broker.starts() > life) return;
  if (broker.starts() < life || broker.state() != State::serving) {
    env_.scheduler.after(
        millisecond, [this, &broker, life, after] { cut_power_in_next_life(broker, life, after); });
    return;
  }
  env_.scheduler.after(after, [this, &broker, life] {
    if (!active_ || broker.starts() != life) return;
    env_.say("nemesis", [&] { return "power cut soon after a start: " + broker.name(); });
    env_.mark("power cut soon after a start");
    broker.die(Death::power);
  });
}

void Nemesis::fail_disk(BrokerProcess& broker, Dice& dice) {
  using Operation = log::DiskOperation;
  constexpr std::array kinds = {Operation::open,   Operation::write,    Operation::write,
                                Operation::sync,   Operation::sync,     Operation::read,
                                Operation::rename, Operation::truncate, Operation::sync_folder,
                                Operation::list};
  troubled_.insert(&broker);
  broker.disk().fail_next(dice.pick(kinds), static_cast<std::uint32_t>(dice.between(1, 3)));
  const Time until = env_.now() + dice.between(1, 10'000) * millisecond;
  env_.trouble(broker.host(), until, "its disk fails");
  env_.scheduler.at(until, [this, &broker] {
    if (active_) broker.die(Death::process);
  });
}

// Who leads is dead first: what it is about to tell the controller may leave it alone in sync.
void Nemesis::lose_disk(BrokerProcess& broker, Time tried_until, std::int64_t down_us) {
  if (!active_) return;
  if (can_lose_disk(broker.plan().id)) {
    env_.mark("disk lost");
    broker.replace_disk();
    return hold_down(broker, env_.now() + down_us);
  }
  if (env_.now() >= tried_until) return hold_down(broker, env_.now());
  broker.die(Death::process);
  hold_down(broker, forever);
  env_.scheduler.after(100 * millisecond, [this, &broker, tried_until, down_us] {
    lose_disk(broker, tried_until, down_us);
  });
}

// Another one is in sync wherever it has a replica, and it leads nowhere.
bool Nemesis::can_lose_disk(model::BrokerId id) const {
  return std::ranges::none_of(partitions_of(zookeeper_.tree()), [&](const auto& one) {
    const auto state = state_of(zookeeper_.tree(), one.first);
    return state && (state->leader == id || state->isr == std::vector{id});
  });
}

void Nemesis::break_links(Dice& dice) {
  const bool seen = dice.chance(2, 3);
  const bool all = dice.chance(1, 3);
  for (const LinkId link : network_.links())
    if (all || dice.chance(1, 3)) network_.break_link(link, seen);
}

void Nemesis::disturb_path(bool blocked, BrokerProcess& broker, Dice& dice) {
  for (const HostId other : network_.hosts()) {
    if (other == broker.host() || dice.chance(1, 2)) continue;
    const bool to = dice.chance(2, 3);
    const bool from = !to || dice.chance(1, 2);
    const std::int64_t much = dice.between(1, blocked ? 10'000 : 1'000) * millisecond;
    const auto disturb = [&](HostId one, HostId two) {
      if (blocked)
        network_.block(one, two, env_.now() + much);
      else
        network_.slow_down(one, two, dice.chance(1, 3) ? 0 : much);
    };
    if (to) disturb(other, broker.host());
    if (from) disturb(broker.host(), other);
  }
}

// Producers stamp their records by the right time, which must not be an hour ahead of a broker's
// (log.message.timestamp.after.max.ms).
void Nemesis::mislead_clock(BrokerProcess& broker, Dice& dice) {
  constexpr std::int64_t minute_ms = 60'000;
  ledger_.note_wrong_clock();
  env_.trouble(broker.host(), forever, "its clock is wrong");
  switch (dice.below(4)) {
    case 0:
      return broker.wall_clock().set_ahead(dice.between(-50 * minute_ms, 0));
    case 1:
      return broker.wall_clock().set_ahead(dice.between(0, 720 * minute_ms));
    case 2:
      return broker.wall_clock().run_at(dice.between(500, 3000));
    default:
      return broker.wall_clock().run_at(0);
  }
}

void Nemesis::bounce(BrokerProcess& broker, std::int64_t times, Dice dice) {
  if (!active_ || times == 0) return;
  const bool is_up = broker.state() == State::starting || broker.state() == State::serving;
  if (is_up && dice.chance(1, 2))
    broker.die(Death::process);
  else if (is_up)
    broker.stop();
  env_.scheduler.after(dice.between(1, 500) * millisecond, [this, &broker, times, is_up, dice] {
    bounce(broker, is_up ? times - 1 : times, dice);
  });
}

void Nemesis::slow_api(Dice& dice) {
  using namespace protocol;
  constexpr std::array keys = {ProduceRequest::api_key,           FetchRequest::api_key,
                               ListOffsetsRequest::api_key,       MetadataRequest::api_key,
                               LeaderAndIsrRequest::api_key,      UpdateMetadataRequest::api_key,
                               StopReplicaRequest::api_key,       AlterPartitionRequest::api_key,
                               OffsetCommitRequest::api_key,      OffsetFetchRequest::api_key,
                               JoinGroupRequest::api_key,         SyncGroupRequest::api_key,
                               HeartbeatRequest::api_key,         CreateTopicsRequest::api_key,
                               ControlledShutdownRequest::api_key};
  const model::ApiKey key = dice.pick(keys);
  const Time until = env_.now() + dice.between(1, 10'000) * millisecond;
  env_.say("nemesis", [&] { return fmt::format("requests of API {} are slow", key.value()); });
  network_.slow_api(key, dice.between(1, 5000) * millisecond, until);
}

}  // namespace gregor::simulation
