// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One listening socket. Accepts as long as the quota and the file descriptors last, and waits
// without spinning when they are used up: then clients wait in the listen queue. Some descriptors
// are left for the files of the logs, so that no crowd of clients can take a disk offline.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "broker/effects.h"
#include "model/broker_settings.h"
#include "model/result.h"
#include "server/connection.h"
#include "server/connection_quota.h"
#include "server/event_loop.h"

namespace gregor::server {

// Where a listener is bound, its real port included. Clients are refused until it listens.
struct BoundListener {
  model::Listener listener;
  Descriptor socket;
};
model::Result<BoundListener> bind_listener(const model::Listener& listener,
                                           const model::BrokerSettings& settings);

class Acceptor final : Watch::Listener {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    virtual broker::ConnectionId next_connection_id() = 0;
    virtual void accepted(Accepted connection) = 0;  // counted by the quota
    virtual void log(broker::Severity severity, std::string_view text) = 0;
  };

  // `descriptors_max`: a connection whose descriptor would be as high or higher is not taken.
  static model::Result<std::unique_ptr<Acceptor>> listen(EventLoop& loop, BoundListener bound,
                                                         int backlog, int descriptors_max,
                                                         ConnectionQuota& quota, Host& host);

 private:
  Acceptor(EventLoop& loop, model::Listener listener, int descriptors_max, ConnectionQuota& quota,
           Host& host);
  void on_readable() override;
  void on_writable() override {}
  [[nodiscard]] bool accept_one();  // false: no more for now; waits for what is needed
  [[nodiscard]] bool wait_for_descriptors();
  void admit(Descriptor socket, const std::string& address, const std::string& peer);

  EventLoop& loop_;
  const model::Listener listener_;
  const int descriptors_max_;
  ConnectionQuota& quota_;
  Host& host_;
  std::unique_ptr<Watch> watch_;
  Timer retry_;
  bool short_of_descriptors_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for callbacks of the quota
};

// The descriptors of this process that clients may use, after raising its limit as far as allowed.
int descriptors_for_clients();

}  // namespace gregor::server
