// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/answer_gather.h"
#include "broker/group_request.h"
#include "broker/metadata_answer.h"

namespace gregor::broker {

namespace {

using protocol::DescribeGroupsRequest;
using protocol::DescribeGroupsResponse;
using Slot = DescribeGroupsResponse::DescribedGroup;

class DescribeGroupsGather final : public AnswerGather<DescribeGroupsResponse, Slot, GroupResult> {
 public:
  DescribeGroupsGather(const RequestHead& head, const DescribeGroupsRequest& request)
      : AnswerGather(head), operations_(request.include_authorized_operations) {
    response().groups.resize(request.groups.size());
    for (std::size_t at = 0; at < request.groups.size(); ++at) {
      response().groups[at].group_id = request.groups[at];
      add_slot(response().groups[at]);
    }
  }

 private:
  void put(GroupResult from, Slot& to) override {
    to = std::get<Slot>(std::move(from.response));
    if (operations_ && to.error_code == model::ErrorCode::none)
      to.authorized_operations = group_operations;
  }

  bool operations_;
};

}  // namespace

void on_describe_groups(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeGroupsRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<DescribeGroupsGather>(request.head, *body));
  for (std::uint32_t slot = 0; slot < body->groups.size(); ++slot)
    add_group_task(shard, dispatch, slot, body->groups[slot],
                   group_task(request, group::DescribeGroup{body->groups[slot]}));
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
