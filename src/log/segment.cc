// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A segment grows, and is opened, cut and removed. (Look-ups: segment_lookup.cc.)
#include "log/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "base/assert.h"
#include "log/time_distance.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::Offset;
using model::Timestamp;

namespace {

// Entries of an index that stay in memory before they move to the file.
constexpr std::size_t unwritten_entries_max = 128;

model::Error misplaced(const BatchPlace& batch) {
  return {ErrorCode::corrupt_message,
          fmt::format("at byte {}: offsets {} to {} do not belong into this segment",
                      batch.position, batch.base_offset.value(), batch.last_offset.value())};
}

}  // namespace

Segment::Segment(LogFolder& folder, Offset base_offset, Timestamp created)
    : Segment(folder, base_offset, created, std::string_view()) {}

Segment::Segment(LogFolder& folder, Offset base_offset, Timestamp created, std::string_view suffix)
    : folder_(folder),
      base_offset_(base_offset),
      suffix_(suffix),
      created_(created),
      largest_(LargestTimestamp{model::no_timestamp, base_offset}) {}

Segment::Segment(LogFolder& folder, Offset base_offset, Timestamp opened, const FileSizes& sizes)
    : folder_(folder),
      base_offset_(base_offset),
      bytes_(sizes.log),
      offsets_(sizes.offset_index),
      times_(sizes.time_index),
      transactions_(sizes.transaction_index.value_or(0)),
      created_(opened),
      finished_(true),
      exists_(true),
      transactions_have_file_(sizes.transaction_index.has_value()) {}

std::int32_t Segment::relative(Offset offset) const {
  const std::int64_t distance = offset - base_offset_;
  ASSERT(distance >= 0 && distance <= std::numeric_limits<std::int32_t>::max(),
         to_string(offset) + " in segment " + to_string(base_offset_));
  return static_cast<std::int32_t>(distance);
}

Result<FilePtr> Segment::file() {
  if (writer_) return writer_;
  return folder_.files->open(reader_, path(FileKind::log));
}

Result<FilePtr> Segment::existing_file() {
  auto opened = file();
  if (opened && !*opened) {
    return fail(ErrorCode::kafka_storage_error, path(FileKind::log) + " is missing");
  }
  return opened;
}

std::unexpected<model::Error> Segment::blame(const model::Error& error) const {
  return fail(error.code, path(FileKind::log) + ": " + error.detail);
}

Result<> Segment::load_first_timestamp() {
  if (first_timestamp_ || bytes_ == 0) return {};
  const auto opened = existing_file();
  if (!opened) return fail(opened.error());
  BatchScan scan(**opened, 0, bytes_, record::batch_header_bytes);
  const auto header = scan.next();
  if (!header) return blame(header.error());
  if (*header) first_timestamp_ = (*header)->max_timestamp();
  return {};
}

Result<std::optional<Timestamp>> Segment::first_timestamp() {
  if (auto loaded = load_first_timestamp(); !loaded) return fail(loaded.error());
  if (!first_timestamp_ || *first_timestamp_ < Timestamp{0}) return std::nullopt;
  return first_timestamp_;
}

Result<bool> Segment::must_roll(const RollQuestion& question,
                                const model::TopicSettings& settings) {
  if (question.last_offset - base_offset_ > std::numeric_limits<std::int32_t>::max()) return true;
  if (bytes_ == 0) return false;
  const auto bytes_max = static_cast<std::uint64_t>(settings.segment_bytes);
  if (bytes_ + question.bytes > bytes_max) return true;
  const auto index_bytes = static_cast<std::uint64_t>(settings.segment_index_bytes);
  if (offsets_.count() >= index_bytes / OffsetIndexFormat::entry_bytes) return true;
  if (times_.count() + 1 >= index_bytes / TimeIndexFormat::entry_bytes) return true;
  if (auto loaded = load_first_timestamp(); !loaded) return fail(loaded.error());
  const bool by_records = first_timestamp_ && *first_timestamp_ >= Timestamp{0};
  const std::int64_t waited = by_records
                                  ? milliseconds_between(*first_timestamp_, question.max_timestamp)
                                  : milliseconds_between(created_, question.now);
  // What compaction may not reach would not be compacted in time.
  const std::int64_t limit = settings.cleanup_policy_compact
                                 ? std::min(settings.segment_ms, settings.max_compaction_lag_ms)
                                 : settings.segment_ms;
  return waited > limit - question.jitter_ms;
}

