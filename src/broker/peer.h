// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a shard says to other brokers, and what it hears from them. A shard has at most one
// connection to an address and lane: its requests leave in the order in which they came out, and
// are answered in that order. The connection is made when there is something to say, and not made
// again by itself: when it breaks, all that waited for answers fail, and whoever asked decides when
// to try again.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/typed_number.h"
#include "model/ids.h"

namespace gregor::broker {

// Unique within the shard that asks, since its start.
using PeerRequestId = base::TypedId<struct PeerRequestIdTag, std::uint64_t>;

// Where a broker's listener is.
struct PeerAddress {
  std::string host;  // a name or a numeric address
  std::uint16_t port = 0;
  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};

// A long-polled fetch keeps nobody else waiting.
enum class PeerLane : std::uint8_t { control, fetch };

// An effect. Ends in exactly one PeerReplied or PeerFailed.
struct PeerRequest {
  PeerRequestId id;
  PeerAddress to;
  PeerLane lane = PeerLane::control;
  base::Bytes frame;  // a request of Kafka's protocol, its length prefix included
  // When no answer has come by then, the connection is closed.
  model::Instant deadline;
};

// An event. The response without its length prefix, valid during the step only; its correlation id
// is that of the request.
struct PeerReplied {
  PeerRequestId id;
  base::BytesView frame;
};

// An event: no answer will come. The peer may have done what it was asked to do, or not.
struct PeerFailed {
  PeerRequestId id;
  std::string reason;
};

}  // namespace gregor::broker
