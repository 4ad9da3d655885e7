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

#include "broker/coordination_store.h"
#include "coordination/port.h"
#include "model/result.h"
#include "server/coordination_service.h"

namespace gregor::server {

class EmbeddedCoordination final : public CoordinationService {
 public:
  using Fail = std::function<void(std::string)>;  // the files cannot be trusted any more

  EmbeddedCoordination(std::unique_ptr<broker::CoordinationStore> store, Deliver deliver,
                       Fail fail);
  ~EmbeddedCoordination() override;  // as a process that dies: the session is not closed

  void start() override;
  void submit(std::vector<coordination::Request> requests) override;
  model::Result<> close() override;

 private:
  void serve();
  void join();

  std::unique_ptr<broker::CoordinationStore> store_;  // the thread's, until it is joined
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
