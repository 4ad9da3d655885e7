// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/coordination_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gregor::simulation {

using model::Result;

Result<std::unique_ptr<EmbeddedSession>> EmbeddedSession::open(Environment& environment,
                                                               log::Disk& disk,
                                                               const std::string& folder,
                                                               Host& host) {
  auto store = broker::CoordinationStore::open(disk, folder, environment.clock().wall);
  if (!store) return model::fail(store.error());
  std::unique_ptr<EmbeddedSession> session(
      new EmbeddedSession(environment, std::move(*store), host));
  session->later([self = session.get()] { self->host_.session_opened(self->store_->session()); });
  return session;
}

// Things happen in the order in which they were asked for, and no more when the process is dead.
template <class Action>
void EmbeddedSession::later(Action action) {
  last_delivery_ = std::max(last_delivery_, env_.now()) + dice_.between(20, 400);
  env_.scheduler.at(last_delivery_,
                    [alive = std::weak_ptr(alive_), action = std::move(action)]() mutable {
                      if (alive.lock()) action();
                    });
}

void EmbeddedSession::submit(std::vector<coordination::Request> requests) {
  submitted_.insert(submitted_.end(), std::make_move_iterator(requests.begin()),
                    std::make_move_iterator(requests.end()));
  if (std::exchange(performing_, true)) return;
  later([this] { perform(); });
}

void EmbeddedSession::perform() {
  performing_ = false;
  const auto requests = std::exchange(submitted_, {});
  auto deliveries = store_->handle(requests, env_.clock().wall);
  if (!deliveries) {
    later([this, why = deliveries.error().detail] { host_.coordination_failed(why); });
    return;
  }
  for (auto& delivery : *deliveries)
    later([this, delivery = std::move(delivery)]() mutable {
      if (auto* reply = std::get_if<coordination::Reply>(&delivery))
        host_.coordination_replied(std::move(*reply));
      else
        host_.watch_fired(std::move(std::get<coordination::WatchFired>(delivery)));
    });
}

Result<> EmbeddedSession::close() {
  perform();
  return store_->close(env_.clock().wall);
}

}  // namespace gregor::simulation
