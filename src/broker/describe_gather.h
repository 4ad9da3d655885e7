// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Descriptions of groups: each is asked of its coordinator, and all leave in one response.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/answer_gather.h"
#include "broker/group_request.h"
#include "broker/metadata_answer.h"

namespace gregor::broker {

template <class Response>
class DescribeGather final
    : public AnswerGather<Response, typename Response::DescribedGroup, GroupResult> {
  using Slot = typename Response::DescribedGroup;
  using Base = AnswerGather<Response, Slot, GroupResult>;

 public:
  DescribeGather(const RequestHead& head, const std::vector<std::string>& groups,
                 bool with_operations)
      : Base(head), with_operations_(with_operations) {
    auto& described = this->response().groups;
    described.resize(groups.size());
    for (std::size_t at = 0; at < groups.size(); ++at) {
      described[at].group_id = groups[at];
      this->add_slot(described[at]);
    }
  }

 private:
  void put(GroupResult from, Slot& to) override {
    to = std::get<Slot>(std::move(from.response));
    if (with_operations_ && to.error_code == model::ErrorCode::none)
      to.authorized_operations = group_operations;
  }

  bool with_operations_;
};

// `Describe` is what a coordinator is asked about one group.
template <class Response, class Describe>
void describe_groups(ShardState& shard, const Request& request,
                     const std::vector<std::string>& groups, bool with_operations) {
  Dispatch dispatch(
      shard, std::make_unique<DescribeGather<Response>>(request.head, groups, with_operations));
  for (std::uint32_t slot = 0; slot < groups.size(); ++slot)
    add_group_task(shard, dispatch, slot, groups[slot],
                   group_task(request, Describe{groups[slot]}));
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
