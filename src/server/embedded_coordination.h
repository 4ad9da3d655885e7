// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordination service of a broker that has no ZooKeeper: a CoordinationStore on a thread of
// its own, because answers wait for the disk. Requests are performed in the order of submission.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coordination/port.h"
#include "model/result.h"
#include "server/coordination_store.h"

namespace gregor::server {

class EmbeddedCoordination {
 public:
  using Deliver = std::function<void(CoordinationStore::Delivery)>;  // on the service's thread
  using Fail = std::function<void(std::string)>;  // the files cannot be trusted any more

  EmbeddedCoordination(std::unique_ptr<CoordinationStore> store, Deliver deliver, Fail fail);
  ~EmbeddedCoordination();  // as a process that dies: the session is not closed
  EmbeddedCoordination(const EmbeddedCoordination&) = delete;
  EmbeddedCoordination& operator=(const EmbeddedCoordination&) = delete;

  [[nodiscard]] coordination::SessionId session() const { return session_; }
  void submit(std::vector<coordination::Request> requests);  // from any thread
  model::Result<> close();  // performs what was submitted and ends the session

 private:
  void serve();
  void join();

  std::unique_ptr<CoordinationStore> store_;  // the thread's, until it is joined
  const coordination::SessionId session_;
  const Deliver deliver_;
  const Fail fail_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<coordination::Request> submitted_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace gregor::server
