// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the machines of both protocols work at: the state they share, the time, the cluster as it is
// known, and the way out for records and answers. An answer waits for every record that was
// appended before it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "group/coordinator.h"
#include "group/records.h"
#include "group/timers.h"

namespace gregor::group {

class Desk {
 public:
  explicit Desk(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] Timers& timers() { return timers_; }
  [[nodiscard]] model::Now now() const { return now_; }
  [[nodiscard]] model::Instant after(std::int64_t ms) const { return now_.monotonic + ms; }
  [[nodiscard]] const controller::Image& cluster() const { return *cluster_; }
  // Counts the changes of the cluster that this coordinator was told of.
  [[nodiscard]] std::uint64_t cluster_version() const { return cluster_version_; }

  void answer(Token token, Response response, Effects& out);
  // One batch for all of them, or none: false if that is too large.
  [[nodiscard]] bool append(const std::vector<StoredRecord>& records, Effects& out);
  // As many batches as it takes.
  void append_in_parts(const std::vector<StoredRecord>& records, Effects& out);

 protected:
  Settings settings_;
  State state_;
  Timers timers_;
  model::Now now_;
  std::shared_ptr<const controller::Image> cluster_ = std::make_shared<const controller::Image>();
  std::uint64_t cluster_version_ = 0;

  std::uint64_t last_append_ = 0;
  std::uint64_t confirmed_ = 0;
  struct Deferred {
    std::uint64_t append = 0;  // must be confirmed first
    Answer answer;
  };
  std::deque<Deferred> deferred_;
};

}  // namespace gregor::group
