// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The ZooKeeper of a simulated cluster: one tree (coordination/znode_tree.h), sessions that expire
// when their process is dead, paused or cut off for longer than their timeout, and the sessions of
// brokers as their client library shows them (server/zookeeper_client.h).
//
// What a session asks is done in its order, a while later, and answered in that order, a while
// after. Faults: a connection that is lost, so that of what was under way nobody knows whether it
// was done (connection_loss); sessions that expire though their process lives; a service that
// answers nobody for a while.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "coordination/znode_tree.h"
#include "simulation/coordination_session.h"
#include "simulation/environment.h"
#include "simulation/network.h"

namespace gregor::simulation {

class ZooKeeperSession;

class ZooKeeper {
 public:
  ZooKeeper(Environment& environment, Latency latency) : env_(environment), latency_(latency) {}

  [[nodiscard]] const coordination::ZnodeTree& tree() const { return tree_; }

  // --- faults ---
  void expire_some_session(Dice& dice);
  void lose_some_connection(Dice& dice);
  void answer_nobody_until(Time until) { silent_until_ = until; }
  void heal() { silent_until_ = env_.now(); }

 private:
  friend class ZooKeeperSession;

  // When something that goes between a broker and the service arrives.
  [[nodiscard]] Time arrival(Dice& dice);
  void open(ZooKeeperSession& by);
  void handle(coordination::SessionId session, const coordination::Request& request);
  void end(coordination::SessionId session);
  void fire(std::vector<coordination::SessionWatch>& watches);
  [[nodiscard]] ZooKeeperSession* some_session(Dice& dice);

  Environment& env_;
  const Latency latency_;
  coordination::ZnodeTree tree_;
  std::map<coordination::SessionId, ZooKeeperSession*> clients_;  // of processes that live
  Time silent_until_{0};
};

// A broker's view of it, for as long as its process lives.
class ZooKeeperSession final : public CoordinationSession {
 public:
  ZooKeeperSession(Environment& environment, ZooKeeper& service, std::int64_t timeout_us, Dice dice,
                   Host& host);
  ~ZooKeeperSession() override;

  void submit(std::vector<coordination::Request> requests) override;
  void pause(Time until) override;
  model::Result<> close() override;

 private:
  friend class ZooKeeper;
  using Number = std::uint64_t;

  void connect();
  void opened(coordination::SessionId session);
  void reached(Number number, const coordination::Request& request);
  void answer(coordination::Reply reply);
  void fired(coordination::WatchFired watch);
  void expired();
  void connection_lost();
  // In order, if the session is the same by then.
  void from_service(Scheduler::Action action);

  Environment& env_;
  ZooKeeper& service_;
  const std::int64_t timeout_us_;
  Dice dice_;
  Host& host_;
  coordination::SessionId session_;  // 0: none yet, or being replaced
  Number requests_ = 0;
  std::map<Number, coordination::RequestId> under_way_;
  Time last_sent_{0}, last_heard_{0};
  Time paused_until_{0};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gregor::simulation
