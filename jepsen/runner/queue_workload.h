// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What users run: librdkafka's idempotent producers, and consumers that subscribe as one group.
// Consumers leave and come now and then, so that partitions change hands. Positions after a
// rebalance are the group's affair; that every acknowledged record is there, once, at one offset,
// is not.
#pragma once

#include <atomic>

#include "jepsen/runner/workload.h"

namespace gregor::jepsen {

class QueueWorkload final : public Workload {
 public:
  explicit QueueWorkload(WorkloadOptions options) : options_(std::move(options)) {}

  Attempt<> set_up() override;
  std::unique_ptr<Worker> make_worker(base::Prng prng) override;
  Attempt<std::unique_ptr<Worker>> make_final_reader() override;
  [[nodiscard]] CheckOptions check_options() const override { return {}; }
  [[nodiscard]] std::vector<std::string> topics() const override { return {options_.topic}; }

 private:
  WorkloadOptions options_;
  std::atomic<std::int64_t> next_value_ = 0;
};

}  // namespace gregor::jepsen
