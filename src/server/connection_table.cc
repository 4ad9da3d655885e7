// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/connection_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"

namespace gregor::server {

void ConnectionTable::add(std::unique_ptr<Connection> connection, model::Instant now) {
  const broker::ConnectionId id = connection->id();
  const auto [found, is_new] = by_id_.try_emplace(id);
  ASSERT(is_new);
  Entry& entry = found->second;
  entry.connection = std::move(connection);
  entry.place = by_activity_.insert(by_activity_.end(), &entry);
  entry.active = entry.progress = now;
}

Connection* ConnectionTable::find(broker::ConnectionId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.connection.get();
}

std::unique_ptr<Connection> ConnectionTable::take(broker::ConnectionId id) {
  const auto found = by_id_.find(id);
  ASSERT(found != by_id_.end());
  by_activity_.erase(found->second.place);
  std::unique_ptr<Connection> connection = std::move(found->second.connection);
  by_id_.erase(found);
  return connection;
}

std::vector<Connection*> ConnectionTable::all() {
  std::vector<Connection*> connections;
  for (const Entry* entry : by_activity_) connections.push_back(entry->connection.get());
  return connections;
}

void ConnectionTable::note_activity(broker::ConnectionId id, model::Instant now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  Entry& entry = found->second;
  const std::uint64_t traffic = entry.connection->traffic();
  if (traffic == entry.traffic) return;
  entry.traffic = traffic;
  entry.active = now;
  by_activity_.splice(by_activity_.end(), by_activity_, entry.place);
}

std::optional<ConnectionTable::Quietest> ConnectionTable::quietest() const {
  if (by_activity_.empty()) return std::nullopt;
  const Entry& entry = *by_activity_.front();
  return Quietest{entry.connection.get(), entry.active};
}

void ConnectionTable::begin_watching_progress() {
  for (Entry* entry : by_activity_) {
    entry->progress_traffic = entry->connection->traffic();
    entry->progress = entry->active;
  }
}

std::optional<ConnectionTable::Stalled> ConnectionTable::stalled(model::Instant now,
                                                                 std::int64_t patience_ms) {
  const auto rank = [now](const Entry& entry) {
    const bool unfinished = entry.connection->has_unfinished_frame();
    return std::tuple(unfinished, unfinished ? now - entry.progress : 0,
                      entry.connection->memory());
  };
  const Entry* worst = nullptr;
  for (Entry* entry : by_activity_) {
    const std::uint64_t traffic = entry->connection->traffic();
    const bool holds_memory = entry->connection->memory() > 0;
    if (traffic - entry->progress_traffic > crumb_bytes || !holds_memory) {
      entry->progress_traffic = traffic;
      entry->progress = now;
    }
    if (!holds_memory || now - entry->progress < patience_ms) continue;
    if (worst == nullptr || rank(*entry) > rank(*worst)) worst = entry;
  }
  if (worst == nullptr) return std::nullopt;
  return Stalled{worst->connection.get(), now - worst->progress};
}

}  // namespace gregor::server
