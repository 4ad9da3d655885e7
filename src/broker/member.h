// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Shard 0's picture of the cluster, and the only source of the snapshots that the shards act on:
// brokers, topics and leaders as the elected controller tells them – by request from another
// broker, by call when this one is elected –, configs as they stand in the coordination tree.
//
// A topic is shown only with its configs: a leader that does not know min.insync.replicas would
// acknowledge too much. The elected controller knows them; everyone else reads those of a topic
// when it hears of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/image_publisher.h"
#include "broker/member_view.h"
#include "controller/config_follower.h"
#include "controller/controller.h"
#include "coordination/port.h"

namespace gregor::broker {

struct ShardState;

// The controller's requests to the coordination service have lower ids.
inline constexpr coordination::RequestId first_config_request{std::int64_t{1} << 62};

class Member {
 public:
  // `has_peers`: there may be other brokers. The only one of a cluster need not read configs: it
  // wrote them.
  explicit Member(bool has_peers) : has_peers_(has_peers) {}

  // MemberView::disks_in_use_since(). At the start.
  void disks_in_use_since(model::BrokerEpoch epoch) { view_.disks_in_use_since(epoch); }

  // --- the coordination service, if there may be other brokers ---
  void connected(ShardState& shard);
  [[nodiscard]] bool awaits(coordination::RequestId id) const { return follower_.awaits(id); }
  void on_reply(ShardState& shard, const coordination::Reply& reply);
  void on_watch(ShardState& shard, const coordination::WatchFired& watch);

  // --- the controller's machine in this node, elected or not ---
  // After each of its steps: this broker's registration, who is elected, and configs.
  void observe(const controller::Controller& machine,
               const std::vector<controller::Change>& changes);

  // --- the elected controller ---
  using OnAnswer = std::function<void(ShardState&, controller::BrokerAnswered)>;
  // Answered, now or in a later step, when all shards act on it; what is refused is refused at
  // once.
  void hear(ShardState& shard, const controller::BrokerRequest& request, OnAnswer on_answer);

  // What is known by now goes out to the shards, if it is news. To be called after all of the
  // above.
  void publish(ShardState& shard);
  // Whether enough is known for the first snapshot.
  [[nodiscard]] bool can_begin() const { return !has_peers_ || knows_configs_; }
  ClusterImagePtr begin(const ShardState& shard);

  // Of this broker's newest registration, and of the first one of this process.
  [[nodiscard]] model::BrokerEpoch broker_epoch() const { return view_.broker_epoch(); }
  [[nodiscard]] model::BrokerEpoch first_epoch() const { return view_.first_epoch(); }

  [[nodiscard]] ImagePublisher& images() { return images_; }

 private:
  // A step of the follower of configs, and what comes of it.
  template <class Step>
  void follow(ShardState& shard, Step step);
  void put(const controller::ConfigsChanged& change);
  void read_configs(ShardState& shard, const controller::BrokerRequest& request);
  void note_inherited(const controller::LeaderAndIsr& news);
  void add_offline(const std::vector<model::TopicPartition>& named,
                   controller::BrokerAnswered& answer) const;
  ClusterImage visible(const ShardState& shard);

  const bool has_peers_;
  MemberView view_;
  std::string cluster_id_;
  model::BrokerId elected_ = model::no_broker;  // as the coordination service says
  std::map<controller::ConfigResource, controller::ConfigsRef> configs_;
  controller::ConfigFollower follower_{first_config_request};
  bool knows_configs_ = false;
  std::set<std::string> unconfigured_;               // topics whose configs are being read
  std::vector<controller::StoppedReplica> stopped_;  // since the last snapshot
  std::shared_ptr<const Replicas> inherited_ = std::make_shared<const Replicas>();
  bool changed_ = false;
  // Until all shards act on it, which they do when the configs of its topics are known.
  struct Unanswered {
    std::set<std::string> topics;
    ImagePublisher::OnApplied tell;
  };
  std::vector<Unanswered> unanswered_;
  ImagePublisher images_;
};

}  // namespace gregor::broker
