// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Administration of topics. Some names are everybody's: topics are made, removed, described and
// their configuration is set, which makes each name a register. Others belong to one client each,
// which makes a topic, sends, reads all of it by its id, removes it, and begins again with the same
// name: what it sent to the topic's earlier lives must not be in the next.
#pragma once

#include <atomic>

#include "jepsen/runner/workload.h"

namespace gregor::jepsen {

class TopicsWorkload final : public Workload {
 public:
  static constexpr std::int64_t shared_names = 6;

  explicit TopicsWorkload(WorkloadOptions options) : options_(std::move(options)) {}

  Attempt<> set_up() override;
  std::unique_ptr<Worker> make_worker(base::Prng prng) override;
  Attempt<std::unique_ptr<Worker>> make_final_reader() override;
  // What was sent to a topic that is no more need not have been read.
  [[nodiscard]] CheckOptions check_options() const override { return {.final_polls = false}; }
  [[nodiscard]] std::vector<std::string> topics() const override { return {options_.topic}; }

 private:
  WorkloadOptions options_;
  std::atomic<std::int64_t> next_value_ = 0;
  std::atomic<std::int64_t> next_name_ = 0;
};

}  // namespace gregor::jepsen
