// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Virtual time. Whatever is to happen later waits here with its instant; the next thing to happen
// is the earliest, and of several at one instant the one that was asked for first. Nothing else
// moves time, so that a run of hours takes as long as its events take to compute.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/typed_number.h"

namespace gregor::simulation {

// Microseconds since the world began.
using Time = base::TypedPosition<struct SimulatedTimeTag, std::int64_t>;

inline constexpr std::int64_t microsecond = 1;
inline constexpr std::int64_t millisecond = 1000 * microsecond;
inline constexpr std::int64_t second = 1000 * millisecond;
inline constexpr Time forever{std::int64_t{1} << 60};

class Scheduler {
 public:
  using Action = std::move_only_function<void()>;

  [[nodiscard]] Time now() const { return now_; }
  void at(Time when, Action action);  // not in the past
  void after(std::int64_t microseconds, Action action) {
    at(now_ + microseconds, std::move(action));
  }

  // Lets the next thing happen if its time comes by `limit`; else time is `limit`, and the answer
  // is false.
  bool run_next(Time limit);
  [[nodiscard]] std::uint64_t actions() const { return actions_; }  // that have happened

 private:
  struct Entry {
    Time when;
    std::uint64_t number;
    Action action;
    // For a heap whose front is the earliest.
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.when != b.when ? a.when > b.when : a.number > b.number;
    }
  };

  Time now_{0};
  std::uint64_t numbers_ = 0;
  std::uint64_t actions_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace gregor::simulation
