// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/memory_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace gregor::fuzz::wire {

std::optional<std::uint64_t> resident_bytes(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "VmRSS:" && status >> kibibytes) return kibibytes << 10;
  }
  return std::nullopt;
}

std::optional<Verdict> MemoryWatch::look(std::optional<std::uint64_t> resident) {
  if (complained_) return std::nullopt;
  if (!resident) {
    complained_ = true;
    return Verdict{Fault::crash, "its process is gone"};
  }
  if (!first_) first_ = resident;
  most_ = std::max(most_, *resident);
  if (*resident <= *first_ + growth_bytes_max_) return std::nullopt;
  complained_ = true;
  return Verdict{Fault::memory_growth,
                 fmt::format("from {} MiB to {} MiB", *first_ >> 20, *resident >> 20)};
}

}  // namespace gregor::fuzz::wire
