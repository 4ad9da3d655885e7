// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Latencies in microseconds, log-linear: exact below 128, then 64 steps for each doubling, so that
// a percentile is off by less than 2 %.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace gregor::bench {

class Histogram {
 public:
  void add(std::uint64_t microseconds) {
    ++counts_[index_of(microseconds)];
    ++total_;
    if (microseconds > max_) max_ = microseconds;
  }

  // The value below which `fraction` (0 … 1) of all lie; 0 when empty.
  [[nodiscard]] std::uint64_t percentile(double fraction) const {
    const auto rank = static_cast<std::uint64_t>(fraction * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > rank) return value_of(i);
    }
    return max_;
  }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr unsigned step_bits = 6;
  static constexpr std::size_t steps = std::size_t{1} << step_bits;

  static std::size_t index_of(std::uint64_t v) {
    if (v < 2 * steps) return v;
    const unsigned shift = static_cast<unsigned>(std::bit_width(v)) - step_bits - 1;
    return (shift + 1) * steps + (v >> shift) - steps;
  }
  static std::uint64_t value_of(std::size_t index) {
    if (index < 2 * steps) return index;
    const std::size_t shift = index / steps - 1;
    return (index % steps + steps) << shift;
  }

  std::array<std::uint64_t, 60 * steps> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace gregor::bench
