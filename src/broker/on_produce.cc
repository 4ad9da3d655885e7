// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Produce: one batch for each partition named. The batches are checked and appended where they lie
// in the request; the answer leaves when every partition has answered.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/produce.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::ProduceRequest;
using protocol::ProduceResponse;
using PartitionResponse = ProduceResponse::PartitionProduceResponse;

constexpr std::int16_t acks_none = 0;
constexpr std::int16_t acks_leader = 1;
constexpr std::int16_t acks_all = -1;

class ProduceGather final : public Gather {
 public:
  ProduceGather(const RequestHead& head, const ProduceRequest& request)
      : Gather(head), acks_(request.acks) {
    response_.responses.resize(request.topic_data.size());
    for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
      const auto& asked = request.topic_data[t];
      auto& topic = response_.responses[t];
      topic.name = asked.name;
      topic.topic_id = asked.topic_id;
      topic.partition_responses.resize(asked.partition_data.size());
      for (std::size_t p = 0; p < asked.partition_data.size(); ++p) {
        PartitionResponse& answer = topic.partition_responses[p];
        answer.index = asked.partition_data[p].index;
        answer.error_code = ErrorCode::request_timed_out;  // until something else is known
        answer.base_offset = -1;
        slots_.push_back(&answer);
      }
    }
  }

  void fill(std::uint32_t slot, TaskResult result) override {
    auto& from = std::get<ProduceResult>(result);
    PartitionResponse& to = *slots_[slot];
    to.error_code = from.error;
    to.error_message = std::move(from.message);
    to.base_offset = from.base_offset.value();
    to.log_append_time_ms = from.log_append_time.value();
    to.log_start_offset = from.log_start.value();
    for (record::RecordRefusal& refusal : from.refusals)
      to.record_errors.push_back({refusal.index, std::move(refusal.detail), {}});
  }

  bool complete(ShardState& shard, RequestId) override {
    if (acks_ != acks_none)
      shard.reply(head(), response_);
    else
      finish_silently(shard);
    return true;
  }

  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }

 private:
  // Nobody reads an answer; a producer whose records were refused learns of it by losing the
  // connection.
  void finish_silently(ShardState& shard) {
    for (const PartitionResponse* slot : slots_) {
      if (slot->error_code == ErrorCode::none) continue;
      shard.close(head().from, fmt::format("produce with acks=0 failed: {} for partition {}",
                                           model::name_of(slot->error_code), slot->index));
      return;
    }
    shard.proceed(head());
  }

  std::int16_t acks_;
  ProduceResponse response_;
  std::vector<PartitionResponse*> slots_;  // into response_
};

}  // namespace

void on_produce(ShardState& shard, const Request& request) {
  const auto body = take_body<ProduceRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<ProduceGather>(request.head, *body));
  const bool acks_known =
      body->acks == acks_none || body->acks == acks_leader || body->acks == acks_all;
  const bool by_id = request.head.version >= model::ApiVersion(13);
  std::uint32_t slot = 0;
  for (const auto& topic : body->topic_data) {
    const TopicRef name = by_id ? TopicRef(topic.topic_id) : TopicRef(topic.name);
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
  std::move(dispatch).finish(shard.after(std::max(body->timeout_ms, 0)));
}

}  // namespace gregor::broker
