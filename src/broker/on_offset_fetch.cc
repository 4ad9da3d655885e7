// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetFetch: what groups have committed; one group up to version 7, several from 8 on.

#include "broker/group_request.h"
#include "broker/on_zookeeper_offsets.h"

namespace gregor::broker {

namespace {

using model::ApiVersion;
using model::ErrorCode;
using protocol::OffsetFetchRequest;
using protocol::OffsetFetchResponse;
using AskedGroup = OffsetFetchRequest::OffsetFetchRequestGroup;
using AnsweredGroup = OffsetFetchResponse::OffsetFetchResponseGroup;

constexpr ApiVersion several_groups{8};
constexpr ApiVersion tells_error_of_group{2};

std::vector<AskedGroup> groups_of(OffsetFetchRequest& request, ApiVersion version) {
  if (version >= several_groups) return std::move(request.groups);
  AskedGroup group;
  group.group_id = request.group_id;
  group.topics.reset();
  if (request.topics) {
    group.topics.emplace();
    for (auto& topic : *request.topics) {
      auto& one = group.topics->emplace_back();
      one.name = std::move(topic.name);
      one.partition_indexes = std::move(topic.partition_indexes);
    }
  }
  return {std::move(group)};
}

OffsetFetchResponse single_group(const AskedGroup& asked, AnsweredGroup answered,
                                 ApiVersion version) {
  OffsetFetchResponse response;
  if (version >= tells_error_of_group) {
    response.error_code = answered.error_code;
  } else if (answered.error_code != ErrorCode::none && asked.topics) {
    for (const auto& topic : *asked.topics) {
      auto& one = answered.topics.emplace_back();
      one.name = topic.name;
      for (const std::int32_t index : topic.partition_indexes) {
        auto& partition = one.partitions.emplace_back();
        partition.partition_index = index;
        partition.committed_offset = -1;
        partition.error_code = answered.error_code;
      }
    }
  }
  for (auto& topic : answered.topics) {
    auto& one = response.topics.emplace_back();
    one.name = std::move(topic.name);
    for (auto& partition : topic.partitions) {
      auto& told = one.partitions.emplace_back();
      told.partition_index = partition.partition_index;
      told.committed_offset = partition.committed_offset;
      told.committed_leader_epoch = partition.committed_leader_epoch;
      told.metadata = std::move(partition.metadata);
      told.error_code = partition.error_code;
    }
  }
  return response;
}

class OffsetFetchGather final : public Gather {
 public:
  OffsetFetchGather(const RequestHead& head, std::vector<AskedGroup> asked)
      : Gather(head), asked_(std::move(asked)), answered_(asked_.size()) {
    for (std::size_t at = 0; at < asked_.size(); ++at) {
      answered_[at].group_id = asked_[at].group_id;
      answered_[at].error_code = ErrorCode::coordinator_not_available;  // until it is heard
    }
  }

  void fill(std::uint32_t slot, TaskResult result) override {
    answered_[slot] = std::get<AnsweredGroup>(std::get<GroupResult>(std::move(result)).response);
  }
  bool complete(ShardState& shard, RequestId) override {
    OffsetFetchResponse response;
    if (head().version >= several_groups)
      response.groups = std::move(answered_);
    else
      response = single_group(asked_.front(), std::move(answered_.front()), head().version);
    shard.reply(head(), response);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }

 private:
  std::vector<AskedGroup> asked_;
  std::vector<AnsweredGroup> answered_;
};

}  // namespace

void on_offset_fetch(ShardState& shard, const Request& request) {
  if (request.head.version == model::ApiVersion(0)) return fetch_from_zookeeper(shard, request);
  auto body = take_body<OffsetFetchRequest>(shard, request);
  if (!body) return;
  const std::vector<AskedGroup> groups = groups_of(*body, request.head.version);
  Dispatch dispatch(shard, std::make_unique<OffsetFetchGather>(request.head, groups));
  for (std::uint32_t slot = 0; slot < groups.size(); ++slot)
    add_group_task(shard, dispatch, slot, groups[slot].group_id,
                   group_task(request, group::FetchOffsets{groups[slot], body->require_stable}));
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
