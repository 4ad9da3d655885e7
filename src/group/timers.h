// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a coordinator waits for: one instant for each thing, the earliest first.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "model/ids.h"

namespace gregor::group {

struct TimerKey {
  // Those of the consumer protocol: a member's session; the time it has to give partitions up; and
  // where it speaks the classic protocol, to join again and to sync.
  // clang-format off
  enum class Kind : std::uint8_t {
    session, join, sync, expiry,
    consumer_session, consumer_revocation, consumer_join, consumer_sync
  };
  // clang-format on
  Kind kind = Kind::expiry;
  std::string group;
  std::string member;  // where it concerns one
  friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

class Timers {
 public:
  // Replaces the instant that was set before.
  void set(const TimerKey& key, model::Instant at) {
    cancel(key);
    instants_.emplace(key, at);
    order_.emplace(at, key);
  }
  void cancel(const TimerKey& key) {
    const auto found = instants_.find(key);
    if (found == instants_.end()) return;
    order_.erase({found->second, key});
    instants_.erase(found);
  }
  void clear() {
    instants_.clear();
    order_.clear();
  }
  [[nodiscard]] std::optional<model::Instant> next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
  }
  // Takes the earliest that is due.
  std::optional<TimerKey> take_due(model::Instant now) {
    if (order_.empty() || now < order_.begin()->first) return std::nullopt;
    TimerKey key = order_.begin()->second;
    cancel(key);
    return key;
  }
  [[nodiscard]] bool is_set(const TimerKey& key) const { return instants_.contains(key); }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  std::map<TimerKey, model::Instant> instants_;
  std::set<std::pair<model::Instant, TimerKey>> order_;
};

}  // namespace gregor::group
