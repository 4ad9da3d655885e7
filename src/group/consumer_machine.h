// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What requests and time do to the groups of the consumer protocol (KIP-848), beside the machine of
// the classic one (machine.h). Members heartbeat; the coordinator assigns. Every change is in the
// log before anybody hears of it (desk.h), and what a replay folds is what was folded here.
//
// Handlers by subject: consumer_heartbeat.cc (join, stay, leave), consumer_rebalance.cc (epochs,
// targets, who is dropped), consumer_classic.cc (members that speak the classic protocol),
// consumer_admin.cc (describe; who may commit and fetch offsets).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "group/consumer_plan.h"
#include "group/desk.h"
#include "model/result.h"

namespace gregor::group {

// What becomes of the classic half of a group that changes its protocol.
class Handover {
 public:
  virtual ~Handover() = default;
  // The group goes on as a consumer group: its members are told to join again.
  virtual void retire(const std::string& group, Effects& out) = 0;
  // The group goes on as a classic group, and is stored as such.
  enum class Then { rebalance, rest };
  virtual void adopt(ClassicGroup group, Then then, Effects& out) = 0;
};

class ConsumerMachine {
 public:
  ConsumerMachine(Desk& desk, Handover& handover) : desk_(desk), handover_(handover) {}

  // nullptr: no consumer group has this name.
  [[nodiscard]] ConsumerGroup* find(std::string_view group);

  void loaded();
  void forget_all() { soft_.clear(); }
  void time_is_up(const TimerKey& key, Effects& out);

  void serve(const Request& from, const protocol::ConsumerGroupHeartbeatRequest& request,
             Effects& out);
  void serve(const Request& from, const DescribeConsumerGroup& request, Effects& out);

  // From members that speak the classic protocol; the group is not empty.
  void serve(const Request& from, const protocol::JoinGroupRequest& request, Effects& out);
  void serve(const Request& from, const protocol::SyncGroupRequest& request, Effects& out);
  void serve(const Request& from, const protocol::HeartbeatRequest& request, Effects& out);
  void serve(const Request& from, const protocol::LeaveGroupRequest& request, Effects& out);

  [[nodiscard]] static model::ErrorCode check_commit(const ConsumerGroup& group,
                                                     const protocol::OffsetCommitRequest& request,
                                                     model::ApiVersion version);
  [[nodiscard]] static model::ErrorCode check_fetch(const ConsumerGroup& group,
                                                    const std::optional<std::string>& member,
                                                    std::int32_t epoch);
  // An empty group is gone; what was stored of it goes with the records that are returned.
  std::vector<StoredRecord> remove_empty(const std::string& group);

 private:
  // The group that a request works on, which may be about to come into being.
  struct Entry {
    std::optional<ConsumerGroup> fresh = {};
    ConsumerGroup* known = nullptr;
    const ClassicGroup* classic = nullptr;  // that it was until now
    [[nodiscard]] ConsumerGroup& group() { return fresh ? *fresh : *known; }
  };
  // Who asks, as the group knows it.
  struct Asker {
    std::string id;
    std::optional<std::string> replaces = {};  // the id that a static member had before
  };

  // consumer_heartbeat.cc
  [[nodiscard]] model::Result<> check_form(
      const Request& from, const protocol::ConsumerGroupHeartbeatRequest& request) const;
  [[nodiscard]] model::Result<Entry> enter(const protocol::ConsumerGroupHeartbeatRequest& request);
  [[nodiscard]] static model::Result<Asker> identify(
      const ConsumerGroup& group, const std::string& id,
      const protocol::ConsumerGroupHeartbeatRequest& request);
  void stay(const Request& from, const protocol::ConsumerGroupHeartbeatRequest& request,
            Effects& out);
  void leave(const Request& from, const protocol::ConsumerGroupHeartbeatRequest& request,
             Effects& out);
  void refuse(const Request& from, const model::Error& error, Effects& out);
  [[nodiscard]] const std::string& preferred_assignor(const ConsumerGroup& group) const;
  [[nodiscard]] bool is_full(const ConsumerGroup& group, std::string_view member) const;

  // consumer_rebalance.cc
  // The member's metadata as it is now; what follows for the group's epoch, its target, and the
  // member's assignment.
  void update(ConsumerPlan& plan, const Asker& asker, const MemberMetadata& said,
              const std::optional<Partitions>& owned);
  void refresh_patterns(ConsumerPlan& plan, bool all);
  void drop_unused_patterns(ConsumerPlan& plan);
  void assign(ConsumerPlan& plan);
  [[nodiscard]] std::uint64_t hash_of_topics(const ConsumerGroup& group) const;
  // Every partition that somebody wants is in somebody's hands.
  [[nodiscard]] bool is_assigned(const ConsumerGroup& group) const;
  [[nodiscard]] bool commit(ConsumerPlan& plan, Entry& entry, Effects& out);
  void watch(const ConsumerGroup& group, const std::string& member);
  bool remove(ConsumerGroup& group, const std::vector<std::string>& members, Effects& out);
  void cancel_timers(const std::string& group, const std::string& member);

  // consumer_classic.cc
  // Whether those that stay, and as many classic members as join, can go on without the new
  // protocol when some have left it.
  [[nodiscard]] bool may_downgrade(const ConsumerGroup& group,
                                   const std::vector<std::string>& without,
                                   std::size_t joining) const;
  bool downgrade(ConsumerGroup& group, const std::vector<ConsumerChange>& removal,
                 const std::vector<std::string>& without, Handover::Then then, Effects& out);
  [[nodiscard]] model::Result<Asker> identify(const ConsumerGroup& group, const std::string& id,
                                              const protocol::JoinGroupRequest& request) const;
  void expect_join(const ConsumerGroup& group, const ConsumerMember& member);

  // What is not in the log: how fresh the group's view of the cluster is.
  struct Soft {
    std::uint64_t checked = 0;   // the cluster's version
    std::uint64_t patterns = 0;  // likewise, when the patterns were resolved last
    model::Instant patterns_due;
  };

  Desk& desk_;
  Handover& handover_;
  std::map<std::string, Soft, std::less<>> soft_;
};

}  // namespace gregor::group
