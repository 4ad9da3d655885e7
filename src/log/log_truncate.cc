// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Cutting a log: at its end (followers), at its start (DeleteRecords, retention), wholly.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "log/file_names.h"
#include "log/invariants.h"
#include "log/log.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Result<> Log::drop_segment(std::size_t index) {
  ASSERT(index < segments_.size());
  if (auto dropped = segments_[index]->drop(removals_); !dropped) return dropped;
  segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(index));
  ++layout_;
  return {};
}

// (A log that failed while it began anew is offline, and may have no segments.)
Offset Log::recovery_point_before_cut(Offset offset) const {
  if (segments_.empty()) return recovery_point_;
  return std::min(recovery_point_, segments_[segment_of(offset)]->base_offset());
}

Offset Log::recovery_point_before_restart(Offset offset) const {
  if (segments_.empty()) return std::min(recovery_point_, offset);
  return std::min({recovery_point_, segments_.front()->base_offset(), offset});
}

Result<> Log::truncate_to(Offset offset, Now now) {
  if (auto open = check_appendable(); !open) return open;
  if (offset >= offsets_.end()) {
    // Nothing goes but an epoch in which this replica led and wrote nothing.
    if (epochs_.truncate_from_end(offsets_.end())) save_epochs();
    return {};
  }
  if (offset < offsets_.start()) {
    return fail(ErrorCode::offset_out_of_range,
                fmt::format("{}: cannot be cut at {}, below its start {}", to_string(name_),
                            offset.value(), offsets_.start().value()));
  }
  ++generation_;
  ++layout_;
  cut_unsynced_ = true;
  recent_ = {};
  const Offset untouched = recovery_point_before_cut(offset);
  if (auto cut = cut_files(offset, now); !cut) {
    // The files are neither as before nor as they should be, and the checkpoint is to vouch for
    // none of those that were touched: the next start looks what they hold.
    recovery_point_ = std::min(recovery_point_, untouched);
    take_offline("truncation to offset " + to_string(offset) + " failed: " + cut.error().detail);
    return cut;
  }
  check_invariants(*this);
  return {};
}

Result<> Log::cut_files(Offset offset, Now now) {
  const bool drops = segments_.size() > 1 && active().base_offset() > offset;
  while (segments_.size() > 1 && active().base_offset() > offset) {
    if (auto dropped = drop_segment(segments_.size() - 1); !dropped) return dropped;
  }
  const auto place = active().find(offset);
  if (!place) return fail(place.error());
  // An offset inside of a batch: the batch goes as a whole.
  auto cut = *place ? active().truncate_to((*place)->position, offset) : active().ensure_file();
  if (!cut) return cut;
  // Where compaction has moved the batches apart, the log ends with the last one that is left: a
  // later end could not be found again in the files. If this began below the start, nothing is
  // left.
  const auto end = active().load_tail();
  if (!end) return fail(end.error());
  if (*end < offsets_.start()) return restart_files(offset, now);
  offset = std::min(offset, *end);
  if (epochs_.truncate_from_end(offset)) save_epochs();
  if (auto dropped = drop_snapshots_above(offset); !dropped) return dropped;
  recovery_point_ = std::min(recovery_point_, offset);
  cleaned_to_ = std::min(cleaned_to_, offset);
  sync_asked_for_ = std::min(sync_asked_for_, offset);
  offsets_.truncate_to(offset);
  if (segments_.front()->base_offset() > offsets_.start()) offsets_.restart_at(offset);
  if (auto reloaded = reload_producers(offset); !reloaded) return reloaded;
  offsets_.set_first_unstable(producers_.first_unstable());
  // A segment that came back after a power cut would follow what is appended from now on.
  durable_names_ = std::min(durable_names_, active().base_offset() - 1);
  return drops ? keep_name(segments_.size() - 1) : Result<>{};
}

Result<> Log::drop_snapshots_above(Offset offset) {
  Disk& disk = folder_.files->disk();
  const auto entries = disk.list(folder_.path);
  if (!entries) return fail(entries.error());
  for (const FolderEntry& entry : *entries) {
    const auto name = parse_file_name(entry.name);
    if (!name || name->kind != FileKind::snapshot || name->base_offset <= offset) continue;
    if (auto removed = disk.remove(folder_.path + "/" + entry.name); !removed) return removed;
    folder_.names_changed = true;
  }
  std::erase_if(unsynced_snapshots_, [&](Offset snapshot) { return snapshot > offset; });
  return {};
}

Result<> Log::truncate_fully_and_start_at(Offset offset, Now now) {
  if (auto open = check_appendable(); !open) return open;
  ASSERT(offset >= Offset{0});
  ++generation_;
  recent_ = {};
  const Offset untouched = recovery_point_before_restart(offset);
  if (auto done = restart_files(offset, now); !done) {
    recovery_point_ = std::min(recovery_point_, untouched);
    take_offline("restart at offset " + to_string(offset) + " failed: " + done.error().detail);
    return done;
  }
  check_invariants(*this);
  return {};
}

Result<> Log::restart_files(Offset offset, Now now) {
  while (!segments_.empty()) {
    if (auto dropped = drop_segment(segments_.size() - 1); !dropped) return dropped;
  }
  if (auto dropped = drop_snapshots_above(model::no_offset); !dropped) return dropped;
  epochs_.clear();
  save_epochs();
  producers_.clear();
  last_snapshot_ = offset;
  segments_.push_back(std::make_unique<Segment>(folder_, offset, now.wall));
  if (auto made = active().ensure_file(); !made) return made;
  recovery_point_ = cleaned_to_ = sync_asked_for_ = offset;
  offsets_.restart_at(offset);
  durable_names_ = model::no_offset;
  return keep_name(0);
}

Result<> Log::delete_records_before(Offset offset) {
  if (auto open = check_appendable(); !open) return open;
  if (offset > offsets_.high_watermark()) {
    return fail(ErrorCode::offset_out_of_range,
                fmt::format("{}: {} is above the high watermark {}", to_string(name_),
                            offset.value(), offsets_.high_watermark().value()));
  }
  if (offset <= offsets_.start()) return {};
  offsets_.advance_start(offset);
  if (epochs_.truncate_from_start(offset)) save_epochs();
  check_invariants(*this);
  return {};
}

void Log::drop_segments_below(Offset checkpointed_start) {
  if (!offline_reason_.empty()) return;
  const Offset start = std::min(checkpointed_start, offsets_.start());
  while (segments_.size() > 1 && segments_[1]->base_offset() <= start) {
    // The end of the log must be seen from the files, also after a power cut.
    auto ready = segments_[1]->ensure_file();
    if (ready) ready = keep_name(1);
    if (ready) ready = drop_segment(0);
    if (!ready) {
      // The records are gone for readers all the same; the next call tries again.
      folder_.notes.push_back("a segment was not removed: " + ready.error().detail);
      break;
    }
  }
  check_invariants(*this);
}

Result<std::string> Log::retire(const model::Uuid& unique) {
  const std::size_t slash = folder_.path.rfind('/');
  const std::string parent =
      slash == std::string::npos ? std::string() : folder_.path.substr(0, slash + 1);
  std::string path = parent + deletion_folder_name(name_, unique);
  if (auto renamed = folder_.files->disk().rename(folder_.path, path); !renamed) {
    return fail(renamed.error());
  }
  folder_.path = path;
  take_offline("removed");
  return path;
}

}  // namespace gregor::log
