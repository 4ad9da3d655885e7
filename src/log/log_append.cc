// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Appending: decide everything, write once, then change the state. A failed write leaves no trace.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/assert.h"
#include "log/invariants.h"
#include "log/log.h"
#include "log/producer_snapshot.h"
#include "log/whole_file.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

// How much earlier than segment.ms a segment may end, so that the partitions of a broker do not all
// roll at once: drawn from the names, so that it needs no dice.
std::int64_t jitter_of(const TopicPartition& name, Offset base_offset,
                       const model::TopicSettings& settings) {
  const std::int64_t jitter_max = std::min(settings.segment_jitter_ms, settings.segment_ms);
  if (jitter_max <= 0) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
  for (const char c : name.topic) mix(static_cast<unsigned char>(c));
  mix(static_cast<std::uint64_t>(name.partition.value()));
  mix(static_cast<std::uint64_t>(base_offset.value()));
  return static_cast<std::int64_t>((hash >> 1) % static_cast<std::uint64_t>(jitter_max));
}

bool offsets_run_out(Offset end, std::int32_t delta) {
  return end.value() > std::numeric_limits<std::int64_t>::max() - delta - 1;
}

Appended duplicate_of(const ProducerBatch& batch) {
  return {.first_offset = batch.first_offset(),
          .last_offset = batch.last_offset,
          .max_timestamp = batch.timestamp,
          .duplicate = true,
          .rolled = false};
}

// DeleteRecords may leave a leader a log that starts within a batch, and a batch comes whole. For a
// log that holds nothing and starts there, too: the offset, below that start, at which the first of
// `batches` begins (KAFKA-6975). nullopt when they begin otherwise, or are none.
std::optional<Offset> base_below_start(const Log& log, base::BytesView batches) {
  if (log.log_start() < log.log_end()) return std::nullopt;
  const auto batch = record::ValidBatch::parse(batches);
  if (!batch) return std::nullopt;
  const BatchPlace place = place_of(*batch, 0);
  const bool around = place.base_offset < log.log_start() && log.log_start() <= place.last_offset;
  return around ? std::optional(place.base_offset) : std::nullopt;
}

// The log begins anew where the batch does; what is deleted stays so. A recovery point that is in
// the checkpoint files may be above that base, but not above the start in them: so it promises
// nothing (LogOpener::settle_recovery_point). When the disk refuses, the log holds nothing, as
// before.
Result<Appended> begin_below_start(Log& log, Offset base, base::BytesView batches, Now now) {
  const Offset start = log.log_start();
  if (auto begun = log.truncate_fully_and_start_at(base, now); !begun) return fail(begun.error());
  auto appended = log.append_as_follower(batches, now);
  if (log.log_end() <= start) {
    if (auto back = log.truncate_fully_and_start_at(start, now); !back) return fail(back.error());
    return appended;
  }
  log.advance_high_watermark(start);
  if (auto raised = log.delete_records_before(start); !raised) return fail(raised.error());
  return appended;
}

}  // namespace

Result<Appended> Log::append_as_leader(const record::ValidBatch& batch, const LeaderAppend& how,
                                       Now now) {
  if (auto appendable = check_appendable(); !appendable) return fail(appendable.error());
  if (how.leader_epoch < epochs_.latest().value_or(LeaderEpoch{0})) {
    return fail(ErrorCode::fenced_leader_epoch,
                fmt::format("{}: epoch {}, but the log has records of epoch {}", to_string(name_),
                            how.leader_epoch.value(), epochs_.latest()->value()));
  }
  const Offset first = offsets_.end();
  if (offsets_run_out(first, batch.last_offset_delta())) {
    return fail(ErrorCode::kafka_storage_error, to_string(name_) + ": no offsets are left");
  }
  BatchPlace place{.position = 0,
                   .bytes = batch.size_bytes(),
                   .base_offset = first,
                   .last_offset = first + batch.last_offset_delta(),
                   .max_timestamp = how.stamp ? how.stamp->max : batch.max_timestamp(),
                   .leader_epoch = how.leader_epoch};
  auto facts = producer_facts(batch, first);
  if (!facts) return fail(facts.error());
  std::optional<ProducerUpdate> update;
  if (*facts) {
    if (!(*facts)->marker) (*facts)->timestamp = place.max_timestamp;
    if (how.origin == AppendOrigin::client) {
      if (const auto earlier = producers_.find_duplicate(**facts)) return duplicate_of(*earlier);
    }
    auto checked = producers_.check(**facts, how.origin);
    if (!checked) return fail(checked.error());
    update = *checked;
  }
  bool rolled = false;
  if (auto ready = roll_if_needed(place, now, rolled); !ready) return fail(ready.error());
  place.position = active().bytes();
  const record::BatchHeader header =
      record::patched_header(batch, first, how.leader_epoch, how.stamp);
  const std::array<base::BytesView, 2> pieces{header, batch.records()};
  if (auto written = active().write(pieces); !written) return fail(written.error());
  commit(place, update);
  return Appended{.first_offset = place.base_offset,
                  .last_offset = place.last_offset,
                  .max_timestamp = place.max_timestamp,
                  .duplicate = false,
                  .rolled = rolled};
}

