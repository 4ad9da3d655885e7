// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Everything that a shard can ask of its environment, as plain data. Writes to logs have happened
// through log/disk.h before the effects come out, so a reply here never promises what was not
// written; what must be synced first is parked inside the shard until Synced arrives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/events.h"
#include "broker/peer.h"
#include "log/disk.h"
#include "log/sync_job.h"
#include "model/ids.h"

namespace gregor::broker {

// Bytes that go to a socket as they lie in a file. Owns the file, so a segment may be removed
// meanwhile.
struct FileSlice {
  std::shared_ptr<log::File> file;
  std::uint64_t position = 0;
  std::uint64_t length = 0;
};
using Piece = std::variant<base::Bytes, FileSlice>;

// A whole response, length prefix included. Replies of one connection are sent in the order in
// which they come out.
struct Reply {
  ConnectionId connection;
  std::vector<Piece> pieces;
};

// The request is done and has no response (produce with acks=0): the next one may be delivered.
struct Proceed {
  ConnectionId connection;
};

// Close at once, unsent replies included; one log line names the peer and the reason.
struct Close {
  ConnectionId connection;
  std::string reason;
};

struct Outgoing {
  ShardId to;
  std::unique_ptr<Message> message;
};

// To be run (log::run) off the shard's thread, in any order; comes back as Synced.
struct SyncJob {
  SyncId id;
  log::SyncJob job;
};

enum class Severity : std::uint8_t { debug, info, warning, error };

struct LogLine {
  Severity severity = Severity::info;
  std::string text;
};

struct Effects {
  std::vector<Reply> replies;
  std::vector<Proceed> proceeds;
  std::vector<Close> closes;
  std::vector<Outgoing> messages;                   // delivered in order per pair of shards
  std::vector<coordination::Request> coordination;  // performed in order; shard 0 only
  std::vector<PeerRequest> peer_requests;
  std::vector<SyncJob> syncs;
  std::vector<LogLine> lines;
  std::string trace;  // whole lines of JSON (trace.h); to be written before the rest
  std::optional<Severity> log_at_least;   // from now on lines below it are dropped, for all shards
  std::optional<model::Instant> wake_at;  // replaces the last one; none: no timer
  bool ready = false;    // the shard serves: the environment accepts connections once all do
  bool stopped = false;  // after StopRequested: nothing more will come out
  std::optional<std::string> fatal;  // the node cannot go on: report it and exit with 1
};

}  // namespace gregor::broker
