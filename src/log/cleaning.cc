// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/cleaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/assert.h"
#include "log/file_names.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Cleaning::Cleaning(Log& log, const CleaningPlan& plan, const Budget& budget)
    : log_(log),
      plan_(plan),
      layout_(log.layout_),
      map_(budget.map_bytes_max, budget.map_load_max, budget.map_key),
      source_(log.segment_of(plan.first_dirty)) {
  ASSERT(plan.first_dirty < plan.end);
}

Cleaning::~Cleaning() = default;

Result<Cleaning::Next> Cleaning::step(std::uint64_t bytes_max, Now now,
                                      record::Decompressor& decompressor) {
  const std::uint64_t before = bytes_read_;
  do {
    if (layout_ != log_.layout_ || !log_.offline_reason().empty()) return Next::overtaken;
    if (auto done = step_once(now, decompressor); !done) return fail(done.error());
    if (job_) return Next::sync;
    if (stage_ == Stage::done) return Next::done;
  } while (bytes_read_ - before < bytes_max);
  return Next::step;
}

Result<> Cleaning::step_once(Now now, record::Decompressor& decompressor) {
  switch (stage_) {
    case Stage::mapping:
      return map_batch(decompressor);
    case Stage::grouping:
      return begin_group();
    case Stage::writing:
      return write_batch(now, decompressor);
    case Stage::syncing:
      return put_in_place();
    case Stage::done:
      break;
  }
  return {};
}

// --- reading ---

Result<> Cleaning::open_source(std::size_t segment) {
  Segment& source = *log_.segments_[segment];
  auto file = source.file();
  if (!file) return fail(file.error());
  if (!*file) {
    return fail(ErrorCode::kafka_storage_error, source.path(FileKind::log) + " is missing");
  }
  read_up_to_ = source.base_offset();
  source_end_ = log_.segments_[segment + 1]->base_offset();
  const auto aborted = log_.aborted_transactions(read_up_to_, source_end_);
  if (!aborted) return fail(aborted.error());
  transactions_.expect(*aborted);
  file_ = std::move(*file);
  source_ = segment;
  source_bytes_ = source.bytes();
  scan_ = std::make_unique<BatchScan>(*file_, 0, source_bytes_, recovery_window_bytes);
  return {};
}

// Sets batch_ to the next one of the source; false at its end.
Result<bool> Cleaning::next_batch() {
  batch_.reset();
  const auto where = [&](const model::Error& error) {
    return fail(error.code, log_.segments_[source_]->path(FileKind::log) + ": " + error.detail);
  };
  const auto header = scan_->next();
  if (!header) return where(header.error());
  if (!*header) return false;
  const BatchPlace place = place_of(**header, scan_->position());
  if (place.base_offset < read_up_to_ || place.last_offset >= source_end_) {
    return where(
        {ErrorCode::corrupt_message, fmt::format("at byte {}: offset {} does not belong here",
                                                 place.position, place.base_offset.value())});
  }
  Result<record::BatchView> batch = fail(ErrorCode::corrupt_message, "");
  if (place.bytes <= recovery_window_bytes) {
    batch = scan_->whole();
  } else {  // the scan has checked that the file has as many bytes
    large_.resize(place.bytes);
    const auto got = file_->read_at(place.position, large_);
    if (!got) return fail(got.error());
    batch = record::BatchView::parse(base::BytesView(large_).first(*got));
  }
  if (!batch) return where(batch.error());
  if (!batch->crc_matches()) {
    return where(
        {ErrorCode::corrupt_message, fmt::format("at byte {}: wrong checksum", place.position)});
  }
  batch_ = *batch;
  read_up_to_ = place.last_offset + 1;
  batch_end_ = place.next_position();
  bytes_read_ += place.bytes;
  return true;
}

// --- the map ---

Result<> Cleaning::map_batch(record::Decompressor& decompressor) {
  if (!scan_) {
    if (log_.segments_[source_]->base_offset() >= plan_.end) {
      finish_mapping();
      return {};
    }
    if (auto opened = open_source(source_); !opened) return opened;
  }
  const auto more = next_batch();
  if (!more) return fail(more.error());
  if (!*more) {
    scan_.reset();
    ++source_;
    return {};
  }
  if (batch_->is_control()) {
    const auto marker = transactions_.take_marker(*batch_);
    return marker ? Result<>{} : fail(marker.error());
  }
  if (transactions_.is_aborted(*batch_)) return {};
  Offset full_at = model::no_offset;
  auto walked =
      record::for_each_record(*batch_, decompressor, [&](const record::RecordView& record) {
        if (!record.key || record.offset < plan_.first_dirty) return true;
        if (map_.put(*record.key, record.offset)) return true;
        full_at = record.offset;
        return false;
      });
  if (!walked) return walked;
  if (full_at == model::no_offset) return {};
  plan_.end = full_at;
  finish_mapping();
  return {};
}

void Cleaning::finish_mapping() {
  scan_.reset();
  transactions_ = {};
  filter_.emplace(map_, FilterRules{.end = plan_.end,
                                    .delete_retention_ms = log_.settings().delete_retention_ms});
  stage_ = Stage::grouping;
}

// --- the new segments ---

