// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that keeps committed offsets in a group of its own, and looks whether the one that it
// finds is one that it may find: the last that was acknowledged, or one after it whose fate is
// unknown. After a power cut the group's log, which nobody syncs for each commit, may be any of its
// own past; of several replicas the one that lost its end may come to lead much later.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/group_client.h"

namespace gregor::simulation {

struct CommitterPlan {
  ClientPlan client;
  std::vector<model::TopicPartition> partitions;
  bool replicated = false;  // the group's log
};

class Committer final : public GroupClient {
 public:
  template <class... Arguments>
  Committer(CommitterPlan plan, Coordinates coordinates, Arguments&&... arguments)
      : GroupClient(fmt::format("group-of-committer-{}", plan.client.number),
                    std::move(coordinates), std::forward<Arguments>(arguments)...),
        plan_(std::move(plan)) {}

 private:
  static constexpr std::int64_t none = -1;
  struct Register {
    std::int64_t last = none;           // acknowledged, or seen
    std::set<std::int64_t> unknown;     // may still come to be
    std::set<std::int64_t> past{none};  // ever sent
    std::uint64_t power_cuts = 0;       // at the time of `last`
  };

  void operate() override;
  void commit(const model::TopicPartition& partition);
  void found(const model::TopicPartition& partition, std::int64_t offset, std::uint64_t cuts);
  void failed(const char* api, std::optional<model::ErrorCode> code) override;

  const CommitterPlan plan_;
  std::map<model::TopicPartition, Register> registers_;
  std::int64_t next_offset_ = 0;
};

}  // namespace gregor::simulation
