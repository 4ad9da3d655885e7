// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordination port (coordination/port.h) as a node uses it: requests go in from any thread,
// events come out on a thread of the service. Two services are there: a tree of this process's own
// (embedded_coordination.h) and ZooKeeper (zookeeper_client.h).
#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "coordination/port.h"
#include "model/result.h"

namespace gregor::server {

// The first event, and one whenever the session was lost and another is open instead. Requests of
// the lost session that were not answered will never be.
struct SessionOpened {
  coordination::SessionId session;
};
using CoordinationEvent = std::variant<SessionOpened, coordination::ConnectionRestored,
                                       coordination::Reply, coordination::WatchFired>;

class CoordinationService {
 public:
  using Deliver = std::function<void(CoordinationEvent)>;  // on a thread of the service

  CoordinationService() = default;
  virtual ~CoordinationService() = default;
  CoordinationService(const CoordinationService&) = delete;
  CoordinationService& operator=(const CoordinationService&) = delete;

  // To be called once: from now on there are events.
  virtual void start() = 0;
  // From any thread. Answers come in the order of submission.
  virtual void submit(std::vector<coordination::Request> requests) = 0;
  // Performs what was submitted and ends the session.
  virtual model::Result<> close() = 0;
};

}  // namespace gregor::server
