// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ListOffsets: where a partition begins and ends, and which offset belongs to a time.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/list_offsets.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;

class ListOffsetsGather final
    : public AnswerGather<ListOffsetsResponse, ListOffsetsResponse::ListOffsetsPartitionResponse,
                          ListOffsetsResult> {
 public:
  ListOffsetsGather(const RequestHead& head, const ListOffsetsRequest& request)
      : AnswerGather(head) {
    add_slots(
        request.topics, [](auto& topic) -> auto& { return topic.name; },
        [](auto& partition) -> auto& { return partition.partition_index; });
  }

 private:
  void put(ListOffsetsResult from, Slot& to) override {
    to.error_code = from.error;
    // Older clients do not know the other code.
    if (from.error == ErrorCode::offset_not_available && head().version < model::ApiVersion(5))
      to.error_code = ErrorCode::leader_not_available;
    to.timestamp = from.timestamp.value();
    to.offset = from.offset.value();
    if (head().version >= model::ApiVersion(4)) to.leader_epoch = from.leader_epoch.value();
  }
};

using Place = std::pair<std::string, std::int32_t>;

// A question that is put twice has no one answer. Takes the repetitions out of the request, so that
// what is said about them is said once.
std::set<Place> take_duplicates(ListOffsetsRequest& request) {
  std::set<Place> seen, twice;
  for (auto& topic : request.topics)
    std::erase_if(topic.partitions, [&](const auto& partition) {
      Place place{topic.name, partition.partition_index};
      if (seen.insert(place).second) return false;
      twice.insert(std::move(place));
      return true;
    });
  return twice;
}

}  // namespace

void on_list_offsets(ShardState& shard, const Request& request) {
  auto body = take_body<ListOffsetsRequest>(shard, request);
  if (!body) return;
  const std::set<Place> duplicates = take_duplicates(*body);
  Dispatch dispatch(shard, std::make_unique<ListOffsetsGather>(request.head, *body));
  const Isolation isolation =
      body->isolation_level == 1 ? Isolation::read_committed : Isolation::read_uncommitted;
  std::uint32_t slot = 0;
  for (const auto& topic : body->topics) {
    for (const auto& asked : topic.partitions) {
      const ListOffsetsTask task{
          .timestamp = asked.timestamp,
          .current_leader_epoch = model::LeaderEpoch(asked.current_leader_epoch),
          .isolation = isolation,
          .from_replica = body->replica_id >= 0};
      if (duplicates.contains({topic.name, asked.partition_index}))
        dispatch.refuse(slot, task, ErrorCode::invalid_request);
      else if (!is_known_timestamp(asked.timestamp, request.head.version))
        dispatch.refuse(slot, task, ErrorCode::unsupported_version);
      else
        dispatch.add(slot, topic.name, model::PartitionIndex(asked.partition_index), task);
      ++slot;
    }
  }
  std::move(dispatch).finish(shard.after(shard.settings().request_timeout_ms));
}

}  // namespace gregor::broker
