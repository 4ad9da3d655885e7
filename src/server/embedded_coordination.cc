// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/embedded_coordination.h"

#include <iterator>
#include <utility>
#include <variant>

#include "server/clock.h"

namespace gregor::server {

EmbeddedCoordination::EmbeddedCoordination(std::unique_ptr<broker::CoordinationStore> store,
                                           Deliver deliver, Fail fail)
    : store_(std::move(store)),
      session_(store_->session()),
      deliver_(std::move(deliver)),
      fail_(std::move(fail)) {}

EmbeddedCoordination::~EmbeddedCoordination() { join(); }

void EmbeddedCoordination::start() {
  thread_ = std::thread([this] { serve(); });
}

void EmbeddedCoordination::submit(std::vector<coordination::Request> requests) {
  {
    const std::lock_guard lock(mutex_);
    submitted_.insert(submitted_.end(), std::make_move_iterator(requests.begin()),
                      std::make_move_iterator(requests.end()));
  }
  changed_.notify_one();
}

model::Result<> EmbeddedCoordination::close() {
  join();
  return store_->close(now().wall);
}

void EmbeddedCoordination::serve() {
  deliver_(SessionOpened{session_});
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !submitted_.empty(); });
    if (submitted_.empty()) return;
    const auto requests = std::exchange(submitted_, {});
    lock.unlock();
    auto deliveries = store_->handle(requests, now().wall);
    if (!deliveries) return fail_(deliveries.error().detail);
    for (auto& delivery : *deliveries)
      std::visit([this](auto& one) { deliver_(std::move(one)); }, delivery);
    lock.lock();
  }
}

void EmbeddedCoordination::join() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gregor::server
