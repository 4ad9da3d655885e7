// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SyncGroup: the answer comes when the group's leader has assigned.

#include "broker/group_request.h"

namespace gregor::broker {

void on_sync_group(ShardState& shard, const Request& request) {
  using protocol::SyncGroupResponse;
  auto body = take_body<protocol::SyncGroupRequest>(shard, request);
  if (!body) return;
  ask_coordinator<SyncGroupResponse>(shard, request, std::move(*body), nullptr,
                                     GroupGather<SyncGroupResponse>::Patience::while_group_gathers);
}

}  // namespace gregor::broker
