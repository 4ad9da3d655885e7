// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ConsumerGroupHeartbeat: all that a member of the consumer protocol (KIP-848) says and hears.

#include "broker/group_request.h"

namespace gregor::broker {

void on_consumer_group_heartbeat(ShardState& shard, const Request& request) {
  auto body = take_body<protocol::ConsumerGroupHeartbeatRequest>(shard, request);
  if (body)
    ask_coordinator<protocol::ConsumerGroupHeartbeatResponse>(shard, request, std::move(*body));
}

}  // namespace gregor::broker
