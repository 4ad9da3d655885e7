// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Everything that can happen to a shard. The environment (server/ or simulation/) delivers one
// event at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "broker/identity.h"
#include "broker/peer.h"
#include "coordination/port.h"
#include "model/result.h"

namespace gregor::broker {

struct Message;  // shard to shard: messages.h

struct Started {};

struct ConnectionOpened {
  ConnectionId connection;
  std::string peer;      // "127.0.0.1:40312", for diagnostics and quotas
  std::string listener;  // name of the listener that accepted it
};

// One whole frame without its length prefix. The bytes are valid during the step only. After it the
// connection is busy: no further request of that connection is delivered before a Reply, a Proceed
// or a Close for it came out.
struct RequestReceived {
  ConnectionId connection;
  base::BytesView frame;
};

struct ConnectionClosed {
  ConnectionId connection;
};

// The instant that the shard last asked for in Effects::wake_at has come.
struct TimeReached {};

struct MessageArrived {
  ShardId from;
  std::unique_ptr<Message> message;
};

// Shard 0 only. A session with the coordination service is open: once after Started, and again
// whenever a session was lost and replaced. Requests may be sent from now on.
struct CoordinationConnected {
  coordination::SessionId session;
};
// Shard 0 only. The session is the same, but its connection was lost for a while.
struct CoordinationRestored {};
// Shard 0 only.
struct CoordinationReplied {
  coordination::Reply reply;
};
struct CoordinationWatchFired {
  coordination::WatchFired watch;
};

// A SyncJob has run: everything that was written to its files before the job was emitted is on
// stable storage, or not.
struct Synced {
  SyncId id;
  model::Result<> result;
};

// Stop in good order: answer what is parked, flush, mark the shutdown clean, then emit
// Effects::stopped.
struct StopRequested {};

using Event =
    std::variant<Started, ConnectionOpened, RequestReceived, ConnectionClosed, TimeReached,
                 MessageArrived, CoordinationConnected, CoordinationRestored, CoordinationReplied,
                 CoordinationWatchFired, PeerReplied, PeerFailed, Synced, StopRequested>;

}  // namespace gregor::broker
