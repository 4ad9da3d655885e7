// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// UpdateMetadata: the elected controller tells what clients are to be told.

#include "broker/hear_controller.h"
#include "protocol/messages/update_metadata.h"

namespace gregor::broker {

void on_update_metadata(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::UpdateMetadataRequest>(shard, request);
  if (!body) return;
  hear_controller(shard, request, from_wire(*body), [](const controller::BrokerAnswered& answered) {
    protocol::UpdateMetadataResponse response;
    response.error_code = answered.error;
    return response;
  });
}

}  // namespace gregor::broker
