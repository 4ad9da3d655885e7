// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The ZooKeeper of a simulated cluster: one tree (coordination/znode_tree.h), sessions that expire
// when their process is dead, paused or cut off for longer than their timeout, and the sessions of
// brokers as their client library shows them (server/zookeeper_client.h).
//
// What a session asks is done in its order, a while later, and answered in that order, a while
// after. Faults: a connection that is lost, so that of what was under way nobody knows whether it
// was done (connection_loss); sessions that expire though their process lives; a service that
// answers nobody for a while; one that is late to say what it has to say to a broker.
//
// It may have a second server, which is behind: who is connected to it reads what was so a while
// ago and hears of changes later, and what it writes is answered when that server has it as well.
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
  // Every other session is behind by `lag_us`, if that is not 0.
  ZooKeeper(Environment& environment, Latency latency, std::int64_t lag_us)
      : env_(environment), latency_(latency), lag_us_(lag_us) {}

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
  void delay(HostId host, std::int64_t extra_us, Time until);  // what it says to that broker
  void heal();

 private:
  friend class ZooKeeperSession;
  struct Delay {
    std::int64_t extra_us = 0;
    Time until{0};
  };

  // When something that goes between a broker's host and the service arrives.
  [[nodiscard]] Time arrival(HostId host, Dice& dice);
  void open(ZooKeeperSession& by);
  void handle(coordination::SessionId session, const coordination::Request& request);
  void end(coordination::SessionId session);
  [[nodiscard]] Time said(HostId host, Dice& dice);  // the same of what the service says
  void handle_behind(ZooKeeperSession& by, const coordination::Request& request);
  void deliver(coordination::SessionId session, coordination::Reply reply);
  // What the first server has done: its watches fire, and the second one does it later.
  void commit(coordination::Outcome& outcome);
  void follow(const coordination::Transaction& transaction);
  void fire(std::vector<coordination::SessionWatch>& watches);
  [[nodiscard]] ZooKeeperSession* some_session(Dice& dice);
  [[nodiscard]] ZooKeeperSession* session_of(HostId host);

  Environment& env_;
  const Latency latency_;
  const std::int64_t lag_us_;
  coordination::ZnodeTree tree_, tree_behind_;
  Time followed_{0};  // when the second server has done all that the first one has
  std::map<coordination::SessionId, ZooKeeperSession*> clients_;  // of processes that live
  Time silent_until_{0};
  std::map<HostId, Time> cut_until_;
  std::map<HostId, Delay> delays_;
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
  const bool is_behind_;
  Time settled_{0};  // when all is done that it has asked of a server that is behind
  coordination::SessionId session_;  // 0: none yet, or being replaced
  Number requests_ = 0;
  std::map<Number, coordination::RequestId> under_way_;
  Time last_sent_{0}, last_heard_{0};
  Time paused_until_{0};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gregor::simulation
