// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/memory_budget.h"

#include <utility>

namespace gregor::server {

void MemoryBudget::Share::set(std::uint64_t bytes) {
  if (bytes > bytes_)
    budget_.used_.fetch_add(bytes - bytes_);
  else if (bytes < bytes_)
    budget_.give_back(bytes_ - bytes);
  bytes_ = bytes;
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  const std::uint64_t before = used_.fetch_sub(bytes);
  if (before < limit_ || before - bytes >= limit_) return;
  std::vector<std::function<void()>> relieved;
  {
    const std::lock_guard lock(mutex_);
    relieved.swap(waiting_);
  }
  for (const auto& callback : relieved) callback();
}

void MemoryBudget::when_relieved(std::function<void()> relieved) {
  {
    const std::lock_guard lock(mutex_);
    // Checked under the lock: whoever gives back the last bytes takes the lock afterwards.
    if (exhausted()) {
      waiting_.push_back(std::move(relieved));
      return;
    }
  }
  relieved();
}

}  // namespace gregor::server
