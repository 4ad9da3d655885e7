// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What clients of a group have in common: they look for its coordinator, commit offsets to it and
// read them back, and give it up when it does not answer. Kafka's coordinators have no leases: one
// that was paused or cut off tells the offsets that it knows, until it hears of its successor. What
// is read counts therefore only if it is known that the coordinator told it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "simulation/workload.h"

namespace gregor::simulation {

class GroupClient : public Workload {
 public:
  // In which leader epoch a broker is a group's coordinator at this moment; nullopt: it is not.
  using Coordinates = std::function<std::optional<model::LeaderEpoch>(const std::string& group,
                                                                      const broker::PeerAddress&)>;

 protected:
  // As whom one commits. The defaults are of who is no member.
  struct Identity {
    std::int32_t generation = -1;
    std::string member_id;
    std::optional<std::string> instance = std::nullopt;  // of a static member
    std::int16_t least_version = 2;                      // of OffsetCommit
  };
  // The error of a commit, or why nobody told it.
  using Commit = std::expected<model::ErrorCode, Unanswered>;

  template <class... Arguments>
  GroupClient(std::string group, Coordinates coordinates, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        group_id_(std::move(group)),
        coordinates_(std::move(coordinates)) {}

  // Asks anybody; ends the operation.
  void find_coordinator();
  // The coordinator must be known. `done` ends the operation.
  void commit_offset(const model::TopicPartition& partition, std::int64_t offset,
                     const Identity& as, std::function<void(Commit)> done);
  // The same. `found` is called with what is committed; where nothing could be read, the operation
  // ends with failed(), and without a word where somebody else may be the coordinator.
  void fetch_offset(const model::TopicPartition& partition,
                    std::function<void(std::int64_t)> found);

  // Whether the known coordinator is one at this moment; a broker may not have heard yet that it
  // is not any more.
  [[nodiscard]] bool is_coordinated() const {
    return coordinates_(group_id_, *coordinator_).has_value();
  }

  // No answer (`code` is empty), or an error: ends the operation.
  virtual void failed(const char* api, std::optional<model::ErrorCode> code) = 0;

  const std::string group_id_;
  std::optional<broker::PeerAddress> coordinator_;

 private:
  const Coordinates coordinates_;
};

}  // namespace gregor::simulation
