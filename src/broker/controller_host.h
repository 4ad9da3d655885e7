// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Shard 0's side of the controller: runs the machine, publishes what it knows to all shards, and
// sees to it that an answer leaves only when every shard acts on what it promises.
//
// Snapshots are published one after the other: the next one when all shards have applied the last.
// If a snapshot removes topics, the checkpoint files have forgotten their logs before the next one
// goes out; otherwise a topic of the same name, made anew, could be opened after a crash with the
// recovery point of the old one. A topic that is replaced is therefore published twice: gone first,
// then there again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "broker/cluster_image.h"
#include "broker/messages.h"
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

  // The first snapshot, with which the node starts; later ones are published by themselves.
  ClusterImagePtr first_image(const ShardState& shard);

  void connected(ShardState& shard, coordination::SessionId session);
  void on_reply(ShardState& shard, coordination::Reply reply);
  void on_watch(ShardState& shard, coordination::WatchFired watch);
  void on_time(ShardState& shard);

  // The answer comes in this step or a later one, after all shards act on it.
  void submit(ShardState& shard, Body body, OnAnswer on_answer);

  void on_applied(ShardState& shard, ShardId from, ImageApplied applied);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size() + held_.size(); }
  [[nodiscard]] const controller::Image& newest() const { return controller_.image(); }

 private:
  struct Held {
    ImageVersion until;
    OnAnswer on_answer;
    Results results;
  };
  void step(ShardState& shard, controller::Event event);
  void expect_all(const ShardState& shard);
  void enqueue_image();
  ClusterImagePtr make_image(controller::Image metadata);
  void publish_next(ShardState& shard);
  void release_answers(ShardState& shard);

  controller::Controller controller_;
  Timers::Handle timer_;
  std::uint64_t next_token_ = 1;
  std::map<controller::Token, OnAnswer> waiting_;
  std::deque<Held> held_;

  bool publishing_ = false;  // the first snapshot is out
  std::deque<ClusterImagePtr> unpublished_;
  ClusterImagePtr last_made_;
  ImageVersion newest_{0};   // of last_made_
  ImageVersion applied_{0};  // by all shards
  std::set<ShardId> applying_;
  std::vector<LogCheckpoint> checkpoints_;  // of those that have applied, if logs were removed
  bool removed_ = false;
};

}  // namespace gregor::broker
