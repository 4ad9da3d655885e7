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
  void answer_nobody_until(Time until);
  // Nothing goes between the broker of that host and the service; its session expires meanwhile if
  // the cut is longer than its timeout.
  void cut_off(HostId host, Time until);
  void expire_session_of(HostId host);
  void lose_connection_of(HostId host);
  void heal();

 private:
  friend class ZooKeeperSession;

  // When something that goes between a broker's host and the service arrives.
  [[nodiscard]] Time arrival(HostId host, Dice& dice);
  void open(ZooKeeperSession& by);
  void handle(coordination::SessionId session, const coordination::Request& request);
  void end(coordination::SessionId session);
  void fire(std::vector<coordination::SessionWatch>& watches);
  [[nodiscard]] ZooKeeperSession* some_session(Dice& dice);
  [[nodiscard]] ZooKeeperSession* session_of(HostId host);

  Environment& env_;
  const Latency latency_;
  coordination::ZnodeTree tree_;
  std::map<coordination::SessionId, ZooKeeperSession*> clients_;  // of processes that live
  Time silent_until_{0};
  std::map<HostId, Time> cut_until_;
};

// A broker's view of it, for as long as its process lives.
class ZooKeeperSession final : public CoordinationSession {
 public:
  // Of the broker on host `of`.
  ZooKeeperSession(Environment& environment, ZooKeeper& service, std::int64_t timeout_us, Dice dice,
                   HostId of, Host& host);
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
  // In order, if the session is the same by then; `what` is shown.
  template <class Message>
  void from_service(const Message& what, Scheduler::Action action);

  Environment& env_;
  ZooKeeper& service_;
  const std::int64_t timeout_us_;
  Dice dice_;
  const HostId of_;
  Host& host_;
  coordination::SessionId session_;  // 0: none yet, or being replaced
  Number requests_ = 0;
  std::map<Number, coordination::RequestId> under_way_;
  Time last_sent_{0}, last_heard_{0};
  Time paused_until_{0};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gregor::simulation
