// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/producer.h"

#include <fmt/format.h>

#include "log/producer_snapshot.h"
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
  next_sequence_ = sequences_[to_];
  one_by_one_ = gives_up_ = false;
  progress_ = plan_.acks >= 0;
  for (std::int64_t n = some_batches(); n > 0; --n) begin_batch();
  patience_ = env_.now() + dice_.between(5, 60) * second;
  attempt();
}

std::int64_t Producer::some_batches() {
  const bool is_known = next_sequence_ > 0;
  return is_known && plan_.in_flight_max > 1 ? dice_.between(1, plan_.in_flight_max) : 1;
}

void Producer::begin_batch() {
  Batch& batch = batches_.emplace_back();
  if (idle_processes_.empty()) idle_processes_.push_back(ledger_.next_process());
  batch.process = idle_processes_.back();
  idle_processes_.pop_back();
  std::vector<jepsen::EntryMicro> micros;
  for (std::int64_t n = dice_.between(1, plan_.records_max); n > 0; --n) {
    const Payload& payload = batch.payloads.emplace_back(draw_payload());
    ledger_.sending(
        to_, payload.value,
        {.key = payload.key, .tombstone = payload.tombstone, .producer_id = producer_id_});
    micros.push_back({Kind::send, to_string(to_), jepsen::nothing, payload.value});
  }
  ledger_.invoke(batch.process, Function::send, std::move(micros));
  batch.bytes = compose(batch.payloads);
  batch.bytes_before = ledger_.bytes_sent(to_);
  next_sequence_ += static_cast<std::int32_t>(batch.payloads.size());
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

base::Bytes Producer::compose(const std::vector<Payload>& payloads) {
  record::BatchOptions options{.codec = plan_.codec};
  if (plan_.idempotent) {
    options.producer_id = model::ProducerId(producer_id_);
    options.producer_epoch = model::ProducerEpoch(producer_epoch_);
    options.base_sequence = model::SequenceNumber(next_sequence_);
  }
  record::BatchBuilder builder(options);
  const std::string padding(static_cast<std::size_t>(dice_.between(0, plan_.padding_max)), '.');
  for (const Payload& payload : payloads) {
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
  return builder.finish();
}

void Producer::attempt() {
  client_.with_leader(to_, [this](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return again();
    unanswered_ = one_by_one_ ? 1 : batches_.size();
    send_row(*leader, batches_.begin(), unanswered_);
  });
}

void Producer::send_row(const ClusterClient::Leader& leader, Place first, std::size_t count) {
  const Place next = std::next(first);  // one that is not sent yet stays in its place
  send(leader, first);
  if (count == 1) return;
  env_.scheduler.after(dice_.between(0, plan_.spacing_max_us),
                       [this, leader, next, count] { send_row(leader, next, count - 1); });
}

void Producer::send(const ClusterClient::Leader& leader, Place batch) {
  ProduceRequest request;
  request.acks = plan_.acks;
  request.timeout_ms = 1500;
  ledger_.sending_bytes(to_, batch->bytes.size());
  auto& topic = request.topic_data.emplace_back();
  if (version_ >= 13)
    topic.topic_id = client_.topic_id(to_.topic);
  else
    topic.name = to_.topic;
  topic.partition_data.push_back({to_.partition.value(), protocol::Records(batch->bytes), {}});
  if (plan_.acks == 0) {
    client_.tell(leader.address, request, version_);
    end(batch, Fate::unknown);
    return operation_done(progress_);
  }
  client_.call<ProduceResponse>(leader.address, request, version_,
                                [this, batch](const Answer& answer) { on_answer(batch, answer); });
}

void Producer::on_answer(Place batch, const Answer& answer) {
  take_answer(batch, answer);
  if (--unanswered_ > 0) return;
  if (!batches_.empty()) return again();
  sequences_[to_] = next_sequence_;
  operation_done(progress_);
}

void Producer::take_answer(Place batch, const Answer& answer) {
  if (!answer) {
    client_.forget_leader(to_);
    batch->maybe_sent = batch->maybe_sent || answer.error() == Unanswered::lost;
    return;
  }
  if ((*answer)->responses.size() != 1 || (*answer)->responses[0].partition_responses.size() != 1)
    return env_.violate("wire", name() + ": Produce answered other partitions than were asked");
  const auto& told = (*answer)->responses[0].partition_responses[0];
  if (told.error_code != ErrorCode::none) return on_error(batch, told.error_code);
  if (batch->maybe_sent) env_.mark("a batch sent again was acknowledged");
  // What one of several replicas has acknowledged alone may go with it.
  const bool promised = plan_.acks == -1 || !ledger_.topic(to_.topic).has_followers();
  if (promised)
    acknowledge(batch, told.base_offset);
  else
    end(batch, Fate::unknown);
}

void Producer::on_error(Place batch, ErrorCode code) {
  env_.mark(fmt::format("Produce answered {}", model::name_of(code)));
  client_.forget_leader(to_);
  switch (code) {
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id:
    case ErrorCode::leader_not_available:
    case ErrorCode::not_enough_replicas:
      return;
    case ErrorCode::not_leader_or_follower:  // also of records that wait for their replicas
    case ErrorCode::request_timed_out:
    case ErrorCode::not_enough_replicas_after_append:
    case ErrorCode::kafka_storage_error:
      batch->maybe_sent = true;
      return;
    case ErrorCode::duplicate_sequence_number:
    case ErrorCode::out_of_order_sequence_number:
    case ErrorCode::unknown_producer_id:
      if (batch != batches_.begin()) return env_.mark("a batch waits for the one before it");
      // The batches before this one were acknowledged: the broker has forgotten them, or this one.
      if (is_remembered(*batch)) return refuse("Produce", code);
      batch->maybe_sent = true;
      gives_up_ = true;
      return;
    default:
      return refuse("Produce", code);
  }
}

// Further back, or among records that have been deleted, a broker that starts does not look.
bool Producer::is_remembered(const Batch& batch) const {
  return ledger_.is_safe(to_.topic) && !ledger_.topic(to_.topic).loses_its_start() &&
         ledger_.bytes_sent(to_) - batch.bytes_before < log::recalled_bytes;
}

void Producer::again() {
  const bool maybe_sent = batches_.front().maybe_sent;
  const bool may_repeat = plan_.idempotent ? !gives_up_ : !maybe_sent;
  if (may_repeat && env_.now() < patience_) {
    if (maybe_sent) env_.mark("a batch is sent again");
    one_by_one_ = dice_.chance(1, 2);
    return try_again([this] { attempt(); });
  }
  // The sequence numbers of what may or may not be in the log are used up.
  if (plan_.idempotent) producer_id_ = -1;
  while (!batches_.empty())
    end(batches_.begin(), batches_.front().maybe_sent ? Fate::unknown : Fate::refused);
  operation_done(progress_);
}

void Producer::acknowledge(Place batch, std::int64_t base_offset) {
  std::vector<jepsen::EntryMicro> micros;
  for (std::int64_t offset = base_offset; const Payload& payload : batch->payloads)
    micros.push_back({Kind::send, to_string(to_), offset++, payload.value});
  ledger_.complete(batch->process, Type::ok, Function::send, std::move(micros));
  for (std::int64_t offset = base_offset; const Payload& payload : batch->payloads)
    ledger_.acknowledged(to_, {offset++, payload.value});
  progress_ = true;
  idle_processes_.push_back(batch->process);
  batches_.erase(batch);
}

void Producer::end(Place batch, Fate fate) {
  ledger_.complete(batch->process, fate == Fate::refused ? Type::fail : Type::info, Function::send);
  // Nobody hears of a process again whose operation may still happen.
  if (fate == Fate::refused) idle_processes_.push_back(batch->process);
  batches_.erase(batch);
}

}  // namespace gregor::simulation
