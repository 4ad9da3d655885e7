// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetCommit: the positions of a group's members, kept by the group's coordinator.

#include "broker/group_request.h"
#include "broker/known_partitions.h"
#include "broker/on_zookeeper_offsets.h"

namespace gregor::broker {

namespace {

using protocol::OffsetCommitRequest;
using protocol::OffsetCommitResponse;

class OffsetCommitGather final : public Gather {
 public:
  OffsetCommitGather(const RequestHead& head, OffsetCommitResponse answered,
                     OffsetCommitRequest asked)
      : Gather(head), response_(std::move(answered)), asked_(std::move(asked)) {}

  void fill(std::uint32_t, TaskResult result) override {
    merge_topics(response_,
                 std::get<OffsetCommitResponse>(std::get<GroupResult>(std::move(result)).response));
    heard_ = true;
  }
  bool complete(ShardState& shard, RequestId) override {
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override {
    if (!heard_)
      fill(0, GroupResult{group::refused(asked_, model::ErrorCode::coordinator_not_available)});
    complete(shard, self);
  }

 private:
  OffsetCommitResponse response_;
  OffsetCommitRequest asked_;  // of the coordinator
  bool heard_ = false;
};

}  // namespace

void on_offset_commit(ShardState& shard, const Request& request) {
  if (request.head.version == model::ApiVersion(0)) return commit_to_zookeeper(shard, request);
  auto body = take_body<OffsetCommitRequest>(shard, request);
  if (!body) return;
  auto answered = take_unknown_partitions<OffsetCommitResponse>(shard, *body);
  if (body->topics.empty()) {
    shard.reply(request.head, answered);
    return;
  }
  const std::string group = body->group_id;
  const GroupTask task = group_task(request, *body);
  Dispatch dispatch(shard, std::make_unique<OffsetCommitGather>(request.head, std::move(answered),
                                                                std::move(*body)));
  add_group_task(shard, dispatch, 0, group, task);
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
