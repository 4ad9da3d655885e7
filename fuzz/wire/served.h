// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a broker says that it serves: the versions of each API, as ApiVersions lists them.
#pragma once

#include <map>

#include "protocol/values.h"

namespace gregor::fuzz::wire {

class Served {
 public:
  Served() = default;
  explicit Served(std::map<model::ApiKey, protocol::Versions> versions)
      : versions_(std::move(versions)) {}

  // Empty if it does not serve the API.
  [[nodiscard]] protocol::Versions of(model::ApiKey key) const {
    const auto found = versions_.find(key);
    return found == versions_.end() ? protocol::Versions{} : found->second;
  }
  [[nodiscard]] bool contains(model::ApiKey key) const { return !of(key).empty(); }

 private:
  std::map<model::ApiKey, protocol::Versions> versions_;
};

}  // namespace gregor::fuzz::wire
