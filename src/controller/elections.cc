// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/elections.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace gregor::controller {

namespace {

using Brokers = std::vector<model::BrokerId>;
using model::ErrorCode;
using model::fail;

constexpr std::string_view unclean_key = "unclean.leader.election.enable";

bool contains(const Brokers& brokers, model::BrokerId id) {
  return std::ranges::find(brokers, id) != brokers.end();
}

template <class Keep>
Brokers filtered(const Brokers& brokers, const Keep& keep) {
  Brokers out;
  std::ranges::copy_if(brokers, std::back_inserter(out), keep);
  return out;
}

// The first of them, in order; nobody if none fits.
template <class Fits>
model::BrokerId first(const Brokers& brokers, const Fits& fits) {
  const auto found = std::ranges::find_if(brokers, fits);
  return found == brokers.end() ? model::no_broker : *found;
}

}  // namespace

bool LiveBrokers::leaving(model::BrokerId id) const {
  const auto found = now_.leaving.find(id);
  const auto broker = now_.image.brokers.find(id);
  return found != now_.leaving.end() && broker != now_.image.brokers.end() &&
         broker->second.epoch == found->second;
}

bool unclean_allowed(const Situation& now, const std::string& topic) {
  for (const ConfigResource& resource :
       {ConfigResource{TopicName{topic}}, ConfigResource{now.settings.broker.id},
        ConfigResource{DefaultBroker{}}}) {
    const Configs& configs = now.image.configs_of(resource);
    const auto found = configs.find(unclean_key);
    if (found != configs.end()) return found->second == "true";
  }
  return now.settings.unclean_leader_election_enable;
}

Partition next_epoch(const Situation& now, Partition partition) {
  partition.leader_epoch += 1;
  partition.partition_epoch += 1;
  partition.controller_epoch = now.epoch;
  return partition;
}

namespace {

// From outside of the in-sync replicas: what only the others had is lost.
Partition led_uncleanly(const Situation& now, Partition partition) {
  const LiveBrokers live(now);
  const model::BrokerId leader =
      first(partition.replicas, [&](model::BrokerId id) { return live.electable(id); });
  if (leader == model::no_broker) return partition;
  partition.recovering = !contains(partition.isr, leader);
  partition.leader = leader;
  partition.isr = {leader};
  return partition;
}

}  // namespace

Partition without_the_dead(const Situation& now, const Partition& partition, bool unclean,
                           const std::set<model::BrokerId>& offline) {
  const LiveBrokers live(now);
  Partition out = partition;
  const auto registered = [&](model::BrokerId id) { return live.registered(id); };
  Brokers live_isr = filtered(partition.isr, registered);
  const Brokers online =
      filtered(live_isr, [&](model::BrokerId id) { return !offline.contains(id); });
  if (!online.empty()) live_isr = online;
  if (!live_isr.empty()) out.isr = live_isr;
  if (!contains(live_isr, partition.leader)) {
    const auto in_sync = [&](model::BrokerId id) { return contains(live_isr, id); };
    out.leader = first(partition.replicas,
                       [&](model::BrokerId id) { return in_sync(id) && live.electable(id); });
    if (out.leader == model::no_broker) out.leader = first(partition.replicas, in_sync);
    if (out.leader == model::no_broker && unclean) out = led_uncleanly(now, std::move(out));
  }
  if (out == partition) return out;
  return next_epoch(now, std::move(out));
}

model::Result<Partition> with_preferred_leader(const Situation& now, const Partition& partition) {
  const model::BrokerId preferred = partition.replicas.front();
  if (partition.leader == preferred)
    return fail(ErrorCode::election_not_needed, "Leader election not needed for topic partition.");
  if (!contains(partition.isr, preferred) || !LiveBrokers(now).electable(preferred))
    return fail(ErrorCode::preferred_leader_not_available,
                "The preferred leader was not available.");
  Partition out = partition;
  out.leader = preferred;
  return next_epoch(now, std::move(out));
}

