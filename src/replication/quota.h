// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How much throttled replicas may send, or fetch (KIP-73): so many bytes a second, measured over
// the last samples. Nothing is refused; who is over the limit waits until the samples have aged.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "model/ids.h"

namespace gregor::replication {

class Quota {
 public:
  struct Window {
    std::int32_t samples = 11;      // replication.quota.window.num
    std::int64_t sample_ms = 1000;  // replication.quota.window.size.seconds
  };
  explicit Quota(Window window) : window_(window) {}

  // Bytes a second; none: without limit.
  void set_limit(std::optional<std::int64_t> limit) { limit_ = limit; }

  // Time does not go back.
  void record(model::Instant now, std::uint64_t bytes);
  [[nodiscard]] bool is_exceeded(model::Instant now) const;

 private:
  struct Sample {
    model::Instant begin;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] bool is_over(const Sample& sample, model::Instant now) const {
    return now - sample.begin >= window_.samples * window_.sample_ms;
  }

  Window window_;
  std::optional<std::int64_t> limit_;
  std::deque<Sample> samples_;  // oldest first
};

}  // namespace gregor::replication
