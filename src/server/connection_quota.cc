// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/connection_quota.h"

#include <utility>

#include "base/assert.h"

namespace gregor::server {

std::int64_t ConnectionQuota::limit_of(std::string_view address) const {
  const auto found = overrides_.find(std::string(address));
  return found == overrides_.end() ? address_max_ : found->second;
}

bool ConnectionQuota::admit(const std::string& address) {
  const std::lock_guard lock(mutex_);
  std::int64_t& count = by_address_[address];
  if (count >= limit_of(address)) {
    if (count == 0) by_address_.erase(address);
    return false;
  }
  ++count;
  ++all_;
  return true;
}

void ConnectionQuota::release(const std::string& address) {
  std::vector<std::function<void()>> relieved;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(address);
    ASSERT(found != by_address_.end());
    if (--found->second == 0) by_address_.erase(found);
    if (--all_ < all_max_) relieved.swap(waiting_);
  }
  for (const auto& callback : relieved) callback();
}

bool ConnectionQuota::full(std::function<void()> relieved) {
  const std::lock_guard lock(mutex_);
  if (all_ < all_max_) return false;
  waiting_.push_back(std::move(relieved));
  return true;
}

std::int64_t ConnectionQuota::count() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace gregor::server