Result<> Segment::ensure_file() {
  if (writer_) return {};
  const auto opened = folder_.files->disk().open(path(FileKind::log), OpenMode::create);
  if (!opened) return fail(opened.error());
  writer_ = *opened;
  finished_ = false;
  if (!exists_) folder_.names_changed = true;
  exists_ = true;
  return {};
}

Result<> Segment::cut_torn_bytes() {
  if (!torn_) return {};
  if (auto cut = writer_->truncate(bytes_); !cut) return cut;
  torn_ = false;
  return {};
}

Result<> Segment::write(std::span<const base::BytesView> pieces) {
  if (auto ready = ensure_file(); !ready) return ready;
  if (auto cut = cut_torn_bytes(); !cut) return cut;
  finished_ = false;
  if (auto written = writer_->write_at(bytes_, pieces); !written) {
    torn_ = !writer_->truncate(bytes_).has_value();
    return written;
  }
  for (const auto& piece : pieces) bytes_ += piece.size();
  return {};
}

void Segment::enter_time(Timestamp timestamp, Offset offset) {
  if (timestamp <= last_time_entry_) return;
  times_.append({.timestamp = timestamp, .relative_offset = relative(offset)});
  last_time_entry_ = timestamp;
}

bool Segment::fits(const BatchPlace& batch) const {
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  return batch.base_offset >= base_offset_ && batch.last_offset >= batch.base_offset &&
         batch.last_offset - base_offset_ <= largest &&
         batch.position <= static_cast<std::uint64_t>(largest);
}

void Segment::note(const BatchPlace& batch) {
  if (enter(batch)) spill_indexes();
}

bool Segment::enter(const BatchPlace& batch) {
  ASSERT(largest_.has_value());
  if (batch.position == 0) first_timestamp_ = batch.max_timestamp;
  if (batch.max_timestamp > largest_->timestamp) {
    largest_ = {batch.max_timestamp, batch.last_offset};
  }
  const bool due = bytes_since_entry_ > static_cast<std::uint64_t>(folder_.index_interval_bytes);
  if (due) {
    offsets_.append({.relative_offset = relative(batch.last_offset),
                     .position = static_cast<std::int32_t>(batch.position)});
    enter_time(largest_->timestamp, largest_->batch_last_offset);
    bytes_since_entry_ = 0;
  }
  bytes_since_entry_ += batch.bytes;
  return due;
}

// Keeps memory bounded. A failure (a full disk) is no harm: the entries stay in memory, and the
// next ones try again.
void Segment::spill_indexes() {
  if (offsets_.unwritten() >= unwritten_entries_max &&
      offsets_.unwritten() % unwritten_entries_max == 0) {
    (void)offsets_.write_out(place(FileKind::offset_index));
  }
  if (times_.unwritten() >= unwritten_entries_max &&
      times_.unwritten() % unwritten_entries_max == 0) {
    (void)times_.write_out(place(FileKind::time_index));
  }
}

