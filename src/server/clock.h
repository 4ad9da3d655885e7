// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The clocks of the machine. Instants count from the machine's start and share their origin with
// the timers of EventLoop.
#pragma once

#include <chrono>

#include "model/ids.h"

namespace gregor::server {

inline model::Instant monotonic_now() {
  using namespace std::chrono;
  return model::Instant{
      duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count()};
}

inline model::Now now() {
  using namespace std::chrono;
  return {
      model::Timestamp{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()},
      monotonic_now()};
}

}  // namespace gregor::server
