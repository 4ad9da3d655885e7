// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/producer.h"

#include <fmt/format.h>

#include "protocol/messages/init_producer_id.h"
#include "record/builder.h"

namespace gregor::simulation {

using jepsen::Function;
using jepsen::Kind;
using jepsen::Type;
using model::ErrorCode;
using protocol::InitProducerIdRequest;
using protocol::InitProducerIdResponse;
using protocol::ProduceRequest;
using protocol::ProduceResponse;

namespace {

// Of a topic that is compacted: few enough to be overtaken again and again.
constexpr std::int64_t keys = 12;

}  // namespace

void Producer::operate() {
  if (plan_.idempotent && producer_id_ < 0) return take_producer_id();
  to_ = dice_.pick(plan_.partitions);
  payloads_.clear();
  std::vector<jepsen::EntryMicro> micros;
  for (std::int64_t n = dice_.between(1, plan_.records_max); n > 0; --n) {
    const Payload& payload = payloads_.emplace_back(draw_payload());
    ledger_.sending(to_, payload.value, payload.key, payload.tombstone);
    micros.push_back({Kind::send, to_string(to_), jepsen::nothing, payload.value});
  }
  ledger_.invoke(process_, Function::send, std::move(micros));
  compose();
  patience_ = env_.now() + dice_.between(5, 60) * second;
  maybe_sent_ = false;
  attempt();
}

Producer::Payload Producer::draw_payload() {
  Payload payload{.value = ledger_.next_value()};
  if (!ledger_.topic(to_.topic).is_compacted()) return payload;
  payload.key = static_cast<std::int32_t>(dice_.below(keys));
  payload.tombstone = dice_.chance(1, 6);
  return payload;
}

void Producer::take_producer_id() {
  InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = 60'000;
  client_.call_any<InitProducerIdResponse>(
      request, client_.some_version(InitProducerIdRequest::api_key, 0),
      [this](ClusterClient::Answer<InitProducerIdResponse> answer) {
        if (answer && (*answer)->error_code == ErrorCode::none) {
          producer_id_ = (*answer)->producer_id;
          producer_epoch_ = (*answer)->producer_epoch;
          sequences_.clear();
        } else if (answer && !model::is_retriable((*answer)->error_code)) {
          return refuse("InitProducerId", (*answer)->error_code);
        }
        operation_done(false);
      });
}

void Producer::compose() {
  record::BatchOptions options{.codec = plan_.codec};
  if (plan_.idempotent) {
    options.producer_id = model::ProducerId(producer_id_);
    options.producer_epoch = model::ProducerEpoch(producer_epoch_);
    options.base_sequence = model::SequenceNumber(sequences_[to_]);
  }
  record::BatchBuilder builder(options);
  const std::string padding(static_cast<std::size_t>(dice_.between(0, plan_.padding_max)), '.');
  for (const Payload& payload : payloads_) {
    const std::string text = std::to_string(payload.value);
    if (payload.key == Sent::no_key) {
      builder.add({.timestamp = env_.clock().wall,
                   .key = base::as_bytes(padding),
                   .value = base::as_bytes(text)});
      continue;
    }
    const std::string key = fmt::format("key{}", payload.key);
    const record::Header header{.key = text, .value = base::as_bytes(padding)};
    builder.add({.timestamp = env_.clock().wall,
                 .key = base::as_bytes(key),
                 .value = payload.tombstone ? std::nullopt : std::optional(base::as_bytes(text)),
                 .headers = {&header, 1}});
  }
  batch_ = builder.finish();
}

void Producer::attempt() {
  client_.with_leader(to_, [this](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return again();
    send(*leader);
  });
}

void Producer::send(const ClusterClient::Leader& leader) {
  ProduceRequest request;
  request.acks = plan_.acks;
  request.timeout_ms = 1500;
  auto& topic = request.topic_data.emplace_back();
  if (version_ >= 13)
    topic.topic_id = client_.topic_id(to_.topic);
  else
    topic.name = to_.topic;
  topic.partition_data.push_back({to_.partition.value(), protocol::Records(batch_), {}});
  if (plan_.acks == 0) {
    client_.tell(leader.address, request, version_);
    return end(Fate::unknown);
  }
  client_.call<ProduceResponse>(leader.address, request, version_,
                                [this](const Answer& answer) { on_answer(answer); });
}

void Producer::on_answer(const Answer& answer) {
  if (!answer) {
    client_.forget_leader(to_);
    maybe_sent_ = maybe_sent_ || answer.error() == Unanswered::lost;
    return again();
  }
  if ((*answer)->responses.size() != 1 || (*answer)->responses[0].partition_responses.size() != 1)
    return env_.violate("wire", name() + ": Produce answered other partitions than were asked");
  const auto& told = (*answer)->responses[0].partition_responses[0];
  if (told.error_code != ErrorCode::none) return on_error(told.error_code);
  if (maybe_sent_) env_.mark("a batch sent again was acknowledged");
  // What one of several replicas has acknowledged alone may go with it.
  const bool promised = plan_.acks == -1 || ledger_.topic(to_.topic).replication == 1;
  if (!promised) return end(Fate::unknown);
  end(Fate::acknowledged, told.base_offset);
}

void Producer::on_error(ErrorCode code) {
  env_.mark(fmt::format("Produce answered {}", model::name_of(code)));
  client_.forget_leader(to_);
  switch (code) {
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id:
    case ErrorCode::leader_not_available:
    case ErrorCode::not_enough_replicas:
      return again();
    case ErrorCode::not_leader_or_follower:  // also of records that wait for their replicas
    case ErrorCode::request_timed_out:
    case ErrorCode::not_enough_replicas_after_append:
    case ErrorCode::kafka_storage_error:
      maybe_sent_ = true;
      return again();
    case ErrorCode::duplicate_sequence_number:
      producer_id_ = -1;
      return end(Fate::unknown);
    case ErrorCode::out_of_order_sequence_number:
    case ErrorCode::unknown_producer_id:
      // The batches before this one were acknowledged: the broker has forgotten them.
      if (ledger_.is_safe(to_.topic)) return refuse("Produce", code);
      producer_id_ = -1;
      return end(Fate::unknown);
    default:
      return refuse("Produce", code);
  }
}

void Producer::again() {
  const bool may_repeat = plan_.idempotent || !maybe_sent_;
  if (may_repeat && env_.now() < patience_) {
    if (maybe_sent_) env_.mark("a batch is sent again");
    return try_again([this] { attempt(); });
  }
  // The sequence numbers of what may or may not be in the log are used up.
  if (plan_.idempotent) producer_id_ = -1;
  end(maybe_sent_ ? Fate::unknown : Fate::refused);
}

void Producer::end(Fate fate, std::int64_t base_offset) {
  if (fate == Fate::acknowledged) {
    std::vector<jepsen::EntryMicro> micros;
    for (std::size_t i = 0; i < payloads_.size(); ++i) {
      const std::int64_t offset = base_offset + static_cast<std::int64_t>(i);
      micros.push_back({Kind::send, to_string(to_), offset, payloads_[i].value});
    }
    ledger_.complete(process_, Type::ok, Function::send, std::move(micros));
    for (std::size_t i = 0; i < payloads_.size(); ++i)
      ledger_.acknowledged(to_, {base_offset + static_cast<std::int64_t>(i), payloads_[i].value});
    sequences_[to_] += static_cast<std::int32_t>(payloads_.size());
  } else {
    ledger_.complete(process_, fate == Fate::refused ? Type::fail : Type::info, Function::send);
    // Nobody hears of a process again whose operation may still happen.
    if (fate == Fate::unknown) process_ = ledger_.next_process();
  }
  operation_done(fate == Fate::acknowledged || plan_.acks >= 0);
}

}  // namespace gregor::simulation
