// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A producer: batches of values to one partition at a time. An idempotent one may have several of
// them under way, as Kafka's Java client has: they are sent in a row, each after the other whatever
// becomes of that one, and what was not acknowledged is sent again, in a row or one batch after the
// other, on the same or another connection, until it knows what became of them or its patience
// ends; then it takes another producer id. The others have one batch under way, and send what may
// have arrived never twice.
//
// The first batch of a producer id in a partition goes alone: a leader takes any sequence number of
// a producer that it does not know, so that a second batch might pass where the first was refused.
#pragma once

#include <list>
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
  // Batches under way, of an idempotent one; a leader remembers so many of a producer.
  static constexpr std::int64_t in_flight_limit = 5;
  std::int64_t in_flight_max = 1;
  std::int64_t spacing_max_us = 0;  // from one of them to the next
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
        idle_processes_{ledger_.next_process()} {}

 private:
  using Answer = ClusterClient::Answer<protocol::ProduceResponse>;
  enum class Fate : std::uint8_t { refused, unknown };

  struct Payload {
    std::int64_t value = 0;
    std::int32_t key = Sent::no_key;
    bool tombstone = false;
  };
  struct Batch {
    std::int32_t process = 0;
    std::vector<Payload> payloads;
    base::Bytes bytes;
    bool maybe_sent = false;         // and may be in the log
    std::uint64_t bytes_before = 0;  // that were sent to its partition
  };
  using Place = std::list<Batch>::iterator;

  void operate() override;
  void take_producer_id();
  [[nodiscard]] std::int64_t some_batches();
  void begin_batch();
  [[nodiscard]] bool is_remembered(const Batch& batch) const;
  Payload draw_payload();
  base::Bytes compose(const std::vector<Payload>& payloads);
  void attempt();
  void send_row(const ClusterClient::Leader& leader, Place first, std::size_t count);
  void send(const ClusterClient::Leader& leader, Place batch);
  void on_answer(Place batch, const Answer& answer);
  void take_answer(Place batch, const Answer& answer);
  void on_error(Place batch, model::ErrorCode code);
  void again();
  void acknowledge(Place batch, std::int64_t base_offset);
  void end(Place batch, Fate fate);

  const ProducerPlan plan_;
  const std::int16_t version_;
  std::vector<std::int32_t> idle_processes_;
  std::int64_t producer_id_ = -1;  // stays so of one that is not idempotent
  std::int16_t producer_epoch_ = -1;
  std::map<model::TopicPartition, std::int32_t> sequences_;

  // The operation under way.
  model::TopicPartition to_;
  std::list<Batch> batches_;  // of which it is not known what became of them, in their order
  std::size_t unanswered_ = 0;
  std::int32_t next_sequence_ = 0;  // behind them all
  bool one_by_one_ = false;
  bool gives_up_ = false;
  bool progress_ = false;
  Time patience_{0};
};

}  // namespace gregor::simulation
