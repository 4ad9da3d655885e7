// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening a log: what lies in the folder, and what is believed of it. (Scanning: log_recovery.cc.)
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "log/file_names.h"
#include "log/invariants.h"
#include "log/log_opener.h"
#include "log/whole_file.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Result<OpenedLog> Log::open(LogHome home, SettingsPtr settings, const OpenOptions& options,
                            Now now) {
  return LogOpener(std::move(home), std::move(settings), options, now).open();
}

LogOpener::LogOpener(LogHome home, SettingsPtr settings, const OpenOptions& options, Now now)
    : options_(options), now_(now) {
  log_.reset(new Log(std::move(home), std::move(settings), LogOffsets(Offset{0}, Offset{0})));
  log_->producer_id_expiration_ms_ = options.producer_id_expiration_ms;
  log_->last_sync_ = now.monotonic;
}

std::unexpected<model::Error> LogOpener::offline(const std::string& why) const {
  return fail(ErrorCode::corrupt_message, log_->folder() + ": " + why);
}

// Of what was read from files that should be whole.
std::unexpected<model::Error> LogOpener::damaged(const model::Error& error) const {
  if (error.code == ErrorCode::unsupported_for_message_format ||
      error.code == ErrorCode::kafka_storage_error)
    return fail(error);
  return offline(error.detail);
}

Result<OpenedLog> LogOpener::open() {
  if (auto found = find_files(); !found) return fail(found.error());
  if (auto made = make_segments(); !made) return fail(made.error());
  auto opened = options_.clean_stop ? believe() : recover();
  if (!opened) {
    auto& lines = log_->folder_.notes;
    std::string detail = opened.error().detail;
    for (const std::string& line : lines) detail += "; " + line;
    return fail(opened.error().code, std::move(detail));
  }
  if (auto settled = settle(); !settled) return fail(settled.error());
  std::ranges::move(log_->take_notes(), std::back_inserter(report_.lines));
  check_invariants(*log_);
  return OpenedLog{std::move(log_), std::move(report_)};
}

Result<> LogOpener::find_files() {
  Disk& disk = log_->folder_.files->disk();
  const std::string& path = log_->folder_.path;
  auto entries = disk.list(path);
  if (!entries) {
    if (auto made = disk.create_folder(path); !made) return made;
    log_->parent_changed_ = true;
    entries = disk.list(path);
    if (!entries) return fail(entries.error());
  }
  if (auto finished = finish_swaps(*entries); !finished) return finished;
  entries = disk.list(path);
  if (!entries) return fail(entries.error());
  for (const FolderEntry& entry : *entries) {
    if (auto done = sort_out(entry); !done) return done;
  }
  // Indexes without a segment are what a removal left.
  for (auto at = found_.begin(); at != found_.end();) {
    if (at->second.log) {
      ++at;
      continue;
    }
    for (const FileKind kind :
         {FileKind::offset_index, FileKind::time_index, FileKind::transaction_index}) {
      if (auto done = disk.remove(path + "/" + file_name(at->first, kind)); !done) return done;
    }
    report_.lines.push_back(fmt::format("{}: removed indexes of a segment {} that is not there",
                                        path, at->first.value()));
    at = found_.erase(at);
  }
  return {};
}

Result<> LogOpener::sort_out(const FolderEntry& entry) {
  const std::string path = log_->folder_.path + "/" + entry.name;
  const std::string_view name = entry.name;
  if (entry.is_folder) return {};
  if (name.ends_with(deleted_suffix) || name.ends_with(cleaned_suffix) ||
      name.ends_with(temporary_suffix)) {
    log_->folder_.names_changed = true;
    return log_->folder_.files->disk().remove(path);
  }
  if (name.ends_with(swap_suffix)) return {};  // of no segment; not ours
  if (const auto file = parse_file_name(name)) {
    if (file->base_offset.value() > offset_max) {
      return offline(entry.name + ": no log gets that far");
    }
    note_size(*file, entry.size);
  }
  return {};
}

void LogOpener::note_size(const FileName& name, std::uint64_t size) {
  switch (name.kind) {
    case FileKind::log:
      found_[name.base_offset].log = size;
      return;
    case FileKind::offset_index:
      found_[name.base_offset].offset_index = size;
      return;
    case FileKind::time_index:
      found_[name.base_offset].time_index = size;
      return;
    case FileKind::transaction_index:
      found_[name.base_offset].transaction_index = size;
      return;
    case FileKind::snapshot:
      snapshots_.insert(name.base_offset);
      return;
  }
}

Result<> LogOpener::make_segments() {
  for (const auto& [base, files] : found_) {
    log_->segments_.push_back(std::make_unique<Segment>(
        log_->folder_, base, now_.wall,
        Segment::FileSizes{.log = *files.log,
                           .offset_index = files.offset_index.value_or(0),
                           .time_index = files.time_index.value_or(0),
                           .transaction_index = files.transaction_index}));
  }
  if (log_->segments_.empty()) {
    log_->segments_.push_back(
        std::make_unique<Segment>(log_->folder_, options_.log_start, now_.wall));
  }
  // First of all, because they may be only some of those that had been dropped.
  while (log_->segments_.size() > 1 && log_->segments_[1]->base_offset() <= options_.log_start) {
    if (auto dropped = log_->drop_segment(0); !dropped) return dropped;
  }
  settle_recovery_point();
  return {};
}

