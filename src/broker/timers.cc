// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/timers.h"

namespace gregor::broker {

Timers::Handle Timers::set(model::Instant at, Target target) {
  const Key key{at, next_sequence_++};
  queue_.emplace(key, target);
  return Handle(key);
}

void Timers::cancel(Handle& handle) {
  queue_.erase(handle.key_);
  handle = Handle();
}

std::optional<model::Instant> Timers::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first.at;
}

std::optional<Timers::Target> Timers::pop_due(model::Instant now) {
  if (queue_.empty() || queue_.begin()->first.at > now) return std::nullopt;
  const Target target = queue_.begin()->second;
  queue_.erase(queue_.begin());
  return target;
}

}  // namespace gregor::broker
