// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One shard in the real world: a thread that delivers events to the shard's step function, one at a
// time, and performs the effects. Its connections are read, parsed and answered on this thread.
// A turn is what one wake-up of the loop brings: replies of a turn leave together at its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "broker/effects.h"
#include "broker/events.h"
#include "broker/messages.h"
#include "model/broker_settings.h"
#include "model/ids.h"
#include "server/connection.h"
#include "server/connection_table.h"
#include "server/event_loop.h"
#include "server/mailbox.h"
#include "server/memory_budget.h"
#include "server/peer_connections.h"

namespace gregor::server {

// What a shard's effects reach outside of its thread; called on that thread.
class ShardHost {
 public:
  virtual ~ShardHost() = default;
  virtual void send(broker::ShardId from, broker::Outgoing outgoing) = 0;
  virtual void coordinate(std::vector<coordination::Request> requests) = 0;
  virtual void sync(broker::ShardId from, broker::SyncJob job) = 0;
  virtual void connection_closed(const std::string& address) = 0;
  virtual void log(broker::Severity severity, std::string_view text) = 0;
  // Lines of the structured trace, before anything that they tell of leaves.
  virtual void trace(std::string_view lines) = 0;

  enum class Milestone : std::uint8_t { ready, stopped };
  virtual void reached(broker::ShardId shard, Milestone milestone) = 0;
  virtual void failed(const std::string& why) = 0;
};

class ShardThread final : Connection::Host, PeerConnections::Host {
 public:
  using Step = std::function<void(model::Now, broker::Event, broker::Effects&)>;

  ShardThread(broker::ShardId id, Step step, const model::BrokerSettings& settings,
              MemoryBudget& budget, ShardHost& host);
  ~ShardThread() override;

  void start();  // the first event is Started
  // Ends the thread at once; connections are closed when this goes. To be called for all shards of
  // a node before the first of them goes.
  void stop();

  // From any thread, delivered in the order of the calls.
  void deliver(broker::Event event);
  void adopt(Accepted connection);

 private:
  using Letter = std::variant<broker::Event, Accepted>;
  void post(Letter letter);
  void open_mail();
  void open_connection(Accepted accepted);

  void step(broker::Event event);
  void perform(broker::Effects& effects);
  void reply(broker::ConnectionId to, std::vector<broker::Piece> pieces);
  void write_trace();
  void time_reached();

  void request_arrived(Connection& connection, base::BytesView frame) override;
  void touched(Connection& connection) override;
  void sends() override { write_trace(); }
  void starved(Connection& connection) override;
  void closed(Connection& connection, broker::Severity severity, std::string_view reason) override;
  void peer_event(broker::Event event) override;
  void end_turn() override;

  void close_idle();
  void memory_is_back();
  void relieve_memory();

  const broker::ShardId id_;
  const Step step_;
  const std::int64_t idle_ms_;
  MemoryBudget& budget_;
  ShardHost& host_;
  EventLoop loop_;
  Timer shard_timer_;
  Timer idle_timer_;
  Timer relief_timer_;  // runs only while memory is short
  Mailbox<Letter> mailbox_;

  std::unique_ptr<std::byte[]> buffers_;  // untouched pages cost nothing
  ConnectionResources resources_;
  ConnectionTable connections_;
  PeerConnections peers_;
  std::vector<broker::ConnectionId> touched_;
  std::vector<std::unique_ptr<Connection>> closed_;  // to be destroyed after the turn
  std::vector<broker::ConnectionId> starved_;
  std::vector<broker::Event> due_;  // events that effects have caused
  broker::Effects effects_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for callbacks of the budget
  std::thread thread_;
};

}  // namespace gregor::server
