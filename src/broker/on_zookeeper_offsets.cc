// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/on_zookeeper_offsets.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "broker/handlers.h"
#include "broker/known_partitions.h"
#include "broker/lifecycle.h"
#include "broker/zookeeper_offsets.h"
#include "coordination/path.h"
#include "model/text_length.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::OffsetCommitRequest;
using protocol::OffsetCommitResponse;
using protocol::OffsetFetchRequest;
using protocol::OffsetFetchResponse;

void tell(protocol::offset_commit_response::OffsetCommitResponsePartition& partition,
          const StoredOffset& result) {
  partition.error_code = result.error;
}
void tell(protocol::offset_fetch_response::OffsetFetchResponsePartition& partition,
          const StoredOffset& result) {
  partition.error_code = result.error;
  partition.committed_offset = result.offset.value();
}

// A request of which not all partitions have been heard.
template <class Response>
struct Pending {
  RequestHead head;
  Response response = {};
  std::size_t outstanding = 1;  // the request itself, until all have been asked for

  void took_one(ShardState& shard) {
    if (--outstanding == 0) shard.reply(head, response);
  }
};

// Too much waits already; while ZooKeeper is away.
constexpr StoredOffset unheard{ErrorCode::request_timed_out};

// Why nobody needs to be asked.
ErrorCode check(const ShardState& shard, const std::string& group,
                const model::TopicPartition& partition) {
  if (!partition_exists(shard, partition.topic, partition.partition.value()))
    return ErrorCode::unknown_topic_or_partition;
  if (group.empty() || !coordination::is_valid_path(zookeeper_offset_path(group, partition)))
    return ErrorCode::invalid_group_id;
  return ErrorCode::none;
}

// Adds a partition to the answer, with what is known of it, or else with what `begin` will tell.
template <class Response, class Begin>
void add(const std::shared_ptr<Pending<Response>>& pending, const std::string& topic,
         std::int32_t partition, ErrorCode refused, Begin begin) {
  auto& topics = pending->response.topics;
  if (topics.empty() || topics.back().name != topic) topics.emplace_back().name = topic;
  auto& partitions = topics.back().partitions;
  auto& one = partitions.emplace_back();
  one.partition_index = partition;
  tell(one, refused == ErrorCode::none ? unheard : StoredOffset{refused});
  if (refused != ErrorCode::none) return;
  const std::size_t t = topics.size() - 1, p = partitions.size() - 1;
  const bool begun = begin([pending, t, p](ShardState& later, const StoredOffset& stored) {
    tell(pending->response.topics[t].partitions[p], stored);
    pending->took_one(later);
  });
  if (begun) ++pending->outstanding;
}

}  // namespace

void commit_to_zookeeper(ShardState& shard, const Request& request) {
  if (shard.self() != controller_shard) return forward_to_controller(shard, request);
  const auto body = take_body<OffsetCommitRequest>(shard, request);
  if (!body) return;
  const auto pending =
      std::make_shared<Pending<OffsetCommitResponse>>(Pending<OffsetCommitResponse>{request.head});
  const auto longest = shard.settings().offset_metadata_max_bytes;
  for (const auto& topic : body->topics)
    for (const auto& one : topic.partitions) {
      const model::TopicPartition partition{topic.name, model::PartitionIndex(one.partition_index)};
      ErrorCode refused = check(shard, body->group_id, partition);
      const bool too_long =
          std::cmp_greater(model::length_in_utf16(one.committed_metadata.value_or("")), longest);
      if (refused == ErrorCode::none && too_long) refused = ErrorCode::offset_metadata_too_large;
      add(pending, topic.name, one.partition_index, refused, [&](auto on_done) {
        return shard.lifecycle->zookeeper_offsets().store(
            shard, zookeeper_offset_path(body->group_id, partition),
            model::Offset(one.committed_offset), std::move(on_done));
      });
    }
  pending->took_one(shard);
}

void fetch_from_zookeeper(ShardState& shard, const Request& request) {
  if (shard.self() != controller_shard) return forward_to_controller(shard, request);
  const auto body = take_body<OffsetFetchRequest>(shard, request);
  if (!body) return;
  const auto pending =
      std::make_shared<Pending<OffsetFetchResponse>>(Pending<OffsetFetchResponse>{request.head});
  if (body->topics)
    for (const auto& topic : *body->topics)
      for (const std::int32_t index : topic.partition_indexes) {
        const model::TopicPartition partition{topic.name, model::PartitionIndex(index)};
        const ErrorCode refused = check(shard, body->group_id, partition);
        add(pending, topic.name, index, refused, [&](auto on_done) {
          return shard.lifecycle->zookeeper_offsets().load(
              shard, zookeeper_offset_path(body->group_id, partition), std::move(on_done));
        });
      }
  pending->took_one(shard);
}

}  // namespace gregor::broker
