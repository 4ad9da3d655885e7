// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// JoinGroup: the answer comes when the group has gathered.

#include "broker/group_request.h"

namespace gregor::broker {

void on_join_group(ShardState& shard, const Request& request) {
  using protocol::JoinGroupResponse;
  auto body = take_body<protocol::JoinGroupRequest>(shard, request);
  if (!body) return;
  // Older versions cannot say that there is no protocol.
  const auto adjust = [](JoinGroupResponse& response, model::ApiVersion version) {
    constexpr model::ApiVersion may_be_null{7};
    if (version < may_be_null && !response.protocol_name) response.protocol_name.emplace();
  };
  ask_coordinator<JoinGroupResponse>(shard, request, std::move(*body), adjust,
                                     GroupGather<JoinGroupResponse>::Patience::while_group_gathers);
}

}  // namespace gregor::broker
