// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gregor::simulation {

void Scheduler::at(Time when, Action action) {
  ASSERT(when >= now_);
  heap_.push_back({when, numbers_++, std::move(action)});
  std::push_heap(heap_.begin(), heap_.end());
}

bool Scheduler::run_next(Time limit) {
  if (heap_.empty() || heap_.front().when > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end());
  Entry entry = std::move(heap_.back());
  heap_.pop_back();
  now_ = entry.when;
  ++actions_;
  entry.action();
  return true;
}

}  // namespace gregor::simulation