// When all that was synced is deleted, too, the recovery point promises nothing: neither that a
// batch that begins below it is whole (Log::append_as_follower), nor that one is there.
void LogOpener::settle_recovery_point() {
  if (options_.recovery_point > options_.log_start) return;
  const Offset first = log_->segments_.front()->base_offset();
  options_.recovery_point = std::min(options_.recovery_point, first);
}

// Rebuilds the indexes of the segments before `end` that are missing or torn. (What is whole but
// wrong shows when it is used.)
Result<> LogOpener::mend_indexes(std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    Segment& segment = *log_->segments_[i];
    const auto files = found_.find(segment.base_offset());
    if (files == found_.end() || segment.bytes() == 0) continue;
    const FoundSegment& sizes = files->second;
    const bool whole = sizes.offset_index && sizes.time_index &&
                       *sizes.offset_index % OffsetIndexFormat::entry_bytes == 0 &&
                       *sizes.time_index % TimeIndexFormat::entry_bytes == 0;
    if (whole) continue;
    if (auto rebuilt = segment.rebuild_indexes(); !rebuilt) {
      return damaged(rebuilt.error());
    }
    ++report_.indexes_rebuilt;
  }
  return {};
}

// From the checkpoint, or from the batches of the segments before `end` if it is of no use.
Result<> LogOpener::load_epochs(std::size_t end) {
  Disk& disk = log_->folder_.files->disk();
  const std::string path = log_->folder_.path + "/" + std::string(leader_epoch_checkpoint_name);
  const auto bytes = read_whole_file(disk, path);
  if (!bytes) return fail(bytes.error());
  const bool has_data =
      std::ranges::any_of(log_->segments_, [](const auto& s) { return s->bytes() > 0; });
  if (!*bytes && !has_data) return {};
  std::string problem = "is missing";
  if (*bytes) {
    auto epochs = decode_leader_epochs(**bytes);
    if (epochs) {
      log_->epochs_ = std::move(*epochs);
      return {};
    }
    problem = epochs.error().detail;
  }
  report_.lines.push_back(path + ": " + problem + "; made anew from the batches");
  log_->epochs_changed_ = true;
  return scan_epochs(end);
}

Result<> LogOpener::scan_epochs(std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    Segment& segment = *log_->segments_[i];
    const auto file = segment.file();
    if (!file) return fail(file.error());
    if (!*file) continue;
    BatchScan scan(**file, 0, segment.bytes(), recovery_window_bytes);
    for (;;) {
      const auto header = scan.next();
      if (!header) {
        return damaged(
            {header.error().code, segment.path(FileKind::log) + ": " + header.error().detail});
      }
      if (!*header) break;
      const LeaderEpoch epoch = (*header)->partition_leader_epoch();
      if (epoch > log_->epochs_.latest().value_or(model::no_leader_epoch)) {
        log_->epochs_.assign(epoch, (*header)->base_offset());
      }
    }
  }
  return {};
}

// After a clean stop: everything is as it was left.
Result<> LogOpener::believe() {
  if (auto mended = mend_indexes(log_->segments_.size()); !mended) return mended;
  const auto end = log_->active().load_tail();
  if (!end) return damaged(end.error());
  end_ = *end;
  if (end_ < options_.recovery_point) {
    return offline(fmt::format("ends at offset {}, but was synced up to {}", end_.value(),
                               options_.recovery_point.value()));
  }
  if (auto loaded = load_epochs(log_->segments_.size()); !loaded) return loaded;
  log_->recovery_point_ = log_->sync_asked_for_ = end_;
  log_->durable_names_ = log_->last_name();
  return log_->reload_producers(end_);
}

// What is left to do whichever way the files were read.
Result<> LogOpener::settle() {
  const Offset first = log_->segments_.front()->base_offset();
  const Offset start = std::max(first, options_.log_start);
  if (start > end_) {
    return start_over(fmt::format("log start {} is above the end {} of what is there",
                                  start.value(), end_.value()));
  }
  log_->offsets_ = LogOffsets(start, end_);
  log_->producers_.on_high_watermark(end_);
  log_->producers_.expire(now_.wall, options_.producer_id_expiration_ms);
  log_->offsets_.set_first_unstable(log_->producers_.first_unstable());
  const bool from_end = log_->epochs_.truncate_from_end(end_ + 1);
  const bool from_start = log_->epochs_.truncate_from_start(start);
  if (from_end || from_start) log_->epochs_changed_ = true;
  if (log_->epochs_changed_) log_->save_epochs();
  log_->cleaned_to_ = std::min(options_.cleaned_to, log_->recovery_point_);
  return remove_stray_snapshots();
}

// The records that were deleted up to a later offset are all that there was.
Result<> LogOpener::start_over(const std::string& why) {
  report_.lines.push_back(log_->folder_.path + ": " + why + "; the log begins there, empty");
  return log_->restart_files(options_.log_start, now_);
}

// As Kafka: those at the start of a segment are kept, and the newest one.
Result<> LogOpener::remove_stray_snapshots() {
  for (const Offset snapshot : snapshots_) {
    const bool at_segment = std::ranges::any_of(
        log_->segments_, [&](const auto& s) { return s->base_offset() == snapshot; });
    if (at_segment || snapshot == log_->last_snapshot_) continue;
    const std::string path = log_->folder_.path + "/" + file_name(snapshot, FileKind::snapshot);
    if (auto removed = log_->folder_.files->disk().remove(path); !removed) return removed;
    log_->folder_.names_changed = true;
  }
  return {};
}

}  // namespace gregor::log
