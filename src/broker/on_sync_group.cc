// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SyncGroup: the answer comes when the group's leader has assigned.

#include <utility>

#include "broker/group_request.h"

namespace gregor::broker {

void on_sync_group(ShardState& shard, const Request& request) {
  using protocol::SyncGroupResponse;
  // From this version on members say which protocol they believe the group to use (KIP-559).
  constexpr model::ApiVersion names_protocol{5};
  auto body = take_body<protocol::SyncGroupRequest>(shard, request);
  if (!body) return;
  if (request.head.version >= names_protocol && (!body->protocol_type || !body->protocol_name)) {
    SyncGroupResponse refused;
    refused.error_code = model::ErrorCode::inconsistent_group_protocol;
    return shard.reply(request.head, refused);
  }
  ask_coordinator<SyncGroupResponse>(shard, request, std::move(*body), nullptr,
                                     GroupGather<SyncGroupResponse>::Patience::while_group_gathers);
}

}  // namespace gregor::broker
