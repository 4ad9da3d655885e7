// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/describe_gather.h"

namespace gregor::broker {

void on_describe_groups(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::DescribeGroupsRequest>(shard, request);
  if (!body) return;
  describe_groups<protocol::DescribeGroupsResponse, group::DescribeGroup>(
      shard, request, body->groups, body->include_authorized_operations);
}

}  // namespace gregor::broker
