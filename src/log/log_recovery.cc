// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening a log after a crash: see log_opener.h.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "log/file_names.h"
#include "log/log_opener.h"
#include "log/parent_folder.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Result<> LogOpener::recover() {
  // Whoever crashed may have synced none of the names, nor the newest of the small files.
  log_->parent_changed_ = log_->folder_.names_changed = log_->epochs_unsynced_ = true;
  // If the recovery point is where a segment ends, its indexes may have been written since.
  const std::size_t first = log_->segment_of(options_.recovery_point - 1);
  if (auto prepared = prepare_recovery(first); !prepared) return prepared;
  const LeaderEpochs from_file = log_->epochs_;
  log_->epochs_.truncate_from_end(log_->segments_[first]->base_offset());
  end_ = log_->segments_[first]->base_offset();
  epoch_ = log_->epochs_.latest().value_or(model::no_leader_epoch);
  for (std::size_t i = first; i < log_->segments_.size() && !cut_; ++i) {
    if (auto scanned = scan_segment(i); !scanned) return scanned;
  }
  if (end_ < options_.recovery_point) {
    return offline(fmt::format("ends at offset {}, but was synced up to {}", end_.value(),
                               options_.recovery_point.value()));
  }
  reenter_begun_epochs(from_file);
  if (log_->epochs_ != from_file) log_->epochs_changed_ = true;
  log_->recovery_point_ = log_->sync_asked_for_ = options_.recovery_point;
  return sync_recovered(first);
}

// The recovery point stays: that the indexes are durable, too, is for the next sync job to see to,
// and a disk that is too full for them keeps nobody from reading.
Result<> LogOpener::sync_recovered(std::size_t first) {
  const bool promised = log_->settings_->flush_messages != model::unlimited;
  if (!promised || end_ == options_.recovery_point) return {};
  const std::string& path = log_->folder_.path;
  SyncJob job{.folders = {path, parent_of(path)}, .up_to = end_, .names_up_to = end_};
  for (std::size_t i = std::min(first, log_->segments_.size()); i < log_->segments_.size(); ++i) {
    const auto file = log_->segments_[i]->file();
    if (!file) return fail(file.error());
    if (*file) job.files.push_back(*file);
  }
  if (auto synced = run(log_->folder_.files->disk(), job); !synced) return synced;
  log_->durable_names_ = log_->last_name();
  return {};
}

// The state at the start of the first segment that is scanned. Younger snapshots may be of a past
// that did not survive the crash.
Result<> LogOpener::prepare_recovery(std::size_t first) {
  if (auto mended = mend_indexes(first); !mended) return mended;
  const Offset base = log_->segments_[first]->base_offset();
  if (auto dropped = log_->drop_snapshots_above(base); !dropped) return dropped;
  std::erase_if(snapshots_, [&](Offset snapshot) { return snapshot > base; });
  if (snapshots_.contains(base)) log_->unsynced_snapshots_.push_back(base);
  if (auto loaded = load_epochs(first); !loaded) return loaded;
  return log_->reload_producers(base);
}

// Leaders that wrote nothing have no batch to be found by.
void LogOpener::reenter_begun_epochs(const LeaderEpochs& from_file) {
  for (const EpochStart& entry : from_file.entries()) {
    if (entry.start == end_ &&
        entry.epoch > log_->epochs_.latest().value_or(model::no_leader_epoch)) {
      log_->epochs_.assign(entry.epoch, entry.start);
    }
  }
}

// A segment that does not begin where the one before ends: bytes in between were lost, unless all
// of it was synced. Then the hole is what compaction by Kafka leaves when nothing survives at the
// end of a segment (that by Gregor keeps the last batch), and the log goes on behind it.
Result<> LogOpener::pass_gap(std::size_t index) {
  const Offset base = log_->segments_[index]->base_offset();
  if (base > end_ && base <= options_.recovery_point) end_ = base;
  if (base == end_) return {};
  return fail(ErrorCode::corrupt_message,
              fmt::format("the segment begins at offset {}, but the one before ends at {}",
                          base.value(), end_.value()));
}

