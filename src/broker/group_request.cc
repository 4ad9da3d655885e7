// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/group_request.h"

namespace gregor::broker {

GroupTask group_task(const Request& request, group::RequestBody body) {
  const std::string& peer = request.client.peer;
  return {.body = std::move(body),
          .version = request.head.version,
          .client_id = std::string(request.client_id),
          .client_host = "/" + peer.substr(0, peer.rfind(':'))};
}

void add_group_task(ShardState& shard, Dispatch& dispatch, std::uint32_t slot,
                    const std::string& group, const GroupTask& task) {
  const auto topic = shard.image->metadata.topic(offsets_topic);
  if (!is_whole(topic)) {
    // Whoever wants a coordinator asks for it first; that makes the topic. And how many partitions
    // there are decides which of them is the group's.
    dispatch.refuse(slot, task, model::ErrorCode::not_coordinator);
    return;
  }
  dispatch.add(slot, std::string(offsets_topic),
               partition_of_group(group, topic->partitions.size()), task);
}

}  // namespace gregor::broker
