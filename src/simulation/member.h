// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that shares partitions with the other members of its group, by the protocol of
// JoinGroup, SyncGroup and Heartbeat: it joins, commits and reads commits of what it owns, leaves
// now and then, and joins again. The leader of a generation gives everyone its share.
//
// A static one (KIP-345) is started again now and then instead, without a word, and the process
// that it was before may not have ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages/join_group.h"
#include "simulation/group_client.h"
#include "simulation/group_ledger.h"

namespace gregor::simulation {

struct MemberPlan {
  ClientPlan client;
  std::string group;
  std::vector<model::TopicPartition> partitions;  // that the group shares: the same for all
  std::string instance;                           // of a static member; "": it is none
  bool by_heartbeats = false;                     // of KIP-848: a ConsumerMember

  // As requests say it.
  [[nodiscard]] std::optional<std::string> instance_id() const {
    return instance.empty() ? std::nullopt : std::optional(instance);
  }
};

class Member final : public GroupClient {
 public:
  template <class... Arguments>
  Member(const MemberPlan& plan, GroupLedger& group, Coordinates coordinates,
         Arguments&&... arguments)
      : GroupClient(plan.group, std::move(coordinates), std::forward<Arguments>(arguments)...),
        plan_(plan),
        group_(group) {}

 private:
  // Of a generation, until it ends.
  struct Place {
    std::int32_t generation = 0;
    std::vector<model::TopicPartition> share;
  };

  void operate() override;
  void join();
  void joined(const protocol::JoinGroupResponse& told);
  void sync(std::int32_t generation, const protocol::JoinGroupResponse& told);
  void heartbeat();
  void commit(const model::TopicPartition& partition, std::int32_t generation);
  void leave();
  // Of static members.
  [[nodiscard]] const std::string& owner() const;
  [[nodiscard]] Identity identity(std::int32_t generation, const std::string& member_id) const;
  void start_again();
  void speak_as_before();
  void heartbeat_as_before();
  void commit_as_before();
  void told_as_before(const char* api, model::ErrorCode code);
  // What the coordinator's errors mean for the membership.
  void failed(const char* api, std::optional<model::ErrorCode> code) override;
  // Who is to finish has done something as a member: it leaves.
  void succeeded();

  const MemberPlan plan_;
  GroupLedger& group_;
  std::string member_id_;
  std::optional<Place> place_;
  struct Life {
    std::string member_id;
    std::int32_t generation = 0;
  };
  std::optional<Life> before_;
  bool join_lost_ = false;  // one that was to give an id may have been heard, or be heard later
};

}  // namespace gregor::simulation
