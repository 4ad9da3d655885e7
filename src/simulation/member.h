// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that shares partitions with the other members of its group, by the protocol of
// JoinGroup, SyncGroup and Heartbeat: it joins, commits and reads commits of what it owns, leaves
// now and then, and joins again. The leader of a generation gives everyone its share.
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
};

class Member final : public GroupClient {
 public:
  template <class... Arguments>
  Member(const MemberPlan& plan, GroupLedger& group, Arguments&&... arguments)
      : GroupClient(plan.group, std::forward<Arguments>(arguments)...),
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
  // What the coordinator's errors mean for the membership.
  void failed(const char* api, std::optional<model::ErrorCode> code) override;
  // Who is to finish has done something as a member: it leaves.
  void succeeded();

  const MemberPlan plan_;
  GroupLedger& group_;
  std::string member_id_;
  std::optional<Place> place_;
};

}  // namespace gregor::simulation
