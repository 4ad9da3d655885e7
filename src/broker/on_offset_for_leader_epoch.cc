// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetForLeaderEpoch: where the records of an epoch end; a client that has read beyond has read
// what was lost.

#include <memory>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/offset_for_leader_epoch.h"

namespace gregor::broker {

namespace {

using protocol::OffsetForLeaderEpochRequest;
using protocol::OffsetForLeaderEpochResponse;

class EpochEndGather final : public Gather {
 public:
  EpochEndGather(const RequestHead& head, const OffsetForLeaderEpochRequest& request)
      : Gather(head) {
    response_.topics.resize(request.topics.size());
    for (std::size_t t = 0; t < request.topics.size(); ++t) {
      const auto& asked = request.topics[t];
      response_.topics[t].topic = asked.topic;
      response_.topics[t].partitions.resize(asked.partitions.size());
      for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
        auto& answer = response_.topics[t].partitions[p];
        answer.partition = asked.partitions[p].partition;
        answer.error_code = model::ErrorCode::request_timed_out;
        slots_.push_back(&answer);
      }
    }
  }

  void fill(std::uint32_t slot, TaskResult result) override {
    const auto& from = std::get<EpochEndResult>(result);
    slots_[slot]->error_code = from.error;
    slots_[slot]->leader_epoch = from.end.epoch.value();
    slots_[slot]->end_offset = from.end.end.value();
  }

  bool complete(ShardState& shard, RequestId) override {
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }

 private:
  OffsetForLeaderEpochResponse response_;
  std::vector<OffsetForLeaderEpochResponse::EpochEndOffset*> slots_;  // into response_
};

}  // namespace

void on_offset_for_leader_epoch(ShardState& shard, const Request& request) {
  const auto body = take_body<OffsetForLeaderEpochRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<EpochEndGather>(request.head, *body));
  std::uint32_t slot = 0;
  for (const auto& topic : body->topics)
    for (const auto& asked : topic.partitions)
      dispatch.add(
          slot++, topic.topic, model::PartitionIndex(asked.partition),
          EpochEndTask{.current_leader_epoch = model::LeaderEpoch(asked.current_leader_epoch),
                       .epoch = model::LeaderEpoch(asked.leader_epoch)});
  std::move(dispatch).finish(shard.after(shard.settings().request_timeout_ms));
}

}  // namespace gregor::broker
