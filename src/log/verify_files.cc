// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Verification, second part: what the other files say, against what the batches say.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/producer_snapshot.h"
#include "log/verifier.h"
#include "log/whole_file.h"

namespace gregor::log {

using model::fail;
using model::Offset;

template <class Format>
Result<std::vector<typename Format::Entry>> Verifier::read_entries(Offset base, FileKind kind) {
  file_ = file_name(base, kind);
  std::vector<typename Format::Entry> entries;
  const auto bytes = read_whole_file(disk_, folder_ + "/" + file_);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return entries;
  if ((*bytes)->size() % Format::entry_bytes != 0) {
    add(Severity::error, fmt::format("{} bytes at the end are no whole entry",
                                     (*bytes)->size() % Format::entry_bytes));
  }
  // A broker that runs, or died, leaves room for entries to come: zeros.
  const base::Bytes& raw = **bytes;
  std::size_t used = raw.size();
  while (used > 0 && raw[used - 1] == std::byte{0}) --used;
  const std::size_t count = (used + Format::entry_bytes - 1) / Format::entry_bytes;
  if ((raw.size() / Format::entry_bytes) > count) {
    add(Severity::note,
        fmt::format("{} unused entries at the end", raw.size() / Format::entry_bytes - count));
  }
  for (std::size_t i = 0; i < std::min(count, raw.size() / Format::entry_bytes); ++i) {
    entries.push_back(Format::decode(raw.data() + i * Format::entry_bytes));
  }
  report_.index_entries += entries.size();
  return entries;
}

Result<> Verifier::check_indexes(Offset base, bool last) {
  const auto& sizes = segments_.at(base);
  const bool has_batches = !last_offsets_.empty();
  for (const FileKind kind : {FileKind::offset_index, FileKind::time_index}) {
    if (sizes.contains(kind) || !has_batches) continue;
    file_ = file_name(base, kind);
    add(last ? Severity::note : Severity::error, "is missing");
  }
  if (sizes.contains(FileKind::offset_index)) {
    const auto entries = read_entries<OffsetIndexFormat>(base, FileKind::offset_index);
    if (!entries) return fail(entries.error());
    check_offset_entries(*entries, base);
  }
  if (sizes.contains(FileKind::time_index)) {
    const auto entries = read_entries<TimeIndexFormat>(base, FileKind::time_index);
    if (!entries) return fail(entries.error());
    check_time_entries(*entries, base, last);
  }
  const auto aborted = read_entries<TransactionIndexFormat>(base, FileKind::transaction_index);
  if (!aborted) return fail(aborted.error());
  check_aborted(*aborted);
  return {};
}

void Verifier::check_offset_entries(const std::vector<OffsetIndexEntry>& entries, Offset base) {
  const OffsetIndexEntry* before = nullptr;
  for (const OffsetIndexEntry& entry : entries) {
    const Offset offset = base + entry.relative_offset;
    const auto position = static_cast<std::uint64_t>(entry.position);
    const auto batch = std::ranges::lower_bound(last_offsets_, position, {}, &Ending::position);
    if (batch == last_offsets_.end() || batch->position != position || batch->offset != offset) {
      add(Severity::error,
          fmt::format("entry for offset {} names byte {}, where no batch ends with it",
                      offset.value(), entry.position));
    }
    if (before != nullptr &&
        (entry.relative_offset <= before->relative_offset || entry.position <= before->position)) {
      add(Severity::error, fmt::format("entry for offset {} is out of order", offset.value()));
    }
    before = &entry;
  }
}

void Verifier::check_time_entries(const std::vector<TimeIndexEntry>& entries, Offset base,
                                  bool last) {
  const TimeIndexEntry* before = nullptr;
  for (const TimeIndexEntry& entry : entries) {
    const Offset offset = base + entry.relative_offset;
    const auto batch = largest_times_.find(offset);
    if (batch == largest_times_.end() || batch->second != entry.timestamp) {
      add(Severity::error, fmt::format("entry for time {} names offset {}, which does not bring it",
                                       entry.timestamp.value(), offset.value()));
    }
    if (before != nullptr && (entry.timestamp <= before->timestamp ||
                              entry.relative_offset <= before->relative_offset)) {
      add(Severity::error, fmt::format("entry for offset {} is out of order", offset.value()));
    }
    before = &entry;
  }
  const model::Timestamp stored = before == nullptr ? model::no_timestamp : before->timestamp;
  if (!broken_ && stored != largest_time_ && largest_time_ > model::no_timestamp) {
    add(last ? Severity::note : Severity::error,
        fmt::format("ends with time {}, but the largest is {}", stored.value(),
                    largest_time_.value()));
  }
}

void Verifier::check_aborted(const std::vector<AbortedTransaction>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!TransactionIndexFormat::valid(entries[i]) ||
        (i > 0 && entries[i].last_offset <= entries[i - 1].last_offset)) {
      add(Severity::error, fmt::format("entry {} is no aborted transaction, or out of order", i));
      return;
    }
  }
  // Without the first records of a transaction its marker says nothing.
  if (!complete_ || broken_ || entries == aborted_) return;
  add(Severity::error, fmt::format("{} aborted transactions, but the batches have {}, or others",
                                   entries.size(), aborted_.size()));
}

