// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A topic of a simulated world, and what its settings promise to those who look at it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "simulation/scheduler.h"

namespace gregor::simulation {

struct TopicPlan {
  std::string name;
  std::int32_t partitions = 1;
  std::int16_t replication = 1;
  std::vector<std::int32_t> replicas = {};  // of each partition; empty: as the cluster likes
  // What was acknowledged survives every fault of this world: else, those without power cuts.
  bool durable = true;
  bool trimmed = false;           // somebody deletes records
  bool altered = false;           // … changes its settings
  bool moves = false;             // … has others of the brokers keep it
  std::int64_t retention_us = 0;  // 0: for ever
  std::map<std::string, std::string> configs;

  // Its log may come to start later though nothing is wrong.
  [[nodiscard]] bool loses_its_start() const { return trimmed || retention_us > 0; }
  // Records may have to make room for later ones of their keys.
  [[nodiscard]] bool is_compacted() const {
    const auto found = configs.find("cleanup.policy");
    return found != configs.end() && found->second.starts_with("compact");
  }
  // Each replica has it on its disk before it counts as there.
  [[nodiscard]] bool is_synced_at_once() const { return number("flush.messages", 0) == 1; }
  // Whoever is left may lead it, whatever it lacks of what was acknowledged.
  [[nodiscard]] bool is_led_unclean() const {
    const auto found = configs.find("unclean.leader.election.enable");
    return found != configs.end() && found->second == "true";
  }
  // Who has just become a leader may not have all of it.
  [[nodiscard]] bool has_followers() const { return replication > 1 || moves; }
  [[nodiscard]] std::size_t min_insync_replicas() const {
    return static_cast<std::size_t>(number("min.insync.replicas", 1));
  }
  // Before that time no record makes room for a later one of its key.
  [[nodiscard]] std::int64_t compaction_lag_us() const {
    return number("min.compaction.lag.ms", 0) * millisecond;
  }
  // So long tombstones stay at least.
  [[nodiscard]] std::int64_t tombstones_us() const {
    return number("delete.retention.ms", 86'400'000) * millisecond;
  }

 private:
  [[nodiscard]] std::int64_t number(const char* key, std::int64_t otherwise) const {
    const auto found = configs.find(key);
    return found == configs.end() ? otherwise : std::stoll(found->second);
  }
};

}  // namespace gregor::simulation
