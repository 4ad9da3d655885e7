// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/answer_gather.h"
#include "broker/group_request.h"
#include "broker/metadata_answer.h"

namespace gregor::broker {

namespace {

using protocol::ConsumerGroupDescribeRequest;
using protocol::ConsumerGroupDescribeResponse;
using Slot = ConsumerGroupDescribeResponse::DescribedGroup;

class ConsumerGroupDescribeGather final
    : public AnswerGather<ConsumerGroupDescribeResponse, Slot, GroupResult> {
 public:
  ConsumerGroupDescribeGather(const RequestHead& head, const ConsumerGroupDescribeRequest& request)
      : AnswerGather(head), operations_(request.include_authorized_operations) {
    response().groups.resize(request.group_ids.size());
    for (std::size_t at = 0; at < request.group_ids.size(); ++at) {
      response().groups[at].group_id = request.group_ids[at];
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

void on_consumer_group_describe(ShardState& shard, const Request& request) {
  const auto body = take_body<ConsumerGroupDescribeRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<ConsumerGroupDescribeGather>(request.head, *body));
  for (std::uint32_t slot = 0; slot < body->group_ids.size(); ++slot)
    add_group_task(shard, dispatch, slot, body->group_ids[slot],
                   group_task(request, group::DescribeConsumerGroup{body->group_ids[slot]}));
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
