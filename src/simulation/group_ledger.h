// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the members of one group sent and were told, and what must therefore hold between them:
//
//   one-owner                  in one generation a partition is assigned to one member
//   no-commit-of-the-past      once a member has its share of a generation, no commit that is sent
//                              in an earlier one is accepted
//   committed-offsets-stay     who asks finds the last commit that was acknowledged before, or one
//                              that was under way meanwhile, or one whose fate nobody knows
//
// A group's log is not synced with each record: with the first power cut generations may be given
// again, and a commit of the past come back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/ids.h"
#include "simulation/environment.h"
#include "simulation/ledger.h"

namespace gregor::simulation {

class GroupLedger {
 public:
  static constexpr std::int64_t nothing = -1;  // an offset that was never committed

  GroupLedger(Environment& environment, const Ledger& ledger, std::string name)
      : env_(environment), ledger_(ledger), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }

  // A member has its share of a generation.
  void assigned(std::int32_t generation, const std::string& member,
                const std::vector<model::TopicPartition>& share);

  // A commit begins; the offset is one that was never committed for the partition.
  std::int64_t committing(const model::TopicPartition& partition);
  // It is sure that it did not happen, and will not.
  void refused(const model::TopicPartition& partition, std::int64_t offset);
  // It was acknowledged; it was sent at `begun`.
  void committed(const model::TopicPartition& partition, std::int64_t offset,
                 std::int32_t generation, Time begun);
  // Who asked at `begun` finds it.
  void found(const model::TopicPartition& partition, std::int64_t offset, Time begun);

 private:
  static constexpr Time never{std::int64_t{1} << 62};
  struct Commit {
    Time begun{0};
    Time done = never;  // since when it is known to have happened
  };
  using Commits = std::map<std::int64_t, Commit>;  // by offset

  [[nodiscard]] bool is_safe() const { return ledger_.power_cuts() == 0; }
  Commits& commits_of(const model::TopicPartition& partition);

  Environment& env_;
  const Ledger& ledger_;
  const std::string name_;
  std::map<std::int32_t, std::map<model::TopicPartition, std::string>> owners_;  // by generation
  std::map<std::int32_t, Time> told_;  // when the first member had its share
  std::map<model::TopicPartition, Commits> commits_;
  std::int64_t offsets_ = 0;
};

}  // namespace gregor::simulation
