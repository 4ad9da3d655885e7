// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeProducers: who writes to partitions, as their leaders know it.

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/describe_producers.h"

namespace gregor::broker {

namespace {

using protocol::DescribeProducersRequest;
using protocol::DescribeProducersResponse;

class DescribeProducersGather final
    : public AnswerGather<DescribeProducersResponse, DescribeProducersResponse::PartitionResponse,
                          DescribeProducersResult> {
 public:
  DescribeProducersGather(const RequestHead& head, const DescribeProducersRequest& request)
      : AnswerGather(head) {
    auto& topics = response().topics;
    topics.resize(request.topics.size());
    for (std::size_t t = 0; t < topics.size(); ++t) {
      const auto& asked = request.topics[t].partition_indexes;
      topics[t].name = request.topics[t].name;
      topics[t].partitions.resize(asked.size());
      for (std::size_t p = 0; p < asked.size(); ++p) {
        topics[t].partitions[p].partition_index = asked[p];
        add_slot(topics[t].partitions[p]);
      }
    }
  }

 private:
  void put(DescribeProducersResult from, Slot& to) override {
    to.error_code = from.error;
    for (const ActiveProducer& producer : from.producers) {
      auto& one = to.active_producers.emplace_back();
      one.producer_id = producer.id.value();
      one.producer_epoch = producer.epoch.value();
      one.last_sequence = producer.last_sequence.value();
      one.last_timestamp = producer.last_timestamp.value();
      one.coordinator_epoch = producer.coordinator_epoch;
      one.current_txn_start_offset = producer.transaction_start.value();
    }
  }
};

}  // namespace

void on_describe_producers(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeProducersRequest>(shard, request);
  if (!body) return;
  Dispatch dispatch(shard, std::make_unique<DescribeProducersGather>(request.head, *body));
  std::uint32_t slot = 0;
  for (const auto& topic : body->topics)
    for (const std::int32_t index : topic.partition_indexes)
      dispatch.add(slot++, topic.name, model::PartitionIndex(index), DescribeProducersTask{});
  std::move(dispatch).finish(shard.after(shard.settings().request_timeout_ms));
}

}  // namespace gregor::broker
