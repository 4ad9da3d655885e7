// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The faults of one node's disk and clock, from outside: the memory that the library inside of the
// node reads (jepsen/faults), and the power cut itself, which is made of the files that are left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/prng.h"
#include "jepsen/faults/control.h"
#include "model/result.h"

namespace gregor::jepsen {

// What a power cut took.
struct Lost {
  std::uint64_t files = 0;
  std::uint64_t writes = 0;
  std::int64_t bytes = 0;  // by which files became shorter
};

class NodeFaults {
 public:
  // Makes the folder, and in it what nemesis and node share. From now on a power cut is possible.
  static model::Result<NodeFaults> make(const std::filesystem::path& folder);
  NodeFaults(NodeFaults&& other) noexcept;
  NodeFaults& operator=(NodeFaults&&) = delete;
  ~NodeFaults();

  [[nodiscard]] FaultControl& control() const { return *control_; }
  // No fault is at work any more; what is not synced is still kept.
  void heal() const;

  // The power fails: the machine starts anew, and files go back to what was synced, or to something
  // between that and what was written, a write torn or full of zeros among it. The node must be
  // dead.
  [[nodiscard]] Lost lose_unsynced(base::Prng& prng) const;

 private:
  void begin_boot(std::uint64_t number) const;
  NodeFaults(std::filesystem::path folder, FaultControl* control)
      : folder_(std::move(folder)), control_(control) {}
  std::filesystem::path folder_;
  FaultControl* control_;  // mapped
};

// What stands before a node's command, so that it has the library; both folders absolute.
std::vector<std::string> fault_prefix(const std::filesystem::path& library,
                                      const std::filesystem::path& faults,
                                      const std::filesystem::path& data);

}  // namespace gregor::jepsen
