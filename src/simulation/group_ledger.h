// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the members of one group sent and were told, and what must therefore hold between them:
//
//   one-owner                  in one generation a partition is assigned to one member; of the
//                              consumer protocol nobody may take what another one has not let go
//   no-commit-of-the-past      once a member has its share of a generation, no commit that is sent
//                              in an earlier one is accepted; nor one in an epoch that it has left
//   earlier-lives-are-fenced   when a static member has been started again and has its new id, its
//                              earlier life is told so, whatever it sends
//   the-living-are-not-fenced  of a static member only the earlier life is told that it is fenced
//   committed-offsets-stay     who asks finds the last commit that was acknowledged before, or one
//                              that was under way meanwhile, or one whose fate nobody knows
//
// A group's log is not synced with each record: with the first power cut generations may be given
// again, and a commit of the past come back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/peer.h"
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

  // A member of the consumer protocol takes these, and has let go all others. Who is silent for a
  // session may lose them: it has them until `until` for sure.
  static constexpr std::int64_t session_timeout_us = 6 * second;
  void holds(const std::string& member, const std::set<model::TopicPartition>& partitions,
             Time until);
  void accepted_of_past_epoch(const std::string& member, std::int32_t epoch);

  // What an earlier life of a static member has sent since the new one knows its id.
  void accepted_of_earlier_life(const char* api, const std::string& instance);
  // It is told that nobody has its instance id: somebody had, if the same coordinator accepts the
  // next heartbeat of the new life, and that has not joined again in between.
  void earlier_life_unknown(const char* api, const std::string& instance,
                            const broker::PeerAddress& coordinator);
  void heartbeat(const std::string& instance,
                 const std::optional<broker::PeerAddress>& accepted_by);
  void joins(const std::string& instance) { doubts_.erase(instance); }
  void fenced_while_alive(const std::string& instance);

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
  struct Holder {
    std::string member;
    Time until{0};
  };
  std::map<model::TopicPartition, Holder> holders_;
  struct Doubt {
    std::string api;
    broker::PeerAddress coordinator;
  };
  std::map<std::string, Doubt> doubts_;  // by instance: what its earlier life was told
  std::map<std::int32_t, Time> told_;    // when the first member had its share
  std::map<model::TopicPartition, Commits> commits_;
  std::int64_t offsets_ = 0;
};

}  // namespace gregor::simulation
