// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One broker in the real world: everything that it is made of, put together, started and stopped.
//
//   settings -> data folders, locked -> coordination -> shards, one thread each -> listeners
//
// Threads: the one that calls run() accepts connections and reacts to signals; one for each shard;
// one for the coordination service; a few for fdatasync once there is something to sync. Clients
// are refused until every shard serves.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/broker_settings.h"
#include "model/result.h"
#include "server/acceptor.h"
#include "server/connection_quota.h"
#include "server/coordination_service.h"
#include "server/event_loop.h"
#include "server/folder_lock.h"
#include "server/log_sink.h"
#include "server/memory_budget.h"
#include "server/posix_disk.h"
#include "server/shard_thread.h"
#include "server/trace_file.h"
#include "server/worker_pool.h"

namespace gregor::server {

class Node final : ShardHost, Acceptor::Host {
 public:
  // Binds the listeners, locks the data folders and reads the coordination files; nothing is served
  // yet. `log` may be called from any thread of the node.
  // With a file for it, the node's structured trace is added to that.
  static model::Result<std::unique_ptr<Node>> open(model::BrokerSettings settings, LogSink log,
                                                   std::unique_ptr<TraceFile> trace = nullptr);
  // As a process that dies: nothing is flushed, nothing marked clean.
  ~Node() override;

  // Serves until stop(); `ready` is called once, when clients are let in. An error when the node
  // could not go on, or did not stop in good order.
  model::Result<> run(const std::function<void(const Node&)>& ready);

  // From any thread. Clients get their answers, logs are closed, the shutdown is marked clean.
  void stop();
  // From any thread: run() returns at once.
  void abandon();

  // With the real ports, also where a setting says 0.
  [[nodiscard]] const std::vector<model::Listener>& listeners() const {
    return settings_.listeners;
  }
  [[nodiscard]] const model::BrokerSettings& settings() const { return settings_; }
  [[nodiscard]] EventLoop& loop() { return loop_; }  // of run()

 private:
  Node(model::BrokerSettings settings, LogSink log, std::unique_ptr<TraceFile> trace);
  model::Result<> bind_listeners();
  model::Result<> open_folders();
  model::Result<> open_coordination();
  model::Result<> open_zookeeper(const std::string& connect);
  void make_shards();

  void let_clients_in();
  void begin_stop();
  void end(model::Result<> result);
  void deliver(CoordinationEvent event);

  void send(broker::ShardId from, broker::Outgoing outgoing) override;
  void coordinate(std::vector<coordination::Request> requests) override;
  void sync(broker::ShardId from, broker::SyncJob job) override;
  void connection_closed(const std::string& address) override;
  void log(broker::Severity severity, std::string_view text) override;
  void trace(std::string_view lines) override;
  void reached(broker::ShardId shard, Milestone milestone) override;
  void failed(const std::string& why) override;

  broker::ConnectionId next_connection_id() override;
  void accepted(Accepted connection) override;

  model::BrokerSettings settings_;
  const LogSink log_;
  const std::unique_ptr<TraceFile> trace_;  // null: nobody asked for it
  std::atomic<bool> trace_failed_ = false;
  EventLoop loop_;
  Timer stop_deadline_;
  PosixDisk disk_;
  MemoryBudget budget_;
  ConnectionQuota quota_;
  std::vector<FolderLock> locks_;
  std::vector<BoundListener> bound_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<ShardThread>> shards_;
  WorkerPool workers_;
  std::unique_ptr<CoordinationService> coordination_;

  // Of the thread that runs.
  std::function<void(const Node&)> on_ready_;
  std::optional<model::Result<>> ended_;
  std::size_t shards_ready_ = 0;
  std::size_t shards_stopped_ = 0;
  bool stopping_ = false;
  std::uint64_t connections_ = 0;  // ever accepted
};

}  // namespace gregor::server
