// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the elected controller hears that logs have failed while they served. Shard 0 leaves a
// notification in the coordination service:
//   /log_dir_event_notification/log_dir_event_N   {"version":1,"broker":1,"event":1}
// The controller then tells this broker once more which replicas it has, the answer says which of
// them are offline (KAFKA_STORAGE_ERROR), others lead, and the notification is removed.
//
// One notification speaks for every log that had failed when it was written. It is written until it
// is known to be there, over lost connections and sessions; once too often does no harm.
#pragma once

#include <cstdint>
#include <optional>

#include "coordination/port.h"

namespace gregor::broker {

struct ShardState;

class LogFailures {
 public:
  // A log has failed.
  void note(ShardState& shard);

  // A session has begun: what the one before did not confirm is written again.
  void connected(ShardState& shard);
  // False when it answers somebody else's request.
  bool on_reply(ShardState& shard, const coordination::Reply& reply);

 private:
  void write(ShardState& shard);

  // Apart from those of others, which count from smaller numbers on.
  std::uint64_t next_ = std::uint64_t{3} << 62;
  bool untold_ = false;  // a log has failed after the last notification was asked for
  std::optional<coordination::RequestId> writing_;
};

}  // namespace gregor::broker
