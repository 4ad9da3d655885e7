// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulation/cluster_view.h"

namespace gregor::simulation {
namespace {

using Death = BrokerProcess::Death;

// How often a step looks whether its condition holds.
constexpr std::int64_t look_interval = 2 * millisecond;

HostId host_of(model::BrokerId id) { return HostId(id.value()); }

}  // namespace

// --- one step after the other ---

void Script::begin() {
  if (steps_.empty()) return;
  begun_ = env_.now();
  wait_for_turn();
}

void Script::wait_for_turn() {
  if (is_over()) return env_.say("story", [] { return "has been told"; });
  const Step& step = steps_[next_];
  const Time turn = std::max(begun_ + step.at_us, env_.now() + step.after_us);
  env_.scheduler.at(turn, [this, give_up = turn + step.within_us] { look(give_up); });
}

void Script::look(Time give_up) {
  const Step& step = steps_[next_];
  if (!holds(step.when) || !holds(step.expects)) {
    if (env_.now() >= give_up)
      return fail(step, (step.when.empty() ? step.expects : step.when).front().text + ": not so");
    env_.scheduler.after(look_interval, [this, give_up] { look(give_up); });
    return;
  }
  perform(step);
  ++next_;
  wait_for_turn();
}

void Script::fail(const Step& step, const std::string& why) {
  env_.violate("as-the-story-says", fmt::format("line {}: {}", step.line, why));
}

// --- deeds ---

void Script::perform(const Step& step) {
  const Time until = step.for_us > 0 ? env_.now() + step.for_us : forever;
  const auto whom = hosts_of(step.whom);
  std::string names;
  for (const HostId host : whom) names += fmt::format(" {}", host.value());
  env_.say("nemesis",
           [&] { return fmt::format("line {}: {}{}", step.line, name_of(step.deed), names); });
  if (step.deed == Deed::expect) return;
  if (step.deed == Deed::silence_zookeeper) return zookeeper_.answer_nobody_until(until);
  if (whom.empty()) return fail(step, "nobody is meant");
  if (step.deed == Deed::call) {
    called_[step.name] = whom;
    return;
  }
  if (step.deed == Deed::cut || step.deed == Deed::block || step.deed == Deed::slow)
    return disturb_paths(step, until);
  for (const HostId host : whom) {
    BrokerProcess* const broker = broker_at(host);
    if (broker == nullptr) return fail(step, "only brokers can be meant");
    perform_on_broker(step, *broker, until);
  }
}

void Script::perform_on_broker(const Step& step, BrokerProcess& broker, Time until) {
  switch (step.deed) {
    case Deed::kill:
      nemesis_.hold_down(broker, until);
      return broker.die(Death::process);
    case Deed::power_off:
      nemesis_.hold_down(broker, until);
      return broker.lose_power(step.unsynced);
    case Deed::replace_disk:
      nemesis_.hold_down(broker, until);
      return broker.replace_disk();
    case Deed::restart:
      nemesis_.hold_down(broker, step.for_us > 0 ? until : env_.now());
      return broker.stop();
    case Deed::pause:
      return broker.pause(until);
    case Deed::expire_session:
      return zookeeper_.expire_session_of(broker.host());
    case Deed::lose_connection:
      return zookeeper_.lose_connection_of(broker.host());
    case Deed::fill_disk:
      return broker.fill_disk(step.left, until);
    case Deed::fail_disk:
      for (const log::DiskOperation one : step.operations) {
        broker.disk().fail_next(one, step.times);
        env_.scheduler.at(until, [&broker, one] { broker.disk().faults().failing.erase(one); });
      }
      return env_.trouble(broker.host(), until, "its disk fails");
    default:
      std::unreachable();
  }
}

void Script::cut(HostId one, HostId two, Time until) {
  if (one == coordination_host) return zookeeper_.cut_off(two, until);
  if (two == coordination_host) return zookeeper_.cut_off(one, until);
  network_.block(one, two, until);
  network_.block(two, one, until);
}

void Script::disturb_paths(const Step& step, Time until) {
  for (const HostId one : hosts_of(step.whom))
    for (const HostId two : hosts_of(step.others)) {
      if (one == two) continue;
      if (step.deed == Deed::cut) cut(one, two, until);
      if (step.deed == Deed::block) network_.block(one, two, until);
      if (step.deed == Deed::slow) network_.slow_down(one, two, step.by_us);
    }
}

// --- who and whether ---

BrokerProcess* Script::broker_at(HostId host) const {
  const auto found =
      std::ranges::find_if(brokers_, [host](const auto& one) { return one->host() == host; });
  return found == brokers_.end() ? nullptr : found->get();
}

std::vector<HostId> Script::hosts_of(const Group& group) const {
  std::vector<HostId> hosts;
  for (const Whom& whom : group) {
    const auto of = hosts_of(whom);
    hosts.insert(hosts.end(), of.begin(), of.end());
  }
  return hosts;
}

std::vector<HostId> Script::hosts_of(const Whom& whom) const {
  std::vector<HostId> hosts;
  const auto state = state_of(zookeeper_.tree(), whom.partition);
  switch (whom.kind) {
    case Whom::Kind::broker:
      return {host_of(whom.id)};
    case Whom::Kind::controller:
      if (const auto id = controller_of(zookeeper_.tree()); id != model::no_broker)
        hosts.push_back(host_of(id));
      return hosts;
    case Whom::Kind::leader:
      if (state && state->leader != model::no_broker) hosts.push_back(host_of(state->leader));
      return hosts;
    case Whom::Kind::followers:
      if (state)
        for (const model::BrokerId id : state->isr)
          if (id != state->leader) hosts.push_back(host_of(id));
      return hosts;
    case Whom::Kind::all_brokers:
      for (const auto& broker : brokers_) hosts.push_back(broker->host());
      return hosts;
    case Whom::Kind::zookeeper:
      return {coordination_host};
    case Whom::Kind::clients:
      for (const HostId host : network_.hosts())
        if (host.value() >= first_client_host) hosts.push_back(host);
      return hosts;
    case Whom::Kind::called:
      return called_.at(whom.name);
  }
  std::unreachable();
}

std::vector<HostId> Script::subject_of(const Condition& condition) const {
  using Subject = Condition::Subject;
  if (condition.subject == Subject::state) return hosts_of(condition.who);
  const bool leader = condition.subject == Subject::leader;
  if (condition.subject != Subject::isr)
    return hosts_of(Whom{.kind = leader ? Whom::Kind::leader : Whom::Kind::controller,
                         .id = {},
                         .partition = condition.partition,
                         .name = {}});
  std::vector<HostId> hosts;
  if (const auto state = state_of(zookeeper_.tree(), condition.partition))
    for (const model::BrokerId id : state->isr) hosts.push_back(host_of(id));
  return hosts;
}

bool Script::holds(const std::vector<Condition>& conditions) const {
  return std::ranges::all_of(conditions, [this](const auto& one) { return holds(one); });
}

bool Script::holds(const Condition& condition) const {
  auto subject = subject_of(condition);
  if (condition.subject == Condition::Subject::state) {
    const bool is = std::ranges::all_of(subject, [&](HostId host) {
      const BrokerProcess* const broker = broker_at(host);
      return broker != nullptr && name_of(broker->state()) == condition.state;
    });
    return is == (condition.relation == Condition::Relation::is);
  }
  auto others = hosts_of(condition.others);
  std::ranges::sort(subject);
  std::ranges::sort(others);
  switch (condition.relation) {
    case Condition::Relation::is:
      return subject == others;
    case Condition::Relation::is_not:
      return subject != others;
    case Condition::Relation::has:
      return std::ranges::includes(subject, others);
    case Condition::Relation::lacks:
      return std::ranges::none_of(
          others, [&](HostId one) { return std::ranges::binary_search(subject, one); });
  }
  std::unreachable();
}

}  // namespace gregor::simulation
