// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DeleteRecords: moves the start of partitions forward.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/delete_records.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DeleteRecordsRequest;
using protocol::DeleteRecordsResponse;

class DeleteRecordsGather final : public Gather {
 public:
  DeleteRecordsGather(const RequestHead& head, const DeleteRecordsRequest& request) : Gather(head) {
    response_.topics.resize(request.topics.size());
    for (std::size_t t = 0; t < request.topics.size(); ++t) {
      const auto& asked = request.topics[t];
      response_.topics[t].name = asked.name;
      response_.topics[t].partitions.resize(asked.partitions.size());
      for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
        auto& answer = response_.topics[t].partitions[p];
        answer.partition_index = asked.partitions[p].partition_index;
        answer.error_code = ErrorCode::request_timed_out;
        answer.low_watermark = -1;
        slots_.push_back(&answer);
      }
    }
  }

  void fill(std::uint32_t slot, TaskResult result) override {
    const auto& from = std::get<DeleteRecordsResult>(result);
    slots_[slot]->error_code = from.error;
    slots_[slot]->low_watermark = from.low_watermark.value();
  }

  bool complete(ShardState& shard, RequestId) override {
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }

 private:
  DeleteRecordsResponse response_;
  std::vector<DeleteRecordsResponse::DeleteRecordsPartitionResult*> slots_;  // into response_
};

}  // namespace

void on_delete_records(ShardState& shard, const Request& request) {
  const auto body = take_body<DeleteRecordsRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<DeleteRecordsGather>(request.head, *body));
  std::uint32_t slot = 0;
  for (const auto& topic : body->topics) {
    for (const auto& asked : topic.partitions) {
      const DeleteRecordsTask task{model::Offset(asked.offset)};
      if (is_internal_topic(topic.name))
        dispatch.refuse(slot, task, ErrorCode::invalid_topic_exception);
      else
        dispatch.add(slot, topic.name, model::PartitionIndex(asked.partition_index), task);
      ++slot;
    }
  }
  std::move(dispatch).finish(shard.after(std::max(body->timeout_ms, 0)));
}

}  // namespace gregor::broker
