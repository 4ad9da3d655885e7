// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whether a process grows beyond what it may. Pure but for the reading of /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "fuzz/wire/fault.h"

namespace gregor::fuzz::wire {

// Resident memory of a process of this machine; nullopt: there is none (it may have ended).
std::optional<std::uint64_t> resident_bytes(pid_t process);

class MemoryWatch {
 public:
  explicit MemoryWatch(std::uint64_t growth_bytes_max) : growth_bytes_max_(growth_bytes_max) {}

  // The first look is what growth is counted from. Complains once.
  std::optional<Verdict> look(std::optional<std::uint64_t> resident);

  [[nodiscard]] std::uint64_t first() const { return first_.value_or(0); }
  [[nodiscard]] std::uint64_t most() const { return most_; }

 private:
  std::uint64_t growth_bytes_max_;
  std::optional<std::uint64_t> first_;
  std::uint64_t most_ = 0;
  bool complained_ = false;
};

}  // namespace gregor::fuzz::wire
