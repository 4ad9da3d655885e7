// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/producer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "base/assert.h"
#include "log/time_distance.h"
#include "record/compression.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::Offset;
using model::SequenceNumber;

namespace {

constexpr std::int32_t sequence_max = std::numeric_limits<std::int32_t>::max();

std::string describe(const ProducerFacts& facts) {
  return fmt::format("producer {} epoch {} at offset {}", facts.producer_id.value(),
                     facts.epoch.value(), facts.first_offset.value());
}

ProducerBatch batch_of(const ProducerFacts& facts) {
  return {.last_sequence = facts.last_sequence,
          .last_offset = facts.last_offset,
          .offset_delta = static_cast<std::int32_t>(facts.last_offset - facts.first_offset),
          .timestamp = facts.timestamp};
}

bool follows(SequenceNumber last, SequenceNumber next) {
  if (last.value() == sequence_max) return next.value() == 0;
  return next.value() == last.value() + 1;
}

}  // namespace

SequenceNumber ProducerBatch::first_sequence() const {
  if (last_sequence.value() >= offset_delta) {
    return SequenceNumber{last_sequence.value() - offset_delta};
  }
  // Wrapped around: 2^31-1 precedes 0.
  return SequenceNumber{sequence_max - (offset_delta - last_sequence.value()) + 1};
}

void ProducerState::add(const ProducerBatch& batch) {
  if (batch_count == batches_max) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --batch_count;
  }
  batches[batch_count++] = batch;
}

void ProducerState::add_older(const ProducerBatch& batch) {
  if (batch_count == 0 || batch_count == batches_max) return;
  const ProducerBatch& oldest = batches.front();
  if (batch.last_offset >= oldest.first_offset() ||
      !follows(batch.last_sequence, oldest.first_sequence()))
    return;
  const auto known = batches.begin();
  std::move_backward(known, known + batch_count, known + batch_count + 1);
  batches.front() = batch;
  ++batch_count;
}

void ProducerState::set_epoch(model::ProducerEpoch to) {
  if (epoch == to) return;
  epoch = to;
  batch_count = 0;
  batches = {};
}

ProducerFacts data_facts(const record::HeaderView& header, Offset first_offset) {
  return {.producer_id = header.producer_id(),
          .epoch = header.producer_epoch(),
          .base_sequence = header.base_sequence(),
          .last_sequence = header.last_sequence(),
          .transactional = header.is_transactional(),
          .marker = std::nullopt,
          .first_offset = first_offset,
          .last_offset = first_offset + header.last_offset_delta(),
          .timestamp = header.max_timestamp()};
}

Result<std::optional<ProducerFacts>> producer_facts(const record::BatchView& batch,
                                                    Offset first_offset) {
  if (!batch.has_producer_id()) return std::nullopt;
  ProducerFacts facts = data_facts(batch, first_offset);
  if (!batch.is_control()) return facts;
  record::Decompressor decompressor;
  record::RecordReader reader(batch, decompressor);
  const auto first = reader.next();
  if (!first) return fail(first.error());
  if (!*first) return std::nullopt;
  const auto type = record::parse_control_type(**first);
  if (!type) return fail(type.error());
  if (*type != record::ControlType::abort && *type != record::ControlType::commit) {
    return std::nullopt;
  }
  const auto marker = record::parse_end_transaction_marker(**first);
  if (!marker) return fail(marker.error());
  facts.marker = *marker;
  facts.timestamp = (*first)->timestamp;
  return facts;
}

std::optional<ProducerBatch> ProducerStates::find_duplicate(const ProducerFacts& facts) const {
  if (facts.marker) return std::nullopt;
  const auto known = producers_.find(facts.producer_id);
  if (known == producers_.end() || known->second.epoch != facts.epoch) return std::nullopt;
  const ProducerState& state = known->second;
  for (std::size_t i = 0; i < state.batch_count; ++i) {
    const ProducerBatch& batch = state.batches[i];
    if (batch.first_sequence() == facts.base_sequence &&
        batch.last_sequence == facts.last_sequence) {
      return batch;
    }
  }
  return std::nullopt;
}

Result<> ProducerStates::check_sequence(const ProducerState& known,
                                        const ProducerFacts& facts) const {
  if (known.epoch == model::no_producer_epoch) return {};
  if (facts.epoch != known.epoch) {
    if (facts.base_sequence.value() == 0) return {};
    return fail(ErrorCode::out_of_order_sequence_number,
                fmt::format("{}: sequence {} in a new epoch, which begins with 0 (was epoch {})",
                            describe(facts), facts.base_sequence.value(), known.epoch.value()));
  }
  const ProducerBatch* last = known.last_batch();
  const SequenceNumber last_sequence = last == nullptr ? model::no_sequence : last->last_sequence;
  if (follows(last_sequence, facts.base_sequence)) return {};
  return fail(ErrorCode::out_of_order_sequence_number,
              fmt::format("{}: sequence {} after {}", describe(facts), facts.base_sequence.value(),
                          last_sequence.value()));
}

