// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/group_request.h"

namespace gregor::broker {

void on_leave_group(ShardState& shard, const Request& request) {
  auto body = take_body<protocol::LeaveGroupRequest>(shard, request);
  if (body) ask_coordinator<protocol::LeaveGroupResponse>(shard, request, std::move(*body));
}

}  // namespace gregor::broker
