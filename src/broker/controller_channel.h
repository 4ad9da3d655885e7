// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the elected controller's requests get to the other brokers (controller/broker_requests.h says
// what is owed): one after the other for each broker, each sent again until it is answered, dropped
// when its receiver's registration or this controller's office has ended.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "broker/peers.h"
#include "controller/broker_requests.h"
#include "controller/controller.h"

namespace gregor::broker {

struct ShardState;

class ControllerChannel {
 public:
  // After a step of the controller's machine, with what it wants to be sent to others.
  void send(ShardState& shard, const controller::Controller& machine,
            std::vector<controller::BrokerRequest> requests);
  // Who could not be reached is tried again.
  void reach_time(ShardState& shard);

 private:
  struct Lane {
    PeerAddress address;
    std::deque<controller::BrokerRequest> queue;
    bool under_way = false;  // the first of the queue, or one that was dropped meanwhile
    bool waits = false;      // for the next try
  };

  void drop_what_is_over(const controller::Controller& machine);
  void send_next(ShardState& shard, Lane& lane);
  void on_answer(ShardState& shard, model::BrokerId from, controller::BrokerRequestId id,
                 model::Result<base::BytesView> answer);
  void try_later(ShardState& shard, Lane& lane);

  std::map<model::BrokerId, Lane> lanes_;
  bool timer_set_ = false;
};

}  // namespace gregor::broker
