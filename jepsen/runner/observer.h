// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Watches a cluster from outside while it is tested: who leads, who is in sync, who is the
// controller, and how often that changed. A run without any change proves little.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "jepsen/runner/client.h"

namespace gregor::jepsen {

struct Changes {
  std::uint64_t leaders = 0;
  std::uint64_t isrs = 0;
  std::uint64_t controllers = 0;
};

// Counts what differs from one look to the next. Looks are at one broker after the other, of which
// one may be behind: a leader is known by its epoch; a controller, who comes without one, counts
// once two looks in a row have seen it.
class ChangeCounter {
 public:
  // With KRaft brokers name any of them as the controller: nothing to count.
  explicit ChangeCounter(bool controller_is_told = true)
      : controller_is_told_(controller_is_told) {}
  void look(const protocol::MetadataResponse& metadata);
  [[nodiscard]] const Changes& changes() const { return changes_; }

 private:
  struct Partition {
    std::int32_t leader = -1;
    std::int32_t epoch = -1;
    std::vector<std::int32_t> isr;
  };
  std::map<std::pair<std::string, std::int32_t>, Partition> partitions_;
  void look_at_controller(std::int32_t told);

  bool controller_is_told_;
  std::int32_t controller_ = -1;
  std::int32_t told_last_ = -1;
  Changes changes_;
};

// A thread that looks several times a second.
class Observer {
 public:
  Observer(ClientSettings settings, const std::vector<std::string>& topics,
           bool controller_is_told);
  ~Observer() { stop(); }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // Ends the watch.
  Changes stop();

 private:
  ChangeCounter counter_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace gregor::jepsen
