// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A producer: batches of values to one partition at a time. An idempotent one sends a batch again,
// on the same or another connection, until it knows what became of it or its patience ends; then it
// takes another producer id. The others send what may have arrived never twice.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/messages/produce.h"
#include "record/codec.h"
#include "simulation/workload.h"

namespace gregor::simulation {

struct ProducerPlan {
  ClientPlan client;
  std::int16_t acks = -1;
  bool idempotent = true;  // then acks is -1
  record::Codec codec = record::Codec::none;
  std::int64_t records_max = 8;
  std::int64_t padding_max = 100;  // bytes beside a value
  std::vector<model::TopicPartition> partitions;
};

class Producer final : public Workload {
 public:
  template <class... Arguments>
  explicit Producer(ProducerPlan plan, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        plan_(std::move(plan)),
        version_(client_.some_version(protocol::ProduceRequest::api_key,
                                      plan_.codec == record::Codec::zstd ? 7 : 3)),
        process_(ledger_.next_process()) {}

 private:
  using Answer = ClusterClient::Answer<protocol::ProduceResponse>;
  enum class Fate : std::uint8_t { acknowledged, refused, unknown };

  void operate() override;
  void take_producer_id();
  void compose();
  void attempt();
  void send(const ClusterClient::Leader& leader);
  void on_answer(const Answer& answer);
  void on_error(model::ErrorCode code);
  void again();
  void end(Fate fate, std::int64_t base_offset = -1);

  const ProducerPlan plan_;
  const std::int16_t version_;
  std::int32_t process_;
  std::int64_t producer_id_ = -1;
  std::int16_t producer_epoch_ = -1;
  std::map<model::TopicPartition, std::int32_t> sequences_;

  // The operation under way.
  model::TopicPartition to_;
  struct Payload {
    std::int64_t value = 0;
    std::int32_t key = Sent::no_key;
    bool tombstone = false;
  };
  Payload draw_payload();
  std::vector<Payload> payloads_;
  base::Bytes batch_;
  Time patience_{0};
  bool maybe_sent_ = false;
};

}  // namespace gregor::simulation