Result<> Segment::finish() {
  if (finished_ || !exists_) return {};
  if (auto cut = cut_torn_bytes(); !cut) return cut;
  if (largest_) enter_time(largest_->timestamp, largest_->batch_last_offset);
  if (auto done = offsets_.write_out(place(FileKind::offset_index)); !done) return done;
  if (auto done = times_.write_out(place(FileKind::time_index)); !done) return done;
  if (transactions_.count() > 0 || transaction_file_required_) {
    if (auto done = transactions_.write_out(place(FileKind::transaction_index)); !done) return done;
    transactions_have_file_ = true;
  } else if (transactions_have_file_) {
    if (auto done = folder_.files->disk().remove(path(FileKind::transaction_index)); !done) {
      return done;
    }
    transactions_have_file_ = false;
  }
  folder_.names_changed = true;
  finished_ = true;
  return {};
}

Result<> Segment::collect_files(std::vector<FilePtr>& files) {
  const auto log_file = file();
  if (!log_file) return fail(log_file.error());
  if (*log_file) files.push_back(*log_file);
  if (!finished_) return {};
  writer_.reset();
  for (const FileKind kind :
       {FileKind::offset_index, FileKind::time_index, FileKind::transaction_index}) {
    auto index = folder_.files->disk().open(path(kind), OpenMode::read);
    if (!index) return fail(index.error());
    if (*index) files.push_back(std::move(*index));
  }
  return {};
}

Result<Offset> Segment::load_tail() {
  largest_.reset();
  bytes_since_entry_ = 0;
  if (bytes_ == 0) {
    largest_ = {model::no_timestamp, base_offset_};
    return base_offset_;
  }
  auto end = read_tail();
  if (end || end.error().code != ErrorCode::corrupt_message || offsets_.count() == 0) return end;
  // The file is not as the index says. If the file is at fault, this finds out.
  if (auto done = rebuild_indexes(); !done) return fail(done.error());
  return read_tail();
}

// From the batch of the last index entry to the end of the file.
Result<Offset> Segment::read_tail() {
  const auto opened = existing_file();
  if (!opened) return fail(opened.error());
  auto largest = largest_timestamp();
  if (!largest) return fail(largest.error());
  const auto anchor = offsets_.last(place(FileKind::offset_index));
  if (!anchor) return fail(anchor.error());
  const std::uint64_t from = *anchor ? position_of(**anchor) : 0;
  if (from >= bytes_) return fail(ErrorCode::corrupt_message, "index entry beyond the file");
  BatchScan scan(**opened, from, bytes_, lookup_window_bytes);
  Offset end = base_offset_;
  for (;;) {
    const auto header = scan.next();
    if (!header) return blame(header.error());
    if (!*header) break;
    const BatchPlace batch = place_of(**header, scan.position());
    if (!fits(batch)) return blame(misplaced(batch));
    if (batch.position == from && *anchor &&
        batch.last_offset != base_offset_ + (*anchor)->relative_offset) {
      return fail(ErrorCode::corrupt_message, "index entry of another batch");
    }
    end = batch.last_offset + 1;
    if (batch.max_timestamp > largest->timestamp) {
      *largest = {batch.max_timestamp, batch.last_offset};
    }
  }
  bytes_since_entry_ = bytes_ - from;
  largest_ = *largest;
  return end;
}

void Segment::reset_indexes(bool keep_transactions) {
  offsets_.close(*folder_.files);
  times_.close(*folder_.files);
  offsets_ = {};
  times_ = {};
  if (!keep_transactions) {
    transactions_.close(*folder_.files);
    transactions_ = {};
  }
  last_time_entry_ = model::no_timestamp;
  largest_ = {model::no_timestamp, base_offset_};
  bytes_since_entry_ = 0;
  finished_ = false;
}

// In memory only: the files are not touched before the .log file has been read to its end.
Result<> Segment::enter_all() {
  const auto opened = existing_file();
  if (!opened) return fail(opened.error());
  BatchScan scan(**opened, 0, bytes_, recovery_window_bytes);
  for (;;) {
    const auto header = scan.next();
    if (!header) return blame(header.error());
    if (!*header) return {};
    const BatchPlace batch = place_of(**header, scan.position());
    if (!fits(batch)) return blame(misplaced(batch));
    enter(batch);
  }
}

