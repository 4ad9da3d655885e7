// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetForLeaderEpoch: where the records of an epoch end; a client that has read beyond has read
// what was lost.

#include <memory>
#include <utility>

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/offset_for_leader_epoch.h"

namespace gregor::broker {

namespace {

using protocol::OffsetForLeaderEpochRequest;
using protocol::OffsetForLeaderEpochResponse;

class EpochEndGather final
    : public AnswerGather<OffsetForLeaderEpochResponse,
                          OffsetForLeaderEpochResponse::EpochEndOffset, EpochEndResult> {
 public:
  EpochEndGather(const RequestHead& head, const OffsetForLeaderEpochRequest& request)
      : AnswerGather(head) {
    add_slots(
        request.topics, [](auto& topic) -> auto& { return topic.topic; },
        [](auto& partition) -> auto& { return partition.partition; });
  }

 private:
  void put(EpochEndResult from, Slot& to) override {
    to.error_code = from.error;
    to.leader_epoch = from.end.epoch.value();
    to.end_offset = from.end.end.value();
  }
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
