// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/elections.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/parse_number.h"
#include "base/ranges.h"

namespace gregor::controller {

namespace {

using Brokers = std::vector<model::BrokerId>;
using base::contains;
using model::ErrorCode;
using model::fail;

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

namespace {

std::optional<std::string_view> config_of(const Situation& now, const std::string& topic,
                                          std::string_view key) {
  for (const ConfigResource& resource :
       {ConfigResource{TopicName{topic}}, ConfigResource{now.settings.broker.id},
        ConfigResource{DefaultBroker{}}}) {
    const Configs& configs = now.image.configs_of(resource);
    if (const auto found = configs.find(key); found != configs.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace

Rules rules_of(const Situation& now, const std::string& topic) {
  Rules out{.unclean = now.settings.unclean_leader_election_enable,
            .min_insync_replicas = now.settings.min_insync_replicas};
  if (const auto unclean = config_of(now, topic, "unclean.leader.election.enable"))
    out.unclean = *unclean == "true";
  if (const auto least = config_of(now, topic, "min.insync.replicas"))
    out.min_insync_replicas =
        base::parse_number<std::int32_t>(*least).value_or(out.min_insync_replicas);
  // The topic's own only: brokers may differ in theirs.
  const Configs& own = now.image.configs_of(TopicName{topic});
  if (const auto found = own.find("flush.messages"); found != own.end())
    out.synced = found->second == "1";
  return out;
}

bool too_few(const Partition& partition, const Brokers& isr, const Rules& rules) {
  return isr.size() < partition.replicas.size() &&
         std::cmp_less(isr.size(), rules.min_insync_replicas);
}

Brokers eligible_besides(const Partition& partition, const Brokers& isr, const Brokers& complete,
                         const Rules& rules) {
  if (!too_few(partition, isr, rules)) return {};
  return filtered(partition.replicas,
                  [&](model::BrokerId id) { return contains(complete, id) && !contains(isr, id); });
}

Partition next_epoch(const Situation& now, Partition partition) {
  partition.leader_epoch += 1;
  partition.partition_epoch += 1;
  partition.controller_epoch = now.epoch;
  return partition;
}

namespace {

Brokers both(Brokers one, const Brokers& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

// From outside of the candidates: what only these had is lost.
Partition led_uncleanly(const Situation& now, Partition partition) {
  const LiveBrokers live(now);
  const model::BrokerId leader =
      first(partition.replicas, [&](model::BrokerId id) { return live.electable(id); });
  if (leader == model::no_broker) return partition;
  partition.recovering = !contains(partition.isr, leader);
  partition.leader = leader;
  partition.isr = {leader};
  partition.eligible.clear();
  return partition;
}

// If no one else is left who is in sync, those who are eligible are: they have all that was
// committed. If there are none either, the leader stays, or who was named first.
Partition without_the_unclean(Partition partition, const std::set<model::BrokerId>& unclean) {
  const auto intact = [&](model::BrokerId id) { return !unclean.contains(id); };
  if (std::ranges::all_of(both(partition.isr, partition.eligible), intact)) return partition;
  const Brokers before = std::exchange(partition.isr, filtered(partition.isr, intact));
  partition.eligible = filtered(partition.eligible, intact);
  if (partition.isr.empty()) partition.isr = std::exchange(partition.eligible, {});
  if (partition.isr.empty())
    partition.isr = {contains(before, partition.leader) ? partition.leader : before.front()};
  if (!contains(partition.isr, partition.leader)) partition.leader = model::no_broker;
  return partition;
}

}  // namespace

Partition without_the_dead(const Situation& now, const Partition& partition, const Rules& rules,
                           const Impaired& impaired) {
  const LiveBrokers live(now);
  const Partition known =
      rules.synced ? partition : without_the_unclean(partition, impaired.unclean);
  const auto online = [&](model::BrokerId id) {
    return live.registered(id) && !impaired.offline.contains(id) && !impaired.returned.contains(id);
  };
  const Brokers online_isr = filtered(known.isr, online);
  const Brokers online_eligible = filtered(known.eligible, online);
  const bool others = !online_isr.empty() || !online_eligible.empty();
  const Brokers live_isr =
      others ? online_isr
             : filtered(known.isr, [&](model::BrokerId id) { return live.registered(id); });
  const Brokers& candidates = live_isr.empty() ? online_eligible : live_isr;

  Partition out = known;
  if (!live_isr.empty()) out.isr = live_isr;
  if (!contains(live_isr, known.leader)) {
    const auto is_candidate = [&](model::BrokerId id) { return contains(candidates, id); };
    out.leader = first(partition.replicas,
                       [&](model::BrokerId id) { return is_candidate(id) && live.electable(id); });
    if (out.leader == model::no_broker) out.leader = first(partition.replicas, is_candidate);
    if (out.leader != model::no_broker && live_isr.empty()) out.isr = {out.leader};
  }
  const Brokers complete = filtered(both(known.isr, known.eligible), [&](model::BrokerId id) {
    return !others || !impaired.offline.contains(id);
  });
  out.eligible = eligible_besides(out, out.isr, complete, rules);
  if (out.leader == model::no_broker && rules.unclean) out = led_uncleanly(now, std::move(out));
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

model::Result<Partition> with_unclean_leader(const Situation& now, const Partition& partition,
                                             Rules rules) {
  const LiveBrokers live(now);
  if (partition.leader != model::no_broker && live.registered(partition.leader))
    return fail(ErrorCode::election_not_needed, "Leader election not needed for topic partition.");
  rules.unclean = true;
  Partition out = without_the_dead(now, partition, rules);
  if (out.leader == model::no_broker)
    return fail(ErrorCode::eligible_leaders_not_available,
                "Eligible topic partition leaders are not available.");
  return out;
}

Partition without_the_leaving(const Situation& now, const Partition& partition,
                              const Rules& rules) {
  const LiveBrokers live(now);
  Partition out = partition;
  const Brokers staying =
      filtered(partition.isr, [&](model::BrokerId id) { return live.electable(id); });
  if (staying.empty()) return partition;
  out.isr = filtered(partition.isr, [&](model::BrokerId id) { return !live.leaving(id); });
  out.eligible =
      eligible_besides(partition, out.isr, both(partition.isr, partition.eligible), rules);
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
                                  const Brokers& target, const Rules& rules) {
  const LiveBrokers live(now);
  Partition out = partition;
  out.replicas = target;
  out.adding = out.removing = {};
  out.isr = filtered(partition.isr, [&](model::BrokerId id) { return contains(target, id); });
  out.eligible = eligible_besides(out, out.isr, partition.eligible, rules);
  if (!contains(out.isr, partition.leader) || !live.registered(partition.leader))
    out.leader = first(
        target, [&](model::BrokerId id) { return contains(out.isr, id) && live.electable(id); });
  if (out.leader == model::no_broker) return std::nullopt;
  return next_epoch(now, std::move(out));
}

}  // namespace

Partition cancelled(const Situation& now, const Partition& partition, const Rules& rules) {
  const Brokers origin = origin_of(partition);
  if (auto out = confined(now, partition, origin, rules)) return *out;
  return reassigned(now, partition, origin);
}

Partition with_reassignment_ended(const Situation& now, const Partition& partition,
                                  const Rules& rules) {
  if (!is_reassigned(partition)) return partition;
  const Brokers target = target_of(partition);
  const bool in_sync =
      std::ranges::all_of(target, [&](model::BrokerId id) { return contains(partition.isr, id); });
  if (!in_sync) return partition;
  return confined(now, partition, target, rules).value_or(partition);
}

}  // namespace gregor::controller