Result<> Segment::rebuild_indexes() {
  const bool was_finished = finished_;
  const auto before = std::tuple(offsets_, times_, last_time_entry_, largest_, bytes_since_entry_);
  reset_indexes(true);
  if (auto entered = enter_all(); !entered) {
    std::tie(offsets_, times_, last_time_entry_, largest_, bytes_since_entry_) = before;
    finished_ = was_finished;
    return entered;
  }
  folder_.notes.push_back(
      fmt::format("{}: offset and time index were missing or did not agree with it; "
                  "made anew from its {} bytes",
                  path(FileKind::log), bytes_));
  if (!was_finished) return {};
  // The segment may lie below the recovery point, where everything is believed to be durable.
  if (auto done = finish(); !done) return done;
  std::vector<FilePtr> files;
  if (auto collected = collect_files(files); !collected) return collected;
  for (const FilePtr& written : files) {
    if (auto synced = written->sync(); !synced) return synced;
  }
  return folder_.files->disk().sync_folder(folder_.path);
}

Result<> Segment::truncate_to(std::uint64_t position, Offset offset) {
  ASSERT(position <= bytes_);
  if (auto ready = ensure_file(); !ready) return ready;
  const auto below = [&](const auto& entry) {
    return base_offset_ + entry.relative_offset < offset;
  };
  const auto offsets = offsets_.count_while(below, place(FileKind::offset_index));
  if (!offsets) return fail(offsets.error());
  const auto times = times_.count_while(below, place(FileKind::time_index));
  if (!times) return fail(times.error());
  const auto transactions = transactions_.count_while(
      [&](const AbortedTransaction& entry) { return entry.last_offset < offset; },
      place(FileKind::transaction_index));
  if (!transactions) return fail(transactions.error());
  if (auto cut = writer_->truncate(position); !cut) return cut;
  bytes_ = position;
  torn_ = false;
  offsets_.truncate(*offsets);
  times_.truncate(*times);
  transactions_.truncate(*transactions);
  if (position == 0) first_timestamp_.reset();
  finished_ = false;
  last_time_entry_ = model::no_timestamp;
  const auto last = times_.last(place(FileKind::time_index));
  if (!last) return fail(last.error());
  if (*last) last_time_entry_ = (*last)->timestamp;
  const auto loaded = load_tail();
  if (!loaded) return fail(loaded.error());
  finished_ = false;
  return {};
}

void Segment::close_files() {
  folder_.files->close(reader_);
  offsets_.close(*folder_.files);
  times_.close(*folder_.files);
  transactions_.close(*folder_.files);
  writer_.reset();
}

Result<> Segment::rename(std::string_view suffix) {
  Disk& disk = folder_.files->disk();
  folder_.names_changed = true;
  for (const FileKind kind :
       {FileKind::offset_index, FileKind::time_index, FileKind::transaction_index, FileKind::log}) {
    if (kind == FileKind::transaction_index && !transactions_have_file_) continue;
    const FilePlace to{*folder_.files, folder_.path, base_offset_, kind, suffix};
    if (auto renamed = disk.rename(path(kind), to.path()); !renamed) return renamed;
  }
  suffix_ = suffix;
  return {};
}

Result<> Segment::drop(std::vector<std::string>& removals) {
  close_files();
  Disk& disk = folder_.files->disk();
  folder_.names_changed = true;
  for (const FileKind kind : {FileKind::log, FileKind::offset_index, FileKind::time_index,
                              FileKind::transaction_index, FileKind::snapshot}) {
    const std::string from = path(kind);
    const auto exists = disk.open(from, OpenMode::read);
    if (!exists) return fail(exists.error());
    if (!*exists) continue;
    std::string to = from + std::string(deleted_suffix);
    if (auto renamed = disk.rename(from, to); !renamed) return renamed;
    removals.push_back(std::move(to));
  }
  return {};
}

}  // namespace gregor::log
