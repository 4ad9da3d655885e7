// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One group of the consumer protocol (KIP-848): what its records say, and nothing else. A group is
// changed only by folding a change into it (apply), with the same function when a request is served
// and when the log is replayed; what a request changes is decided in consumer_machine.h.
//
//   subscriptions or topics change --> epoch + 1 --> a target assignment for that epoch
//   each member then moves on its own from its current assignment to its target (reconcile.h)
//
//   empty     no members
//   assigning the target is older than the group's epoch
//   reconciling  a member is not where its target says
//   stable    all are
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "group/classic_group.h"
#include "group/partitions.h"
#include "model/ids.h"

namespace gregor::group {

// The epochs with a meaning of their own.
inline constexpr std::int32_t joining_epoch = 0;
inline constexpr std::int32_t leaving_epoch = -1;
// A static member is away and will be back; its place is kept for the session timeout.
inline constexpr std::int32_t away_epoch = -2;

// Kafka's numbers in records.
enum class MemberState : std::int8_t {
  stable = 1,
  unrevoked_partitions = 2,   // it has been asked to give some up, and has not said that it did
  unreleased_partitions = 3,  // what it shall have is still in other hands
};

// A member that speaks the classic protocol in a group of the new one.
struct ClassicSide {
  std::int32_t session_timeout_ms = 0;
  std::vector<Protocol> protocols;
  friend bool operator==(const ClassicSide&, const ClassicSide&) = default;
};

// What a member says of itself.
struct MemberMetadata {
  std::optional<std::string> instance_id = {};
  std::optional<std::string> rack_id = {};
  std::string client_id = {};
  std::string client_host = {};
  std::set<std::string, std::less<>> topics = {};
  std::string pattern = {};  // of topic names; empty: none
  std::int32_t rebalance_timeout_ms = -1;
  std::optional<std::string> assignor = {};
  std::optional<ClassicSide> classic = {};
  friend bool operator==(const MemberMetadata&, const MemberMetadata&) = default;
};

// What a member has. `assigned` and `pending_revocation` have nothing in common.
struct CurrentAssignment {
  std::int32_t epoch = joining_epoch;
  std::int32_t previous_epoch = joining_epoch;
  MemberState state = MemberState::stable;
  Partitions assigned = {};
  Partitions pending_revocation = {};
  friend bool operator==(const CurrentAssignment&, const CurrentAssignment&) = default;
};

struct ConsumerMember {
  std::string id;
  MemberMetadata metadata = {};
  CurrentAssignment current = {};
  [[nodiscard]] bool is_classic() const { return metadata.classic.has_value(); }
  friend bool operator==(const ConsumerMember&, const ConsumerMember&) = default;
};

// The topics that a pattern stands for.
struct ResolvedPattern {
  std::set<std::string, std::less<>> topics = {};
  std::int64_t version = 0;  // of the cluster's metadata, as counted in one process
  model::Timestamp resolved_at = {};
  friend bool operator==(const ResolvedPattern&, const ResolvedPattern&) = default;
};

// --- changes: one record each (consumer_records.h); without a value what it names is removed ---
struct EpochChange {
  struct Value {
    std::int32_t epoch = 0;
    std::uint64_t metadata_hash = 0;  // of the topics that the group is subscribed to
    friend bool operator==(const Value&, const Value&) = default;
  };
  std::string group;
  std::optional<Value> value;
};
struct MemberChange {
  std::string group;
  std::string member;
  std::optional<MemberMetadata> value;
};
struct PatternChange {
  std::string group;
  std::string pattern;
  std::optional<ResolvedPattern> value;
};
struct TargetEpochChange {
  std::string group;
  std::optional<std::int32_t> value;
};
struct TargetChange {
  std::string group;
  std::string member;
  std::optional<Partitions> value;
};
struct CurrentChange {
  std::string group;
  std::string member;
  std::optional<CurrentAssignment> value;
};
using ConsumerChange = std::variant<EpochChange, MemberChange, PatternChange, TargetEpochChange,
                                    TargetChange, CurrentChange>;

class ConsumerGroup {
 public:
  explicit ConsumerGroup(std::string id) : id_(std::move(id)) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::int32_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t metadata_hash() const { return metadata_hash_; }
  [[nodiscard]] std::int32_t target_epoch() const { return target_epoch_; }

  using Members = std::map<std::string, ConsumerMember, std::less<>>;
  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] const ConsumerMember* find(std::string_view member) const;
  [[nodiscard]] const ConsumerMember* static_member(std::string_view instance_id) const;
  [[nodiscard]] bool has_classic_members_only() const;

  using Targets = std::map<std::string, Partitions, std::less<>>;
  [[nodiscard]] const Targets& targets() const { return targets_; }
  [[nodiscard]] const Partitions& target_of(std::string_view member) const;

  using Patterns = std::map<std::string, ResolvedPattern, std::less<>>;
  [[nodiscard]] const Patterns& patterns() const { return patterns_; }

  // Who has the partition, or has not given it up yet; nullptr: it is free.
  [[nodiscard]] const std::string* holder(const TopicIdPartition& partition) const;

  // "Reconciling", as clients are told.
  [[nodiscard]] std::string_view state() const;
  [[nodiscard]] bool is_subscribed_to(std::string_view topic) const;

  void apply(const ConsumerChange& change);
  friend bool operator==(const ConsumerGroup&, const ConsumerGroup&) = default;

 private:
  friend struct ConsumerInvariants;  // consumer_invariants.cc

  void on(const EpochChange& change);
  void on(const MemberChange& change);
  void on(const PatternChange& change);
  void on(const TargetEpochChange& change);
  void on(const TargetChange& change);
  void on(const CurrentChange& change);
  void take_hold(const std::string& member, const Partitions& partitions);
  void let_go(const std::string& member, const Partitions& partitions);

  std::string id_;
  std::int32_t epoch_ = 0;
  std::uint64_t metadata_hash_ = 0;
  std::int32_t target_epoch_ = 0;
  Members members_;
  Targets targets_;
  Patterns patterns_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::map<TopicIdPartition, std::string> holders_;
};

using ConsumerGroups = std::map<std::string, ConsumerGroup, std::less<>>;

// Folds the change into the group that it is of; makes and removes groups as it says.
void fold(ConsumerGroups& groups, const ConsumerChange& change);

}  // namespace gregor::group