Result<> Cleaning::clear_leftovers(Offset base) const {
  for (const FileKind kind :
       {FileKind::log, FileKind::offset_index, FileKind::time_index, FileKind::transaction_index}) {
    const std::string path = log_.folder() + "/" + file_name(base, kind);
    auto removed = log_.folder_.files->disk().remove(path + std::string(cleaned_suffix));
    if (!removed) return removed;
  }
  return {};
}

// As many segments as fit into one.
Result<> Cleaning::begin_group() {
  const auto& segments = log_.segments_;
  if (segments[group_]->base_offset() >= plan_.end) {
    log_.cleaned_to_ = plan_.end;
    stage_ = Stage::done;
    return {};
  }
  const Offset base = segments[group_]->base_offset();
  const auto bytes_max = static_cast<std::uint64_t>(log_.settings().segment_bytes);
  const auto index_max = static_cast<std::uint64_t>(log_.settings().segment_index_bytes);
  std::uint64_t bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t time_bytes = 0;
  bool has_transaction_file = false;
  group_end_ = group_;
  while (segments[group_end_]->base_offset() < plan_.end) {
    Segment& segment = *segments[group_end_];
    bytes += segment.bytes();
    index_bytes += segment.offset_index().bytes();
    time_bytes += segment.time_index().bytes();
    const Offset end = segments[group_end_ + 1]->base_offset();
    const bool fits = bytes <= bytes_max && std::max(index_bytes, time_bytes) <= index_max &&
                      end - base <= std::numeric_limits<std::int32_t>::max();
    if (!fits && group_end_ > group_) break;
    has_transaction_file = has_transaction_file || segment.transaction_index().count() > 0;
    ++group_end_;
  }
  if (auto cleared = clear_leftovers(base); !cleared) return cleared;
  output_ = std::make_unique<Segment>(log_.folder_, base, segments[group_end_ - 1]->created(),
                                      cleaned_suffix);
  // Takes the place of the old one, also if nothing is left to say.
  if (has_transaction_file) output_->require_transaction_file();
  // Also if there is nothing to keep: the new segment is to replace the old ones.
  if (auto made = output_->ensure_file(); !made) return made;
  stage_ = Stage::writing;
  return open_source(group_);
}

// What is remembered of a producer can be found in the log: the batches that it may send again, or,
// if there are none, its last marker.
bool Cleaning::is_remembered(const record::HeaderView& batch) const {
  if (!batch.has_producer_id()) return false;
  const auto& producers = log_.producers_.all();
  const auto known = producers.find(batch.producer_id());
  if (known == producers.end()) return false;
  const ProducerState& state = known->second;
  if (state.batch_count == 0) return batch.is_control() && batch.producer_epoch() == state.epoch;
  const std::span batches = std::span(state.batches).first(state.batch_count);
  const auto same = std::ranges::find(batches, batch.last_offset(), &ProducerBatch::last_offset);
  return same != batches.end();
}

Result<> Cleaning::write_batch(Now now, record::Decompressor& decompressor) {
  const auto more = next_batch();
  if (!more) return fail(more.error());
  if (!*more) {
    if (source_ + 1 < group_end_) return open_source(source_ + 1);
    return end_group();
  }
  const bool ends_group = source_ + 1 == group_end_ && batch_end_ == source_bytes_;
  BatchFilter::Fate fate{.header_needed = ends_group || is_remembered(*batch_)};
  if (batch_->is_control()) {
    const auto marker = transactions_.take_marker(*batch_);
    if (!marker) return fail(marker.error());
    fate.marker_needed = marker->needed;
    if (marker->aborted) output_->note_aborted(*marker->aborted);
  } else {
    fate.aborted = transactions_.is_aborted(*batch_);
  }
  const auto kept = filter_->apply(*batch_, fate, now.wall, decompressor);
  if (!kept) return fail(kept.error());
  if (kept->empty()) return {};
  const auto header = record::HeaderView::parse(*kept);
  if (!header) return fail(header.error());
  const BatchPlace place = place_of(*header, output_->bytes());
  if (!output_->fits(place)) {
    return fail(ErrorCode::corrupt_message,
                output_->path(FileKind::log) + ": what is left does not fit into one segment");
  }
  const base::BytesView pieces[] = {*kept};
  if (auto written = output_->write(pieces); !written) return written;
  output_->note(place);
  bytes_written_ += kept->size();
  return {};
}

Result<> Cleaning::end_group() {
  scan_.reset();
  if (auto finished = output_->finish(); !finished) return finished;
  SyncJob job;
  if (auto collected = output_->collect_files(job.files); !collected) return collected;
  job_ = std::move(job);
  stage_ = Stage::syncing;
  return {};
}

SyncJob Cleaning::take_job() {
  ASSERT(job_.has_value());
  return *std::exchange(job_, std::nullopt);
}

Result<> Cleaning::put_in_place() {
  if (auto done = log_.replace_segments(group_, group_end_, std::move(output_)); !done) return done;
  layout_ = log_.layout_;
  ++group_;
  stage_ = Stage::grouping;
  return {};
}

void Cleaning::abandon() {
  scan_.reset();
  file_.reset();
  if (!output_) return;
  const Offset base = output_->base_offset();
  output_.reset();
  // What cannot be removed now is removed when the log is opened, or cleaned again.
  (void)clear_leftovers(base);
}

}  // namespace gregor::log
