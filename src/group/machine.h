// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The inside of the coordinator (coordinator.h): who serves which request, and the classic
// protocol. Handlers by subject: join.cc, membership.cc (sync, heartbeat, leave), rebalance.cc
// (what follows from them and from time), offset_requests.cc, admin_requests.cc (list, describe,
// delete), expiry.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "group/consumer_machine.h"
#include "group/coordinator.h"
#include "group/desk.h"

namespace gregor::group {

class Coordinator::Machine : private Desk, private Handover {
 public:
  explicit Machine(Settings settings) : Desk(std::move(settings)) {}

  void step(model::Now now, const Event& event, Effects& out);

  [[nodiscard]] std::optional<model::Instant> deadline() const { return timers_.next(); }
  [[nodiscard]] bool is_loading() const { return loading_; }
  using Desk::state;

 private:
  void on(const Replayed& record, Effects& out);
  void on(const Loaded&, Effects& out);
  void on(const Resigned&, Effects& out);
  void on(const Request& request, Effects& out);
  void on(const Appended& appended, Effects& out);
  void on(const TimeReached&, Effects& out);
  void on(const TopicsDeleted& topics, Effects& out);
  void on(const ClusterChanged& changed, Effects& out);

  void serve(const Request& from, const protocol::JoinGroupRequest& request, Effects& out);
  void serve(const Request& from, const protocol::SyncGroupRequest& request, Effects& out);
  void serve(const Request& from, const protocol::HeartbeatRequest& request, Effects& out);
  void serve(const Request& from, const protocol::LeaveGroupRequest& request, Effects& out);
  void serve(const Request& from, const protocol::OffsetCommitRequest& request, Effects& out);
  void serve(const Request& from, const FetchOffsets& request, Effects& out);
  void serve(const Request& from, const protocol::OffsetDeleteRequest& request, Effects& out);
  void serve(const Request& from, const protocol::ListGroupsRequest& request, Effects& out);
  void serve(const Request& from, const DescribeGroup& request, Effects& out);
  void serve(const Request& from, const DeleteGroup& request, Effects& out);
  void serve(const Request& from, const protocol::ConsumerGroupHeartbeatRequest& request,
             Effects& out);
  void serve(const Request& from, const DescribeConsumerGroup& request, Effects& out);

  // offset_requests.cc
  [[nodiscard]] model::ErrorCode check_fetch(
      const protocol::OffsetFetchRequest::OffsetFetchRequestGroup& request);

  // join.cc
  struct Joining;  // a JoinGroup request that has been checked
  void join_as_new(Joining& join, ClassicGroup& group, Effects& out);
  void join_as_known(Joining& join, ClassicGroup& group, Effects& out);
  void hand_out_id(const Joining& join, ClassicGroup& group, Effects& out);
  void add_member(Joining& join, ClassicGroup& group, const std::string& id, Effects& out);
  void rejoin(Joining& join, ClassicGroup& group, Effects& out);
  void replace_static_member(Joining& join, ClassicGroup& group, const std::string& old_id,
                             const std::string& new_id, Effects& out);
  bool store_new_id(ClassicGroup& group, const std::string& instance_id, const std::string& new_id,
                    Effects& out);
  void answer_joined(const ClassicGroup& group, const Member& member, Token token, Effects& out);
  void refuse_join(Token token, std::string member_id, model::ErrorCode error, Effects& out);
  [[nodiscard]] bool has_room_for(const ClassicGroup& group, std::string_view member) const;

  // membership.cc
  [[nodiscard]] static model::ErrorCode check_member(const ClassicGroup& group,
                                                     std::string_view member,
                                                     const std::optional<std::string>& instance_id);
  [[nodiscard]] static model::ErrorCode check_sync(const ClassicGroup& group,
                                                   const protocol::SyncGroupRequest& request);
  void assign(ClassicGroup& group, const protocol::SyncGroupRequest& request, Effects& out);
  model::ErrorCode leave(ClassicGroup& group, std::string_view member,
                         const std::optional<std::string>& instance_id, Effects& out);

  // rebalance.cc
  void rebalance_or_complete(ClassicGroup& group, Effects& out);
  void prepare_rebalance(ClassicGroup& group, Effects& out);
  void complete_if_all_joined(ClassicGroup& group, Effects& out);
  void complete_join(ClassicGroup& group, Effects& out);
  void remove_member(ClassicGroup& group, const std::string& member, Effects& out);
  void forget_pending(ClassicGroup& group, const std::string& member);
  // Sends every waiting sync its assignment, or the error.
  void answer_syncs(ClassicGroup& group, model::ErrorCode error, Effects& out);
  // A group of which nothing is stored and which nobody belongs to is gone.
  void drop_if_unborn(const std::string& group);
  void session_expired(const TimerKey& key, Effects& out);
  void join_time_is_up(ClassicGroup& group, Effects& out);
  void sync_time_is_up(ClassicGroup& group, Effects& out);
  void expect_heartbeat(const ClassicGroup& group, const std::string& member,
                        std::int32_t timeout_ms);

  // rebalance.cc, for a group that changes its protocol
  void retire(const std::string& group, Effects& out) override;
  void adopt(ClassicGroup group, Then then, Effects& out) override;

  // expiry.cc
  void expire_offsets(Effects& out);
  [[nodiscard]] bool is_expired(const ClassicGroup& group, const CommittedOffset& offset) const;
  [[nodiscard]] bool is_expired(const CommittedOffset& offset) const;
  [[nodiscard]] bool expires(const std::string& group, const std::string& topic,
                             const CommittedOffset& offset) const;

  // coordinator.cc
  [[nodiscard]] ClassicGroup* find_group(std::string_view group);
  ClassicGroup& find_or_make_group(const std::string& group);
  void remove_group(const std::string& group);
  // A group of either kind without members is gone; the records that say so.
  std::vector<StoredRecord> end_of_group(const std::string& group);
  [[nodiscard]] bool store_group(ClassicGroup& group, Effects& out);
  // Everything is forgotten; those who wait are told.
  void forget_all(Effects& out);

  bool loading_ = true;
  std::size_t skipped_records_ = 0;  // of this loading
  ConsumerMachine consumer_{*this, *this};
};

}  // namespace gregor::group
