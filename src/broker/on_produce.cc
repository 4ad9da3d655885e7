// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Produce: one batch for each partition named. The batches are checked and appended where they lie
// in the request; the answer leaves when every partition has answered.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "broker/leader_hint.h"
#include "protocol/messages/produce.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::ProduceRequest;
using protocol::ProduceResponse;

constexpr std::int16_t acks_none = 0;
constexpr std::int16_t acks_leader = 1;
constexpr std::int16_t acks_all = -1;

TopicRef topic_of(const RequestHead& head, const std::string& name, const model::TopicId& id) {
  return head.version >= model::ApiVersion(13) ? TopicRef(id) : TopicRef(name);
}

class ProduceGather final
    : public AnswerGather<ProduceResponse, ProduceResponse::PartitionProduceResponse,
                          ProduceResult> {
 public:
  ProduceGather(const RequestHead& head, const ProduceRequest& request)
      : AnswerGather(head), acks_(request.acks) {
    auto& topics = response().responses;
    topics.reserve(request.topic_data.size());  // slots point into it
    for (const auto& asked : request.topic_data) {
      if (asked.partition_data.empty()) continue;
      auto& topic = topics.emplace_back();
      topic.name = asked.name;
      topic.topic_id = asked.topic_id;
      topic.partition_responses.resize(asked.partition_data.size());
      for (std::size_t p = 0; p < asked.partition_data.size(); ++p) {
        Slot& slot = topic.partition_responses[p];
        slot.index = asked.partition_data[p].index;
        slot.base_offset = -1;
        add_slot(slot);
      }
    }
  }

  bool complete(ShardState& shard, RequestId) override {
    if (acks_ == acks_none) {
      finish_silently(shard);
      return true;
    }
    if (head().version >= model::ApiVersion(10)) add_leader_hints(shard);
    shard.reply(head(), response());
    return true;
  }

 private:
  void put(ProduceResult from, Slot& to) override {
    to.error_code = from.error;
    to.error_message = std::move(from.message);
    to.base_offset = from.base_offset.value();
    to.log_append_time_ms = from.log_append_time.value();
    to.log_start_offset = from.log_start.value();
    for (record::RecordRefusal& refusal : from.refusals)
      to.record_errors.push_back({refusal.index, std::move(refusal.detail), {}});
  }

  void add_leader_hints(const ShardState& shard) {
    for (auto& topic : response().responses)
      for (Slot& slot : topic.partition_responses)
        if (slot.error_code == ErrorCode::not_leader_or_follower)
          add_leader_hint(shard, head().from.connection,
                          topic_of(head(), topic.name, topic.topic_id), slot, slot.index,
                          response());
  }

  // Nobody reads an answer; a producer whose records were refused learns of it by losing the
  // connection.
  void finish_silently(ShardState& shard) {
    for (const Slot* slot : slots()) {
      if (slot->error_code == ErrorCode::none) continue;
      shard.close(head().from, fmt::format("produce with acks=0 failed: {} for partition {}",
                                           model::name_of(slot->error_code), slot->index));
      return;
    }
    shard.proceed(head());
  }

  std::int16_t acks_;
};

}  // namespace

void on_produce(ShardState& shard, const Request& request) {
  const auto body = take_body<ProduceRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<ProduceGather>(request.head, *body));
  const bool acks_known =
      body->acks == acks_none || body->acks == acks_leader || body->acks == acks_all;
  std::uint32_t slot = 0;
  for (const auto& topic : body->topic_data) {
    const TopicRef name = topic_of(request.head, topic.name, topic.topic_id);
    for (const auto& data : topic.partition_data) {
      const ProduceTask task{.version = request.head.version,
                             .acks = body->acks,
                             .transactional = body->transactional_id.has_value(),
                             .records = data.records ? data.records->bytes() : base::BytesView()};
      if (acks_known)
        dispatch.add(slot, name, model::PartitionIndex(data.index), task);
      else
        dispatch.refuse(slot, task, ErrorCode::invalid_required_acks);
      ++slot;
    }
  }
  std::move(dispatch).finish(deadline_of(shard, body->timeout_ms));
}

}  // namespace gregor::broker
