// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordination port (coordination/port.h) as one simulated broker has it, for as long as its
// process lives.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "broker/coordination_store.h"
#include "coordination/port.h"
#include "log/disk.h"
#include "model/result.h"
#include "simulation/environment.h"

namespace gregor::simulation {

class CoordinationSession {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    virtual void session_opened(coordination::SessionId session) = 0;
    virtual void connection_restored() = 0;
    virtual void coordination_replied(coordination::Reply reply) = 0;
    virtual void watch_fired(coordination::WatchFired watch) = 0;
    virtual void coordination_failed(const std::string& why) = 0;
  };

  // As a process that dies: nothing more is performed or delivered.
  virtual ~CoordinationSession() = default;
  virtual void submit(std::vector<coordination::Request> requests) = 0;
  // The process does nothing until then.
  virtual void pause(Time until) = 0;
  // In good order.
  virtual model::Result<> close() = 0;
};

// The service of a broker that has no ZooKeeper: the store that a real one keeps, on the simulated
// disk. Requests are performed a while after their submission, several at a time, and answered a
// while after that.
class EmbeddedSession final : public CoordinationSession {
 public:
  static model::Result<std::unique_ptr<EmbeddedSession>> open(Environment& environment,
                                                              log::Disk& disk,
                                                              const std::string& folder,
                                                              Host& host);

  void submit(std::vector<coordination::Request> requests) override;
  void pause(Time) override {}
  model::Result<> close() override;

 private:
  EmbeddedSession(Environment& environment, std::unique_ptr<broker::CoordinationStore> store,
                  Host& host)
      : env_(environment),
        dice_(environment.dice_of("store at " + to_string(environment.now()))),
        store_(std::move(store)),
        host_(host) {}
  template <class Action>
  void later(Action action);
  void perform();

  Environment& env_;
  Dice dice_;
  std::unique_ptr<broker::CoordinationStore> store_;
  Host& host_;
  std::vector<coordination::Request> submitted_;
  bool performing_ = false;
  Time last_delivery_{0};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gregor::simulation
