// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <limits>
#include <utility>

#include "group/machine.h"
#include "model/text_length.h"

namespace gregor::group {

using model::ErrorCode;

namespace {

// Who may commit: members of the current generation; anybody for a group without members.
ErrorCode check_commit(const ClassicGroup& group, const protocol::OffsetCommitRequest& request,
                       ErrorCode membership) {
  const std::int32_t generation = request.generation_id_or_member_epoch;
  if (generation < 0 && group.is(GroupState::empty)) return ErrorCode::none;
  const bool as_member =
      generation >= 0 || !request.member_id.empty() || request.group_instance_id.has_value();
  if (!as_member) return ErrorCode::unknown_member_id;
  if (membership != ErrorCode::none) return membership;
  if (generation != group.generation()) return ErrorCode::illegal_generation;
  // The members do not know yet who consumes what.
  if (group.is(GroupState::completing_rebalance)) return ErrorCode::rebalance_in_progress;
  return ErrorCode::none;
}

}  // namespace

void Coordinator::Machine::serve(const Request& from, const protocol::OffsetCommitRequest& request,
                                 Effects& out) {
  constexpr model::ApiVersion group_may_be_missing{9};
  ClassicGroup* const group = find_group(request.group_id);
  const ConsumerGroup* const consumer_group = consumer_.find(request.group_id);
  if (consumer_group != nullptr) {
    const ErrorCode error = ConsumerMachine::check_commit(*consumer_group, request, from.version);
    if (error != ErrorCode::none) return answer(from.token, refused(request, error), out);
  } else if (group == nullptr && request.generation_id_or_member_epoch >= 0) {
    const ErrorCode error = from.version >= group_may_be_missing ? ErrorCode::group_id_not_found
                                                                 : ErrorCode::illegal_generation;
    return answer(from.token, refused(request, error), out);
  }
  if (group != nullptr) {
    const ErrorCode membership = check_member(*group, request.member_id, request.group_instance_id);
    const ErrorCode error = check_commit(*group, request, membership);
    if (error != ErrorCode::none) return answer(from.token, refused(request, error), out);
    if (const Member* const member = group->find(request.member_id))
      expect_heartbeat(*group, member->id, member->session_timeout_ms);
  }
  const bool expires = request.retention_time_ms >= 0;
  // Beyond the end of time it does not expire.
  const std::int64_t latest = std::numeric_limits<std::int64_t>::max() - now_.wall.value();
  const model::Timestamp expires_at =
      expires ? now_.wall + std::min(request.retention_time_ms, latest) : model::no_timestamp;

  Response response = refused(request, ErrorCode::none);
  auto& topics = std::get<protocol::OffsetCommitResponse>(response).topics;
  std::vector<StoredRecord> records;
  std::vector<OffsetChange> changes;
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& topic = request.topics[t];
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const auto& one = topic.partitions[p];
      const std::string metadata = one.committed_metadata.value_or("");
      if (std::cmp_greater(model::length_in_utf16(metadata),
                           settings_.offset_metadata_length_max)) {
        topics[t].partitions[p].error_code = ErrorCode::offset_metadata_too_large;
        continue;
      }
      const auto epoch =
          expires ? model::no_leader_epoch : model::LeaderEpoch(one.committed_leader_epoch);
      const bool dated = one.commit_timestamp >= 0;  // version 1
      CommittedOffset offset{model::Offset(one.committed_offset), epoch, metadata,
                             dated ? model::Timestamp(one.commit_timestamp) : now_.wall,
                             expires_at};
      records.push_back(offset_record(request.group_id, topic.name, one.partition_index, offset));
      changes.push_back({request.group_id, topic.name, one.partition_index, std::move(offset)});
    }
  }
  if (records.empty()) return answer(from.token, std::move(response), out);
  if (!append(records, out))
    return answer(from.token, refused(request, ErrorCode::unknown_server_error), out);
  if (consumer_group == nullptr) find_or_make_group(request.group_id);
  for (OffsetChange& change : changes)
    state_.offsets.put(change.group, change.topic, change.partition, std::move(*change.offset));
  answer(from.token, std::move(response), out);
}

