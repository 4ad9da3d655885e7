// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DeleteRecords: moves the start of partitions forward.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/delete_records.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DeleteRecordsRequest;
using protocol::DeleteRecordsResponse;

class DeleteRecordsGather final
    : public AnswerGather<DeleteRecordsResponse,
                          DeleteRecordsResponse::DeleteRecordsPartitionResult,
                          DeleteRecordsResult> {
 public:
  DeleteRecordsGather(const RequestHead& head, const DeleteRecordsRequest& request)
      : AnswerGather(head) {
    add_slots(
        request.topics, [](auto& topic) -> auto& { return topic.name; },
        [](auto& partition) -> auto& { return partition.partition_index; });
    for (Slot* slot : slots()) slot->low_watermark = -1;
  }

 private:
  void put(DeleteRecordsResult from, Slot& to) override {
    to.error_code = from.error;
    to.low_watermark = from.low_watermark.value();
  }
};

// Of a partition that is named several times the last mention counts.
void keep_last_mentions(DeleteRecordsRequest& request) {
  std::map<std::pair<std::string, std::int32_t>, int> to_come;
  for (const auto& topic : request.topics)
    for (const auto& asked : topic.partitions) ++to_come[{topic.name, asked.partition_index}];
  for (auto& topic : request.topics)
    std::erase_if(topic.partitions, [&](const auto& asked) {
      return --to_come[{topic.name, asked.partition_index}] > 0;
    });
}

}  // namespace

void on_delete_records(ShardState& shard, const Request& request) {
  auto body = take_body<DeleteRecordsRequest>(shard, request);
  if (!body) return;
  keep_last_mentions(*body);
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
  std::move(dispatch).finish(deadline_of(shard, body->timeout_ms));
}

}  // namespace gregor::broker
