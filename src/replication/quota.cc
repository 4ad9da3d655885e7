// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "replication/quota.h"

#include <algorithm>

namespace gregor::replication {

void Quota::record(model::Instant now, std::uint64_t bytes) {
  while (!samples_.empty() && is_over(samples_.front(), now)) samples_.pop_front();
  if (samples_.empty() || now - samples_.back().begin >= window_.sample_ms)
    samples_.push_back({.begin = now});
  samples_.back().bytes += bytes;
}

// A young quota is measured over one sample at least, as in Kafka, so that the first bytes do not
// count as an endless rate.
bool Quota::is_exceeded(model::Instant now) const {
  if (!limit_) return false;
  double bytes = 0;
  std::int64_t ms = window_.sample_ms;
  for (const Sample& sample : samples_) {
    if (is_over(sample, now)) continue;
    bytes += static_cast<double>(sample.bytes);
    ms = std::max(ms, now - sample.begin);
  }
  return bytes * 1000 > static_cast<double>(*limit_) * static_cast<double>(ms);
}

}  // namespace gregor::replication