model::Result<Partition> with_unclean_leader(const Situation& now, const Partition& partition) {
  const LiveBrokers live(now);
  if (partition.leader != model::no_broker && live.registered(partition.leader))
    return fail(ErrorCode::election_not_needed, "Leader election not needed for topic partition.");
  Partition out = without_the_dead(now, partition, true);
  if (out.leader == model::no_broker)
    return fail(ErrorCode::eligible_leaders_not_available,
                "Eligible topic partition leaders are not available.");
  return out;
}

Partition without_the_leaving(const Situation& now, const Partition& partition) {
  const LiveBrokers live(now);
  Partition out = partition;
  const Brokers staying =
      filtered(partition.isr, [&](model::BrokerId id) { return live.electable(id); });
  if (staying.empty()) return partition;
  out.isr = filtered(partition.isr, [&](model::BrokerId id) { return !live.leaving(id); });
  if (live.leaving(partition.leader) || !live.registered(partition.leader))
    out.leader =
        first(partition.replicas, [&](model::BrokerId id) { return contains(staying, id); });
  if (out == partition) return out;
  return next_epoch(now, std::move(out));
}

// --- reassignment ---

std::vector<model::BrokerId> origin_of(const Partition& partition) {
  return filtered(partition.replicas,
                  [&](model::BrokerId id) { return !contains(partition.adding, id); });
}

std::vector<model::BrokerId> target_of(const Partition& partition) {
  return filtered(partition.replicas,
                  [&](model::BrokerId id) { return !contains(partition.removing, id); });
}

Partition reassigned(const Situation& now, const Partition& partition, const Brokers& wanted) {
  const Brokers origin = origin_of(partition);
  Partition out = partition;
  out.replicas = wanted;
  // Replicas that an earlier reassignment was adding, and this one does not want, go as well.
  for (const Brokers& old : {origin, partition.adding})
    for (const model::BrokerId id : old)
      if (!contains(out.replicas, id)) out.replicas.push_back(id);
  out.adding = filtered(out.replicas, [&](model::BrokerId id) { return !contains(origin, id); });
  out.removing = filtered(out.replicas, [&](model::BrokerId id) { return !contains(wanted, id); });
  if (out == partition) return out;
  if (partition.partition_epoch.value() < 0) {  // nobody has anything of it yet
    out.replicas = wanted;
    out.adding = out.removing = {};
    return out;
  }
  return next_epoch(now, std::move(out));
}

namespace {

// Only these replicas remain, if one of those in sync can lead; nullopt if none can.
std::optional<Partition> confined(const Situation& now, const Partition& partition,
                                  const Brokers& target) {
  const LiveBrokers live(now);
  Partition out = partition;
  out.replicas = target;
  out.adding = out.removing = {};
  out.isr = filtered(partition.isr, [&](model::BrokerId id) { return contains(target, id); });
  if (!contains(out.isr, partition.leader) || !live.registered(partition.leader))
    out.leader = first(
        target, [&](model::BrokerId id) { return contains(out.isr, id) && live.electable(id); });
  if (out.leader == model::no_broker) return std::nullopt;
  return next_epoch(now, std::move(out));
}

}  // namespace

Partition cancelled(const Situation& now, const Partition& partition) {
  const Brokers origin = origin_of(partition);
  if (auto out = confined(now, partition, origin)) return *out;
  return reassigned(now, partition, origin);
}

Partition with_reassignment_ended(const Situation& now, const Partition& partition) {
  if (!is_reassigned(partition)) return partition;
  const Brokers target = target_of(partition);
  const bool in_sync =
      std::ranges::all_of(target, [&](model::BrokerId id) { return contains(partition.isr, id); });
  if (!in_sync) return partition;
  return confined(now, partition, target).value_or(partition);
}

}  // namespace gregor::controller