void Verifier::compare_producer(model::ProducerId id, const ProducerState& state) {
  const auto known = producers_.all().find(id);
  if (known == producers_.all().end()) {
    if (complete_) {
      add(Severity::error, fmt::format("producer {} has written nothing", id.value()));
    }
    return;
  }
  const ProducerState& derived = known->second;
  const ProducerBatch* stored_last = state.last_batch();
  const ProducerBatch* derived_last = derived.last_batch();
  const Offset stored_offset = stored_last ? stored_last->last_offset : model::no_offset;
  const Offset derived_offset = derived_last ? derived_last->last_offset : model::no_offset;
  const bool same = state.epoch == derived.epoch && stored_offset == derived_offset &&
                    state.transaction_start == derived.transaction_start &&
                    state.coordinator_epoch == derived.coordinator_epoch &&
                    (!stored_last || stored_last->last_sequence == derived_last->last_sequence);
  if (same) return;
  add(complete_ ? Severity::error : Severity::note,
      fmt::format("producer {}: epoch {}, last offset {}, but the batches have {}, {}", id.value(),
                  state.epoch.value(), stored_offset.value(), derived.epoch.value(),
                  derived_offset.value()));
}

Result<> Verifier::check_snapshot(Offset at) {
  file_ = file_name(at, FileKind::snapshot);
  const auto bytes = read_whole_file(disk_, folder_ + "/" + file_);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return {};
  const auto producers = decode_producer_snapshot(**bytes);
  if (!producers) {
    add(Severity::error, producers.error().detail);
    return {};
  }
  if (broken_) return {};
  for (const auto& [id, state] : *producers) compare_producer(id, state);
  // Ones that are missing may have been silent for too long.
  for (const auto& [id, state] : producers_.all()) {
    if (!producers->contains(id) && state.transaction_start) {
      add(Severity::error,
          fmt::format("producer {} has an open transaction and is missing", id.value()));
    }
  }
  return {};
}

Result<> Verifier::check_epochs() {
  file_ = std::string(leader_epoch_checkpoint_name);
  if (!has_epochs_) {
    if (epoch_ >= model::LeaderEpoch{0}) add(Severity::error, "is missing");
    return {};
  }
  const auto bytes = read_whole_file(disk_, folder_ + "/" + file_);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return {};
  const auto stored = decode_leader_epochs(**bytes);
  if (!stored) {
    add(Severity::error, stored.error().detail);
    return {};
  }
  for (const EpochStart& derived : epochs_.entries()) {
    const auto entry = std::ranges::find(stored->entries(), derived.epoch, &EpochStart::epoch);
    const bool is_first = derived == epochs_.entries().front();
    if (entry == stored->entries().end()) {
      // Epochs that end below the log start are forgotten before their records are removed.
      const bool may_be_gone =
          stored->entries().empty() || stored->entries().front().epoch > derived.epoch;
      add(may_be_gone ? Severity::note : Severity::error,
          fmt::format("epoch {}, which begins at offset {}, is missing", derived.epoch.value(),
                      derived.start.value()));
    } else if (entry->start != derived.start) {
      // Of the first epoch records may be missing on either side.
      const bool may_differ = !complete_ || is_first || entry == stored->entries().begin();
      add(may_differ ? Severity::note : Severity::error,
          fmt::format("epoch {} begins at offset {}, but its first batch is at {}",
                      derived.epoch.value(), entry->start.value(), derived.start.value()));
    }
  }
  for (const EpochStart& entry : stored->entries()) {
    if (end_ && entry.start > *end_) {
      add(Severity::error, fmt::format("epoch {} begins at offset {}, beyond the end {}",
                                       entry.epoch.value(), entry.start.value(), end_->value()));
    }
  }
  return {};
}

}  // namespace gregor::log
