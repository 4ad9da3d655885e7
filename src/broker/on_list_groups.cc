// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ListGroups: every coordinator of this broker tells its groups.

#include <algorithm>
#include <iterator>

#include "broker/group_request.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::ListGroupsRequest;
using protocol::ListGroupsResponse;

class ListGroupsGather final : public Gather {
 public:
  using Gather::Gather;

  void fill(std::uint32_t, TaskResult result) override {
    auto from = std::get<ListGroupsResponse>(std::get<GroupResult>(std::move(result)).response);
    // What another broker leads, that one tells.
    if (from.error_code != ErrorCode::none && from.error_code != ErrorCode::not_coordinator)
      response_.error_code = from.error_code;
    std::ranges::move(from.groups, std::back_inserter(response_.groups));
  }
  bool complete(ShardState& shard, RequestId) override {
    if (response_.error_code != ErrorCode::none) response_.groups.clear();
    std::ranges::sort(response_.groups, {}, &ListGroupsResponse::ListedGroup::group_id);
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override {
    response_.error_code = ErrorCode::coordinator_not_available;
    complete(shard, self);
  }

 private:
  ListGroupsResponse response_;
};

}  // namespace

void on_list_groups(ShardState& shard, const Request& request) {
  auto body = take_body<ListGroupsRequest>(shard, request);
  if (!body) return;
  const GroupTask task = group_task(request, std::move(*body));
  Dispatch dispatch(shard, std::make_unique<ListGroupsGather>(request.head));
  if (const auto topic = shard.image->metadata.topic(std::string(offsets_topic)))
    for (std::uint32_t slot = 0; slot < topic->partitions.size(); ++slot)
      dispatch.add(slot, std::string(offsets_topic),
                   model::PartitionIndex(static_cast<std::int32_t>(slot)), task);
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