Result<> LogOpener::scan_segment(std::size_t index) {
  Segment& segment = *log_->segments_[index];
  if (report_.segments_scanned > 0) {
    if (const auto whole = pass_gap(index); !whole) return cut(index, 0, whole.error().detail);
  }
  const auto file = segment.file();
  if (!file) return fail(file.error());
  segment.reset_indexes(false);
  ++report_.segments_scanned;
  ++report_.indexes_rebuilt;
  if (*file) {
    log_->offsets_ = LogOffsets(Offset{0}, end_);
    if (auto written = log_->write_snapshot(); !written) {
      log_->folder_.notes.push_back("producer snapshot was not written: " + written.error().detail);
    }
    BatchScan scan(**file, 0, segment.bytes(), recovery_window_bytes);
    for (;;) {
      const auto header = scan.next();
      if (header && !*header) break;
      auto taken = header ? take_batch(segment, scan, **header) : fail(header.error());
      if (taken) continue;
      if (taken.error().code != ErrorCode::corrupt_message) {
        return fail(taken.error().code, segment.path(FileKind::log) + ": " + taken.error().detail);
      }
      return cut(index, scan.position(), taken.error().detail);
    }
    report_.bytes_scanned += segment.bytes();
  }
  if (index + 1 < log_->segments_.size()) {
    if (auto finished = segment.finish(); !finished) {
      log_->folder_.notes.push_back("indexes were not written: " + finished.error().detail);
    }
  }
  return {};
}

Result<> LogOpener::take_batch(Segment& segment, BatchScan& scan,
                               const record::HeaderView& header) {
  const auto bad = [](std::string why) { return fail(ErrorCode::corrupt_message, std::move(why)); };
  const BatchPlace place = place_of(header, scan.position());
  if (!segment.fits(place) || place.base_offset < end_) {
    return bad(fmt::format("at byte {}: offset {} where {} or later should follow", place.position,
                           place.base_offset.value(), end_.value()));
  }
  if (place.leader_epoch >= LeaderEpoch{0} && place.leader_epoch < epoch_) {
    return bad(fmt::format("at byte {}: leader epoch {} after {}", place.position,
                           place.leader_epoch.value(), epoch_.value()));
  }
  const auto crc_matches = scan.crc_matches();
  if (!crc_matches) return fail(crc_matches.error());
  if (!*crc_matches) return bad(fmt::format("at byte {}: wrong checksum", place.position));
  // Checking the sum may have moved the window, and the header with it.
  const auto again = scan.header();
  if (!again) return fail(again.error());
  if (auto entered = log_->enter_scanned(scan, *again, &segment); !entered) {
    if (entered.error().code == ErrorCode::kafka_storage_error) return entered;
    return bad(fmt::format("at byte {}: {}", place.position, entered.error().detail));
  }
  segment.note(place);
  if (place.leader_epoch > epoch_) {
    log_->epochs_.assign(place.leader_epoch, place.base_offset);
    epoch_ = place.leader_epoch;
  }
  end_ = place.last_offset + 1;
  ++report_.batches_scanned;
  return {};
}

Result<> LogOpener::cut(std::size_t index, std::uint64_t position, const std::string& why) {
  auto& segments = log_->segments_;
  Segment& segment = *segments[index];
  if (end_ < options_.recovery_point) {
    return offline(fmt::format(
        "{}: {}; records up to offset {} were synced and {} are readable, "
        "so nothing is cut",
        segment.path(FileKind::log), why, options_.recovery_point.value(), end_.value()));
  }
  cut_ = true;
  std::uint64_t lost = segment.bytes() - position;
  std::string line = fmt::format("{}: {}; cut {} bytes from byte {} on (offset {})",
                                 segment.path(FileKind::log), why, lost, position, end_.value());
  while (segments.size() > index + 1) {
    line += fmt::format(", removed {} ({} bytes)", segments.back()->path(FileKind::log),
                        segments.back()->bytes());
    lost += segments.back()->bytes();
    if (auto dropped = log_->drop_segment(segments.size() - 1); !dropped) return dropped;
  }
  report_.bytes_truncated += lost;
  report_.lines.push_back(std::move(line));
  if (index > 0 && position == 0 && segment.base_offset() != end_) {
    // It would not begin where the log ends.
    return log_->drop_segment(index);
  }
  report_.bytes_scanned += position;
  return segment.truncate_to(position, end_);
}

}  // namespace gregor::log
