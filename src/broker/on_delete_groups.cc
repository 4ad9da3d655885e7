// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <set>

#include "broker/answer_gather.h"
#include "broker/group_request.h"

namespace gregor::broker {

namespace {

using protocol::DeleteGroupsRequest;
using protocol::DeleteGroupsResponse;

class DeleteGroupsGather final
    : public AnswerGather<DeleteGroupsResponse, DeleteGroupsResponse::DeletableGroupResult,
                          GroupResult> {
 public:
  DeleteGroupsGather(const RequestHead& head, const std::vector<std::string>& groups)
      : AnswerGather(head) {
    response().results.resize(groups.size());
    for (std::size_t at = 0; at < groups.size(); ++at) {
      response().results[at].group_id = groups[at];
      add_slot(response().results[at]);
    }
  }

 private:
  void put(GroupResult from, Slot& to) override { to = std::get<Slot>(std::move(from.response)); }
};

}  // namespace

void on_delete_groups(ShardState& shard, const Request& request) {
  const auto body = take_body<DeleteGroupsRequest>(shard, request);
  if (!body) return;
  std::vector<std::string> groups;
  std::set<std::string> seen;
  for (const std::string& group : body->groups_names)
    if (seen.insert(group).second) groups.push_back(group);
  Dispatch dispatch(shard, std::make_unique<DeleteGroupsGather>(request.head, groups));
  for (std::uint32_t slot = 0; slot < groups.size(); ++slot)
    add_group_task(shard, dispatch, slot, groups[slot],
                   group_task(request, group::DeleteGroup{groups[slot]}));
  std::move(dispatch).finish(shard.after(shard.settings().offsets_commit_timeout_ms));
}

}  // namespace gregor::broker
