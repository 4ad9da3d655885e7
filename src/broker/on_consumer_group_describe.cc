// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/describe_gather.h"

namespace gregor::broker {

void on_consumer_group_describe(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::ConsumerGroupDescribeRequest>(shard, request);
  if (!body) return;
  describe_groups<protocol::ConsumerGroupDescribeResponse, group::DescribeConsumerGroup>(
      shard, request, body->group_ids, body->include_authorized_operations);
}

}  // namespace gregor::broker
