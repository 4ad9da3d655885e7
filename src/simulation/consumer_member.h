// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A member of a group of the consumer protocol (KIP-848): with each heartbeat it says what it owns,
// and hears what it is to own. It lets go first, perhaps not at once, and takes then. It commits
// and reads commits of what it owns, leaves now and then, and joins again as somebody else.
// A static one is started again now and then, and its earlier life goes on talking.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "protocol/messages/consumer_group_heartbeat.h"
#include "simulation/group_client.h"
#include "simulation/group_ledger.h"
#include "simulation/member.h"

namespace gregor::simulation {

class ConsumerMember final : public GroupClient {
 public:
  template <class... Arguments>
  ConsumerMember(const MemberPlan& plan, GroupLedger& group, Coordinates coordinates,
                 Arguments&&... arguments)
      : GroupClient(plan.group, std::move(coordinates), std::forward<Arguments>(arguments)...),
        plan_(plan),
        group_(group),
        member_id_(new_id()) {
    for (const auto& partition : plan_.partitions) topics_.insert(partition.topic);
  }

 private:
  using Answer = ClusterClient::Answer<protocol::ConsumerGroupHeartbeatResponse>;
  using Partitions = std::set<model::TopicPartition>;

  void operate() override;
  void learn(const std::string& topic);
  void heartbeat();
  [[nodiscard]] protocol::ConsumerGroupHeartbeatRequest say(std::int32_t epoch, bool in_full) const;
  void on_heartbeat(const Answer& answer, Time sent, const Partitions& said);
  void settle();
  void commit(const model::TopicPartition& partition, std::int32_t epoch);
  void leave(std::int32_t how);
  [[nodiscard]] bool is_sure() const { return env_.now() >= late_until_; }
  // Of static members.
  void start_again();
  void speak_as_before();
  void heartbeat_as_before();
  void commit_as_before();
  void failed(const char* api, std::optional<model::ErrorCode> code) override;
  void abandon();
  void succeeded();
  [[nodiscard]] std::string new_id();

  const MemberPlan plan_;
  GroupLedger& group_;
  std::set<std::string> topics_;
  int lives_ = 0;
  std::string member_id_;
  std::int32_t epoch_ = 0;  // 0: it is no member
  struct Life {
    std::string member_id;
    std::int32_t epoch = 0;
  };
  std::optional<Life> before_;  // of a static member that was started again
  bool released_ = false;       // its place, for sure: it has not tried to join since
  Partitions target_;
  Partitions owned_;
  std::optional<Partitions> said_;  // what the coordinator knows to be owned
  Time heard_{0};                   // when the last heartbeat that was answered was sent
  Time late_until_{0};              // until then one whose answer was lost may arrive
};

}  // namespace gregor::simulation