// Only members of the consumer protocol say who they are when they fetch. In a group that does not
// exist nothing is committed, whoever asks.
ErrorCode Coordinator::Machine::check_fetch(
    const protocol::OffsetFetchRequest::OffsetFetchRequestGroup& request) {
  if (const ConsumerGroup* const group = consumer_.find(request.group_id))
    return ConsumerMachine::check_fetch(*group, request.member_id, request.member_epoch);
  return ErrorCode::none;
}

void Coordinator::Machine::serve(const Request& from, const FetchOffsets& request, Effects& out) {
  using Partition = protocol::OffsetFetchResponse::OffsetFetchResponsePartitions;
  const auto told = [](std::int32_t index, const CommittedOffset* found) {
    Partition one;
    one.partition_index = index;
    one.committed_offset = found == nullptr ? -1 : found->offset.value();
    one.committed_leader_epoch = found == nullptr ? -1 : found->leader_epoch.value();
    one.metadata = found == nullptr ? "" : found->metadata;
    return one;
  };
  protocol::OffsetFetchResponse::OffsetFetchResponseGroup response;
  response.group_id = request.group.group_id;
  if (const ErrorCode error = check_fetch(request.group); error != ErrorCode::none)
    return answer(from.token, refused(request, error), out);
  if (request.group.topics) {
    for (const auto& topic : *request.group.topics) {
      auto& one = response.topics.emplace_back();
      one.name = topic.name;
      one.topic_id = topic.topic_id;
      for (const std::int32_t index : topic.partition_indexes)
        one.partitions.push_back(
            told(index, state_.offsets.find(response.group_id, topic.name, index)));
    }
  } else if (const TopicOffsets* const all = state_.offsets.of_group(response.group_id)) {
    for (const auto& [name, partitions] : *all) {
      auto& one = response.topics.emplace_back();
      one.name = name;
      for (const auto& [index, offset] : partitions) one.partitions.push_back(told(index, &offset));
    }
  }
  answer(from.token, std::move(response), out);
}

void Coordinator::Machine::serve(const Request& from, const protocol::OffsetDeleteRequest& request,
                                 Effects& out) {
  protocol::OffsetDeleteResponse response;
  const ClassicGroup* const group = find_group(request.group_id);
  const ConsumerGroup* const consumer_group = consumer_.find(request.group_id);
  if (request.group_id.empty())
    response.error_code = ErrorCode::invalid_group_id;
  else if (group == nullptr && consumer_group == nullptr)
    response.error_code = ErrorCode::group_id_not_found;
  else if (group != nullptr && !group->is(GroupState::empty) && !group->is_consumer_group())
    response.error_code = ErrorCode::non_empty_group;
  if (response.error_code != ErrorCode::none) return answer(from.token, std::move(response), out);

  std::vector<StoredRecord> records;
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    const bool subscribed = group != nullptr ? group->is_subscribed_to(topic.name)
                                             : consumer_group->is_subscribed_to(topic.name);
    for (const auto& partition : topic.partitions) {
      auto& one = answered.partitions.emplace_back();
      one.partition_index = partition.partition_index;
      if (subscribed) {
        one.error_code = ErrorCode::group_subscribed_to_topic;
      } else if (state_.offsets.find(request.group_id, topic.name, one.partition_index) !=
                 nullptr) {
        records.push_back(offset_tombstone(request.group_id, topic.name, one.partition_index));
        state_.offsets.remove(request.group_id, topic.name, one.partition_index);
      }
    }
  }
  append_in_parts(records, out);
  answer(from.token, std::move(response), out);
  drop_if_unborn(request.group_id);
}

}  // namespace gregor::group
