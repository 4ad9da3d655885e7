// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The controller: registers its broker, competes for the controllership, and once elected is the
// one writer of topics, configs and producer-id blocks in the coordination tree.
//
//   starting -> electing -> loading -> active        the first event is Started
//                  ^   \                 |
//                  |    v                v           another holds /controller, or fenced
//                  +-- standby <---------+
//
// How to embed it: give it every Started, ConnectionRestored, Reply and WatchFired (its requests
// have ids of Settings::first_request and up), every Command, and what brokers answer; perform
// Effects::requests in order; send Effects::broker_requests (broker_requests.h); apply
// Effects::changes before the answers go out. Commands run one after the other; those that
// come before the controller is active wait. An answer comes out only after the write that it
// promises is known to have happened, and each command is answered exactly once.
//
// A connection_loss is to be reported once there is a connection again (or not at all when the
// session is lost: then comes Started), so that whatever is sent in answer to it has a chance.
// When the service answers connection_loss nobody knows whether a write happened: the command gets
// request_timed_out, and the controller reads the tree again before it goes on. When a write fails
// because another controller was elected, commands get not_controller. What cannot be understood in
// the tree is reported and left alone, unless it is the controller's epoch or the cluster's id.
// That and a service that takes no write at all end in Effects::fatal.
//
// Brokers come and go: whenever one does, the tree is read again. One that registered anew between
// two looks was gone in between: it counts as dead first, and is welcomed by a second look.
// Elections are in elections.h; those of one event are one write. A topic that other brokers have
// replicas of is deleted when all of them have confirmed it; clients see it no more from the
// beginning.
//
// A topic's partitions exist in the image from the moment their znodes do, with the leader that the
// controller chose: the first registered replica. On restart of its only broker the controller
// leaves a partition's leader and leader epoch as they are when that leader is registered again, as
// Kafka in ZooKeeper mode does; where the leader is missing it elects from the in-sync replicas and
// counts the leader epoch up.
// Invariants: controller/invariants.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/broker_requests.h"
#include "controller/commands.h"
#include "controller/image.h"
#include "controller/transition.h"
#include "coordination/port.h"
#include "model/ids.h"

namespace gregor::controller {

struct Settings {
  Broker broker;  // this node; its epoch is learnt by registration
  std::int32_t default_partitions = 1;
  std::int16_t default_replication = 1;
  bool delete_topic_enable = true;
  bool unclean_leader_election_enable = false;  // unless a topic's or a broker's config says so
  std::int32_t min_insync_replicas = 1;         // likewise
  // The last process on these data folders did not stop cleanly, and what it had written may be
  // lost in part: the controller is told so, until Effects::unclean_shutdown_settled.
  bool unclean_shutdown = false;
  bool auto_leader_rebalance_enable = true;
  std::int32_t leader_imbalance_per_broker_percentage = 10;
  std::int64_t leader_imbalance_check_interval_ms = 300'000;
  // How long a registration by another session may stand in this broker's way, the connection to
  // the service holding all the time. It is that of this broker before it was restarted, and ends
  // with that session, or that of another broker with the same id, and does not end. 0: for ever.
  std::int64_t registration_wait_ms = 0;
  coordination::RequestId first_request{1};
};

// A session with the coordination service is open: at the start, and after a session was lost.
struct Started {
  coordination::SessionId session;
  // Newly drawn: the cluster's if the tree has none. Topics that an old Kafka left without an id
  // get theirs from it, too.
  model::Uuid cluster_id;
};

// The time that Effects::wake_at named has come; too early or too often does no harm.
struct TimeReached {};

using Event = std::variant<Started, coordination::ConnectionRestored, coordination::Reply,
                           coordination::WatchFired, Command, BrokerAnswered, TimeReached>;

struct Effects {
  bool observed = false;  // set by the owner: somebody reads `trace`
  std::vector<coordination::Request> requests;
  std::vector<BrokerRequest> broker_requests;  // to be sent after `requests`, in this order
  std::vector<Change> changes;                 // of image(), already in it
  std::vector<Answer> answers;
  std::vector<std::string> notes;  // for the operator's log
  // No controller counts any more on what this broker may have lost. Said once.
  bool unclean_shutdown_settled = false;
  // When the next TimeReached is wanted, as of this step; replaces what was named before.
  std::optional<model::Instant> wake_at;
  // The controller cannot go on: the tree holds what it does not understand. Commands get errors.
  std::optional<std::string> fatal;
  std::vector<Transition> trace;  // if observed, in the order in which they came about
};

class Controller {
 public:
  explicit Controller(Settings settings);
  ~Controller();
  Controller(Controller&&) noexcept;
  Controller& operator=(Controller&&) noexcept;

  void step(model::Now now, Event event, Effects& out);

  [[nodiscard]] const Image& image() const;
  [[nodiscard]] Role role() const;
  // Of this node's newest registration; -1 before the first.
  [[nodiscard]] model::BrokerEpoch broker_epoch() const;
  // Whether the controller waits for a reply with this id. Others do no harm.
  [[nodiscard]] bool awaits(coordination::RequestId id) const;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace gregor::controller
