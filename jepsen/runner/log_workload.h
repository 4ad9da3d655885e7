// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Appends to partitions and reads them: every offset explicit, every record a number that is sent
// once. Three mixes of the same operations:
//   log           sends, polls, now and then the ends; some polls go back to what was read before
//   list-offsets  sends and ends, at both isolation levels
//   idempotent    sends that are repeated with the same sequence until they are answered, and polls
#pragma once

#include <atomic>

#include "jepsen/runner/workload.h"

namespace gregor::jepsen {

struct LogMix {
  std::uint32_t send = 0, poll = 0, end = 0, go_back = 0;  // of their sum
  bool idempotent = false;
};

class LogWorkload final : public Workload {
 public:
  LogWorkload(WorkloadOptions options, LogMix mix) : options_(std::move(options)), mix_(mix) {}

  Attempt<> set_up() override;
  std::unique_ptr<Worker> make_worker(base::Prng prng) override;
  Attempt<std::unique_ptr<Worker>> make_final_reader() override;
  [[nodiscard]] CheckOptions check_options() const override;
  [[nodiscard]] std::vector<std::string> topics() const override { return {options_.topic}; }

 private:
  WorkloadOptions options_;
  LogMix mix_;
  std::atomic<std::int64_t> next_value_ = 0;
};

// Reads the partitions of the topic from the beginning to the ends that they have now.
Attempt<std::unique_ptr<Worker>> read_whole_topic(const WorkloadOptions& options);

}  // namespace gregor::jepsen
