// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Shard 0's side of the controller: runs the machine, has brokers told what it decides (this one by
// a call, others through the channel), and sees to it that an answer leaves only when every shard
// of this node acts on what it promises.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "broker/controller_channel.h"
#include "broker/timers.h"
#include "controller/controller.h"
#include "coordination/port.h"

namespace gregor::broker {

struct ShardState;

class ControllerHost {
 public:
  using Results = decltype(controller::Answer::results);
  using OnAnswer = std::function<void(ShardState&, Results)>;
  using Body = decltype(controller::Command::body);

  explicit ControllerHost(controller::Settings settings);

  void connected(ShardState& shard, coordination::SessionId session);
  void restored(ShardState& shard);
  void on_reply(ShardState& shard, coordination::Reply reply);
  void on_watch(ShardState& shard, coordination::WatchFired watch);
  void on_time(ShardState& shard);
  // What a broker has answered to the controller.
  void on_answered(ShardState& shard, controller::BrokerAnswered answered);

  // The answer comes in this step or a later one, after all shards act on it. When the coordination
  // service is away for longer than request.timeout.ms it is request_timed_out: nobody knows
  // whether what was asked will still be done.
  void submit(ShardState& shard, Body body, OnAnswer on_answer);
  void give_up_overdue(ShardState& shard);
  // The broker stops, which it could not while somebody waits for an answer.
  void give_up_all(ShardState& shard);

  // What the elected controller knows, if it is this one; the shards may be behind.
  [[nodiscard]] const controller::Image& newest() const { return controller_.image(); }
  // Whether the node can start.
  [[nodiscard]] bool knows_cluster() const {
    return is_elected() || controller_.role() == controller::Role::standby;
  }
  [[nodiscard]] bool is_elected() const { return controller_.role() == controller::Role::active; }
  // False as soon as another one is known to be elected; while nobody is, commands wait.
  [[nodiscard]] bool may_be_elected() const {
    return controller_.role() != controller::Role::standby;
  }
  // Brokers that are told what the controller decides.
  [[nodiscard]] ControllerChannel& channel() { return channel_; }

 private:
  void step(ShardState& shard, controller::Event event);
  void tell(ShardState& shard, std::vector<controller::BrokerRequest> requests);
  void answer(ShardState& shard, std::vector<controller::Answer> answers);
  struct Asked {
    controller::Command command;
    OnAnswer on_answer;
    model::Instant deadline;
  };

  static void give_up(ShardState& shard, const Asked& asked);

  controller::Controller controller_;
  ControllerChannel channel_;
  Timers::Handle timer_;
  std::uint64_t next_token_ = 1;
  std::map<controller::Token, Asked> waiting_;  // deadlines rise with the tokens
  Timers::Handle overdue_;
};

}  // namespace gregor::broker
