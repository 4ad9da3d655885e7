// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Committed offsets as registers: every group has one for each partition; any process commits to it
// and fetches from it. Each value is committed once, so that what is fetched tells who wrote it.
// (Kafka stores an offset whether the log has it or not.)
#pragma once

#include <atomic>

#include "jepsen/runner/workload.h"

namespace gregor::jepsen {

class OffsetsWorkload final : public Workload {
 public:
  explicit OffsetsWorkload(WorkloadOptions options) : options_(std::move(options)) {}

  Attempt<> set_up() override;
  std::unique_ptr<Worker> make_worker(base::Prng prng) override;
  Attempt<std::unique_ptr<Worker>> make_final_reader() override;
  [[nodiscard]] CheckOptions check_options() const override { return {}; }
  [[nodiscard]] std::vector<std::string> topics() const override { return {"__consumer_offsets"}; }

  static constexpr int groups = 3;

 private:
  WorkloadOptions options_;
  std::atomic<std::int64_t> next_value_ = 0;
};

}  // namespace gregor::jepsen