Result<> ProducerStates::check_marker(const ProducerState& known,
                                      const ProducerFacts& facts) const {
  if (facts.marker->coordinator_epoch >= known.coordinator_epoch) return {};
  return fail(ErrorCode::transaction_coordinator_fenced,
              fmt::format("{}: marker of coordinator epoch {}, but {} was here", describe(facts),
                          facts.marker->coordinator_epoch, known.coordinator_epoch));
}

Result<ProducerUpdate> ProducerStates::check(const ProducerFacts& facts,
                                             AppendOrigin origin) const {
  const auto found = producers_.find(facts.producer_id);
  const ProducerState known = found == producers_.end() ? ProducerState{} : found->second;
  const bool strict = origin != AppendOrigin::replication;
  if (strict && facts.epoch < known.epoch) {
    return fail(ErrorCode::invalid_producer_epoch,
                fmt::format("{}: epoch {} is current", describe(facts), known.epoch.value()));
  }
  ProducerUpdate update{facts.producer_id, known, std::nullopt, std::nullopt};
  ProducerState& after = update.after;
  if (facts.marker) {
    if (strict) {
      if (auto checked = check_marker(known, facts); !checked) return fail(checked.error());
    }
    after.set_epoch(facts.epoch);
    after.coordinator_epoch = facts.marker->coordinator_epoch;
    after.last_timestamp = facts.timestamp;
    if (known.transaction_start) {
      update.completed = {facts.producer_id, *known.transaction_start, facts.last_offset,
                          !facts.marker->commit};
    }
    after.transaction_start.reset();
    return update;
  }
  if (origin == AppendOrigin::client) {
    if (auto checked = check_sequence(known, facts); !checked) return fail(checked.error());
  }
  if (strict && known.transaction_start && !facts.transactional) {
    return fail(ErrorCode::invalid_txn_state,
                fmt::format("{}: outside of the transaction that began at offset {}",
                            describe(facts), known.transaction_start->value()));
  }
  after.set_epoch(facts.epoch);
  after.add(batch_of(facts));
  after.last_timestamp = facts.timestamp;
  if (facts.transactional && !known.transaction_start) {
    after.transaction_start = facts.first_offset;
    update.begun = facts.first_offset;
  }
  return update;
}

std::optional<AbortedTransaction> ProducerStates::apply(const ProducerUpdate& update) {
  producers_[update.producer_id] = update.after;
  if (update.begun) open_.emplace(*update.begun, update.producer_id);
  if (!update.completed) return std::nullopt;
  const CompletedTransaction& completed = *update.completed;
  open_.erase(completed.first_offset);
  unreplicated_.emplace(completed.first_offset, completed.last_offset);
  if (!completed.aborted) return std::nullopt;
  const Offset stable = open_.empty() ? completed.last_offset + 1 : open_.begin()->first;
  return AbortedTransaction{completed.producer_id, completed.first_offset, completed.last_offset,
                            stable};
}

std::optional<Offset> ProducerStates::first_unstable() const {
  std::optional<Offset> first;
  if (!open_.empty()) first = open_.begin()->first;
  if (!unreplicated_.empty()) {
    const Offset completed = unreplicated_.begin()->first;
    first = first ? std::min(*first, completed) : completed;
  }
  return first;
}

void ProducerStates::on_high_watermark(Offset high_watermark) {
  std::erase_if(unreplicated_, [&](const auto& entry) { return entry.second < high_watermark; });
}

void ProducerStates::expire(model::Timestamp now, std::int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& entry) {
    const ProducerState& state = entry.second;
    return !state.transaction_start &&
           milliseconds_between(state.last_timestamp, now) >= expiration_ms;
  });
}

void ProducerStates::clear() {
  producers_.clear();
  open_.clear();
  unreplicated_.clear();
}

void ProducerStates::restore(Producers producers) {
  clear();
  producers_ = std::move(producers);
  for (const auto& [id, state] : producers_) {
    if (state.transaction_start) open_.emplace(*state.transaction_start, id);
  }
}

void ProducerStates::recall(std::span<const ProducerFacts> older) {
  for (const ProducerFacts& facts : std::views::reverse(older)) {
    // Headers are believed without their checksums here: such a batch does not exist.
    if (facts.base_sequence < SequenceNumber(0) || facts.last_offset < facts.first_offset) continue;
    const auto found = producers_.find(facts.producer_id);
    if (found != producers_.end() && found->second.epoch == facts.epoch)
      found->second.add_older(batch_of(facts));
  }
}

}  // namespace gregor::log
