// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The connections of one shard, in the order of their last activity, and who has to go: idle ones
// after connections.max.idle.ms, and when memory stays short, those that hold it without progress.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/identity.h"
#include "model/ids.h"
#include "server/connection.h"

namespace gregor::server {

class ConnectionTable {
 public:
  void add(std::unique_ptr<Connection> connection, model::Instant now);
  [[nodiscard]] Connection* find(broker::ConnectionId id);
  std::unique_ptr<Connection> take(broker::ConnectionId id);
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }
  [[nodiscard]] std::vector<Connection*> all();

  // Notices whether bytes have moved since the last time.
  void note_activity(broker::ConnectionId id, model::Instant now);
  // The one that has been quiet longest, and since when.
  struct Quietest {
    Connection* connection;
    model::Instant since;
  };
  [[nodiscard]] std::optional<Quietest> quietest() const;

  // When memory becomes short, and then from time to time while it is. Whom to close: the
  // unfinished frame that has stalled longest; if none has, whoever else holds most memory without
  // progress. A connection stalls when for `patience_ms` no more than `crumb_bytes` moved: drips do
  // not count.
  void begin_watching_progress();
  struct Stalled {
    Connection* connection;
    std::int64_t ms;
  };
  [[nodiscard]] std::optional<Stalled> stalled(model::Instant now, std::int64_t patience_ms);
  static constexpr std::uint64_t crumb_bytes = 64 << 10;

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    std::list<Entry*>::iterator place;  // in by_activity_
    std::uint64_t traffic = 0;          // when last looked at
    model::Instant active;
    std::uint64_t progress_traffic = 0;  // when it last made progress
    model::Instant progress;
  };
  std::unordered_map<broker::ConnectionId, Entry> by_id_;
  std::list<Entry*> by_activity_;  // the quietest first
};

}  // namespace gregor::server