Result<Appended> Log::append_as_follower(base::BytesView batches, Now now) {
  if (auto appendable = check_appendable(); !appendable) return fail(appendable.error());
  if (const auto base = base_below_start(*this, batches)) {
    return begin_below_start(*this, *base, batches, now);
  }
  Appended appended{.first_offset = offsets_.end(),
                    .last_offset = offsets_.end() - 1,
                    .max_timestamp = model::no_timestamp};
  bool is_first = true;
  while (const auto bytes = record::peek_batch_size(batches)) {
    if (*bytes > batches.size()) break;
    const auto batch = record::ValidBatch::parse(batches);
    if (!batch) return fail(batch.error());
    BatchPlace place = place_of(*batch, 0);
    if (place.base_offset < offsets_.end() ||
        (place.leader_epoch >= LeaderEpoch{0} &&
         place.leader_epoch < epochs_.latest().value_or(LeaderEpoch{0}))) {
      return fail(
          ErrorCode::corrupt_message,
          fmt::format("{}: batch of offset {} and epoch {} does not continue the log, which "
                      "ends at {} in epoch {}",
                      to_string(name_), place.base_offset.value(), place.leader_epoch.value(),
                      offsets_.end().value(),
                      epochs_.latest().value_or(model::no_leader_epoch).value()));
    }
    auto facts = producer_facts(*batch, place.base_offset);
    if (!facts) return fail(facts.error());
    std::optional<ProducerUpdate> update;
    if (*facts) {
      auto checked = producers_.check(**facts, AppendOrigin::replication);
      if (!checked) return fail(checked.error());
      update = *checked;
    }
    if (auto ready = roll_if_needed(place, now, appended.rolled); !ready) {
      return fail(ready.error());
    }
    place.position = active().bytes();
    const std::array<base::BytesView, 1> pieces{batch->bytes()};
    if (auto written = active().write(pieces); !written) return fail(written.error());
    commit(place, update);
    if (is_first) appended.first_offset = place.base_offset;
    is_first = false;
    appended.last_offset = place.last_offset;
    appended.max_timestamp = std::max(appended.max_timestamp, place.max_timestamp);
    batches = batches.subspan(*bytes);
  }
  return appended;
}

Result<> Log::roll_if_needed(const BatchPlace& batch, Now now, bool& rolled) {
  if (batch.bytes > static_cast<std::uint64_t>(settings_->segment_bytes)) {
    return fail(ErrorCode::record_list_too_large,
                fmt::format("a batch of {} bytes does not fit into a segment of {}", batch.bytes,
                            settings_->segment_bytes));
  }
  const RollQuestion question{.now = now.wall,
                              .max_timestamp = batch.max_timestamp,
                              .last_offset = batch.last_offset,
                              .bytes = batch.bytes,
                              .jitter_ms = jitter_of(name_, active().base_offset(), *settings_)};
  const auto must = active().must_roll(question, *settings_);
  if (!must) return fail(must.error());
  if (!*must) return {};
  // A segment begins where the one before ends, also if the batch (of a follower) begins later: so
  // that recovery can tell a hole from what compaction left.
  const bool far = batch.last_offset - offsets_.end() > std::numeric_limits<std::int32_t>::max();
  if (auto done = roll(far ? batch.base_offset : offsets_.end(), now); !done) return done;
  rolled = true;
  return {};
}

// What could not be written now is written before the segment counts as synced. Only the names
// must be in order: a power cut that leaves a segment but not the one before would leave a hole.
// (The owner syncs after each roll, so that this was done long ago, but for the first segment.)
Result<> Log::roll(Offset base_offset, Now now) {
  if (active().bytes() == 0) {
    // Empty and yet too far away from the new offset (of a follower): it is replaced.
    (void)drop_segment(segments_.size() - 1);
    if (segments_.empty()) offsets_.restart_at(base_offset);
  } else {
    if (auto kept = keep_name(segments_.size() - 1); !kept) return kept;
    (void)active().finish();
    if (const auto written = write_snapshot(); !written) {
      folder_.notes.push_back("producer snapshot was not written: " + written.error().detail);
    }
  }
  segments_.push_back(std::make_unique<Segment>(folder_, base_offset, now.wall));
  recent_ = {};
  return {};
}

Offset Log::last_name() const {
  for (auto at = segments_.rbegin(); at != segments_.rend(); ++at) {
    if ((*at)->has_file()) return (*at)->base_offset();
  }
  return model::no_offset;
}

Result<> Log::keep_name(std::size_t segment) {
  const Offset base = segments_[segment]->base_offset();
  if (durable_names_ >= base) return {};
  if (auto synced = folder_.files->disk().sync_folder(folder_.path); !synced) return synced;
  durable_names_ = last_name();
  return {};
}

// Of the state at the log's end.
Result<> Log::write_snapshot() {
  const Offset end = offsets_.end();
  if (end <= last_snapshot_) return {};
  auto written =
      replace_file(folder_.files->disk(), folder_.path, file_name(end, FileKind::snapshot),
                   encode_producer_snapshot(producers_.all()), Durability::later);
  if (!written) return written;
  last_snapshot_ = end;
  unsynced_snapshots_.push_back(end);
  folder_.names_changed = true;
  return {};
}

void Log::commit(const BatchPlace& batch, const std::optional<ProducerUpdate>& update) {
  ASSERT(batch.base_offset >= offsets_.end());
  ASSERT(active().fits(batch));
  active().note(batch);
  if (batch.leader_epoch >= LeaderEpoch{0}) enter_epoch(batch.leader_epoch, batch.base_offset);
  if (update) {
    if (const auto aborted = producers_.apply(*update)) active().note_aborted(*aborted);
  }
  offsets_.advance_end(batch.last_offset + 1);
  offsets_.set_first_unstable(producers_.first_unstable());
  recent_.add(batch);
  check_invariants(*this);
}

}  // namespace gregor::log
