// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How many connections there may be: in all (max.connections; more wait in the listen queue) and
// from one address (max.connections.per.ip and its overrides; more are closed at once).
// Every member may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/broker_settings.h"

namespace gregor::server {

class ConnectionQuota {
 public:
  explicit ConnectionQuota(const model::BrokerSettings& settings)
      : all_max_(settings.max_connections),
        address_max_(settings.max_connections_per_ip),
        overrides_(settings.max_connections_per_ip_overrides) {}

  // Counts a connection from this address; false (and not counted) when the address has enough.
  [[nodiscard]] bool admit(const std::string& address);
  void release(const std::string& address);

  // True when there may be no more; `relieved` is then called once as soon as there may.
  [[nodiscard]] bool full(std::function<void()> relieved);

  [[nodiscard]] std::int64_t limit_of(std::string_view address) const;
  [[nodiscard]] std::int64_t count() const;

 private:
  const std::int64_t all_max_;
  const std::int64_t address_max_;
  const std::map<std::string, std::int32_t> overrides_;
  mutable std::mutex mutex_;
  std::int64_t all_ = 0;
  std::map<std::string, std::int64_t> by_address_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace gregor::server
