// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A request behind the gate: its header has been read, and its version is one that we serve.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "broker/connections.h"
#include "broker/identity.h"
#include "model/ids.h"

namespace gregor::broker {

// Where the answer goes: the shard that has the connection.
struct ReplyTarget {
  ShardId shard;
  ConnectionId connection;
};

// What it takes to answer, also long after the request's bytes are gone.
struct RequestHead {
  ReplyTarget from;
  model::ApiKey api;
  model::ApiVersion version;
  model::CorrelationId correlation;
};

// Valid during the step only.
struct Request {
  RequestHead head;
  const Client& client;
  std::string_view client_id;  // empty if null
  base::BytesView frame;       // whole
  base::BytesView body;        // after the header
};

}  // namespace gregor::broker
