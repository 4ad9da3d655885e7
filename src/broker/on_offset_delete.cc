// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetDelete: takes back what a group has committed.

#include "broker/group_request.h"
#include "broker/known_partitions.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::OffsetDeleteResponse;

class OffsetDeleteGather final : public Gather {
 public:
  OffsetDeleteGather(const RequestHead& head, OffsetDeleteResponse answered)
      : Gather(head), response_(std::move(answered)) {}

  void fill(std::uint32_t, TaskResult result) override {
    auto from = std::get<OffsetDeleteResponse>(std::get<GroupResult>(std::move(result)).response);
    heard_ = true;
    // An error of the group is all that there is to say.
    if (from.error_code != ErrorCode::none)
      response_ = std::move(from);
    else
      merge_topics(response_, std::move(from));
  }
  bool complete(ShardState& shard, RequestId) override {
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override {
    if (!heard_) {
      response_ = {};
      response_.error_code = ErrorCode::coordinator_not_available;
    }
    complete(shard, self);
  }

 private:
  OffsetDeleteResponse response_;
  bool heard_ = false;
};

}  // namespace

void on_offset_delete(ShardState& shard, const Request& request) {
  auto body = take_body<protocol::OffsetDeleteRequest>(shard, request);
  if (!body) return;
  auto answered = take_unknown_partitions<OffsetDeleteResponse>(shard, *body);
  const std::string group = body->group_id;
  const GroupTask task = group_task(request, std::move(*body));
  Dispatch dispatch(shard, std::make_unique<OffsetDeleteGather>(request.head, std::move(answered)));
  add_group_task(shard, dispatch, 0, group, task);
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
