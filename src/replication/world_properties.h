// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is promised of all replicas together: the properties of spec/ReplicationProperties.tla, by
// their names, on the world of the tests.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "replication/replication_world.h"

namespace gregor::replication::test {

// Whether the log agrees with `committed` on what it has below `to`.
inline bool agrees(const World& world, const ToyLog& log, Offset to) {
  for (Offset at = log.start(); at < to; ++at)
    if (at >= log.end() || log.at(at) != world.committed[static_cast<std::size_t>(at.value())])
      return false;
  return true;
}
inline Offset committed_end(const World& world) {
  return Offset(static_cast<std::int64_t>(world.committed.size()));
}
inline bool has_all_committed(const World& world, const Broker& broker) {
  return agrees(world, broker.log, committed_end(world));
}
// The one that the controller means, and that knows it.
inline bool is_true_leader(const World& world, BrokerId id, const Broker& broker) {
  return broker.replica && broker.replica->leads() && world.controller.leader() == id &&
         broker.replica->state().epoch == world.controller.leader_epoch();
}

template <class Holds>
bool every_replica(const World& world, const Holds& holds) {
  return std::ranges::all_of(world.brokers, [&](const auto& entry) {
    return !entry.second.replica || holds(entry.first, entry.second);
  });
}
template <class Holds>
bool every_true_leader(const World& world, const Holds& holds) {
  return every_replica(world, [&](BrokerId id, const Broker& broker) {
    return !is_true_leader(world, id, broker) || holds(broker);
  });
}

// R1 for two logs.
inline bool match(const ToyLog& a, const ToyLog& b) {
  const Offset from = std::max(a.start(), b.start());
  bool same = true;
  for (Offset at = from; at < std::min(a.end(), b.end()); ++at) {
    if (a.at(at).epoch == b.at(at).epoch && !same) return false;
    same = same && a.at(at) == b.at(at);
    if (a.at(at).epoch == b.at(at).epoch && !same) return false;
  }
  return true;
}
// R14 for one log: the cache says what the log says; its last entry may be of an epoch without
// records.
inline bool cache_matches(const ToyLog& log) {
  const auto& epochs = log.epochs();
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (i > 0 && (epochs[i - 1].epoch >= epochs[i].epoch || epochs[i - 1].start >= epochs[i].start))
      return false;
    const Offset end = i + 1 < epochs.size() ? epochs[i + 1].start : log.end();
    for (Offset at = std::max(epochs[i].start, log.start()); at < end; ++at)
      if (log.at(at).epoch != epochs[i].epoch) return false;
  }
  return log.start() == log.end() || (!epochs.empty() && epochs.front().start <= log.start());
}

struct Property {
  std::string_view name;
  bool (*holds)(const World& world);
};

inline constexpr std::array properties = {
    Property{"LogMatching",
             [](const World& world) {
               return std::ranges::all_of(world.brokers, [&](const auto& a) {
                 return std::ranges::all_of(world.brokers, [&](const auto& b) {
                   return match(a.second.log, b.second.log);
                 });
               });
             }},
    Property{"EpochCacheMatchesLog",
             [](const World& world) {
               return std::ranges::all_of(world.brokers, [](const auto& entry) {
                 return cache_matches(entry.second.log);
               });
             }},
    // Whoever answers my fetch, I see the same records at the same offsets.
    Property{"ConsistentReads",
             [](const World& world) {
               return every_replica(world, [&](BrokerId, const Broker& broker) {
                 return agrees(world, broker.log, broker.replica->state().high_watermark);
               });
             }},
    Property{"LeaderCompleteness",
             [](const World& world) {
               return every_true_leader(
                   world, [&](const Broker& broker) { return has_all_committed(world, broker); });
             }},
    // Whoever may be elected next has everything, too.
    Property{"CandidateCompleteness",
             [](const World& world) {
               return every_replica(world, [&](BrokerId id, const Broker& broker) {
                 const bool candidate = world.controller.isr().contains(id) ||
                                        world.controller.eligible().contains(id);
                 return !candidate || has_all_committed(world, broker);
               });
             }},
    Property{"NoAcknowledgedRecordLost",
             [](const World& world) {
               return every_true_leader(world, [&](const Broker& broker) {
                 return std::ranges::all_of(world.acknowledged, [&](const auto& entry) {
                   const auto& [id, at] = entry;
                   return at < broker.log.start() ||
                          (at < broker.log.end() && broker.log.at(at).id == id);
                 });
               });
             }},
    // R12. Who tells the end of the log tells all of it.
    Property{"ListOffsetsNeverGoesBack",
             [](const World& world) {
               return every_true_leader(world, [&](const Broker& broker) {
                 return broker.replica->check_end_known() != model::ErrorCode::none ||
                        broker.replica->state().high_watermark == committed_end(world);
               });
             }},
    // R10, as long as elections are clean.
    Property{"HighWatermarkNeverGoesBack", [](const World& world) { return !world.went_back; }},
    // R7. The leader counts at least everybody who may be elected.
    Property{"QuorumSuperset",
             [](const World& world) {
               return every_true_leader(world, [&](const Broker& broker) {
                 return std::ranges::all_of(world.controller.isr(), [&](BrokerId id) {
                   return broker.replica->state().may_be_in_sync(id);
                 });
               });
             }},
    // R19. With flush.messages=1 an acknowledged record is on min.insync.replicas disks (unless one
    // was thrown away).
    Property{"DurableAck",
             [](const World& world) {
               if (!world.options.flush_first || world.disk_was_lost) return true;
               return std::ranges::all_of(world.acknowledged, [&](const auto& entry) {
                 const auto& [id, at] = entry;
                 const auto has_it = [&](const auto& one) {
                   const ToyLog& log = one.second.log;
                   return at < log.start() || (at < log.durable() && log.at(at).id == id);
                 };
                 return static_cast<std::size_t>(std::ranges::count_if(world.brokers, has_it)) >=
                        world.options.min_in_sync;
               });
             }},
};

inline std::optional<std::string> broken_property(const World& world) {
  for (const Property& property : properties)
    if (!property.holds(world)) return std::string(property.name);
  return std::nullopt;
}

}  // namespace gregor::replication::test
