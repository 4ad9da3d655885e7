// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A request about one group on its way to the group's coordinator, and the answer on its way back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/dispatch.h"
#include "broker/gather.h"
#include "broker/group_host.h"
#include "broker/handlers.h"
#include "broker/shard_state.h"

namespace gregor::broker {

// What the coordinator hears of a request: the version, and who asks.
GroupTask group_task(const Request& request, group::RequestBody body);

// Adds the task at the partition on which its group lives.
void add_group_task(ShardState& shard, Dispatch& dispatch, std::uint32_t slot,
                    const std::string& group, const GroupTask& task);

// The answer of the coordinator is the response, but for what `adjust` changes.
template <class Response>
class GroupGather final : public Gather {
 public:
  using Adjust = void (*)(Response&, model::ApiVersion);
  enum class Patience { until_deadline, while_group_gathers };

  GroupGather(const RequestHead& head, group::RequestBody asked, Adjust adjust, Patience patience)
      : Gather(head), asked_(std::move(asked)), adjust_(adjust), patience_(patience) {}

  void fill(std::uint32_t, TaskResult result) override {
    response_ = std::get<Response>(std::get<GroupResult>(std::move(result)).response);
  }
  bool complete(ShardState& shard, RequestId) override {
    if (!response_)
      response_ =
          std::get<Response>(group::refused(asked_, model::ErrorCode::coordinator_not_available));
    if (adjust_ != nullptr) adjust_(*response_, head().version);
    shard.reply(head(), *response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }
  [[nodiscard]] bool may_be_cut_short() const override {
    return patience_ == Patience::while_group_gathers;
  }

 private:
  group::RequestBody asked_;
  Adjust adjust_;
  Patience patience_;
  std::optional<Response> response_;
};

// Hands the request to the coordinator of its group. One that waits for other members has no
// deadline of its own: the coordinator sees to it.
template <class Response, class Body>
void ask_coordinator(ShardState& shard, const Request& request, Body body,
                     typename GroupGather<Response>::Adjust adjust = nullptr,
                     typename GroupGather<Response>::Patience patience =
                         GroupGather<Response>::Patience::until_deadline) {
  const std::string group = body.group_id;
  const GroupTask task = group_task(request, std::move(body));
  Dispatch dispatch(
      shard, std::make_unique<GroupGather<Response>>(request.head, task.body, adjust, patience));
  add_group_task(shard, dispatch, 0, group, task);
  std::optional<model::Instant> deadline;
  if (patience == GroupGather<Response>::Patience::until_deadline)
    deadline = shard.after(shard.settings().offsets_commit_timeout_ms);
  std::move(dispatch).finish(deadline);
}

}  // namespace gregor::broker
