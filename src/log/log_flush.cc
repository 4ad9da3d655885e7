// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Durability: what must be synced, and what follows when it was.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "log/invariants.h"
#include "log/log.h"
#include "log/parent_folder.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

bool Log::wants_sync(Now now) const {
  if (!offline_reason_.empty()) return false;
  const std::int64_t waiting = offsets_.end() - std::max(recovery_point_, sync_asked_for_);
  if (waiting == 0) return false;
  if (waiting >= settings_->flush_messages) return true;
  return settings_->flush_ms != model::unlimited &&
         now.monotonic - last_sync_ >= settings_->flush_ms;
}

// What cannot be opened now is for the next job.
void Log::add_epoch_and_snapshot_files(SyncJob& job) {
  const auto add = [&](const std::string& name) {
    auto file = folder_.files->disk().open(folder_.path + "/" + name, OpenMode::read);
    if (!file) return false;
    if (*file) job.files.push_back(std::move(*file));
    return true;
  };
  if (epochs_unsynced_) epochs_unsynced_ = !add(std::string(leader_epoch_checkpoint_name));
  std::erase_if(unsynced_snapshots_, [&](Offset offset) {
    if (!add(file_name(offset, FileKind::snapshot))) return false;
    snapshots_in_jobs_.push_back(offset);
    return true;
  });
}

std::optional<SyncJob> Log::take_sync_job(Now now) {
  if (!offline_reason_.empty()) return std::nullopt;
  sync_obstacle_.clear();
  if (epochs_changed_) {
    if (auto saved = write_epochs(); !saved) {
      sync_obstacle_ = saved.error().detail;
      return std::nullopt;
    }
  }
  const bool nothing = recovery_point_ == offsets_.end() && !folder_.names_changed &&
                       !parent_changed_ && !cut_unsynced_ && !epochs_unsynced_ &&
                       unsynced_snapshots_.empty();
  if (nothing) return std::nullopt;
  SyncJob job{.up_to = offsets_.end(), .names_up_to = last_name(), .generation = generation_};
  // If the recovery point is where a segment ends, its indexes may have been written since.
  for (std::size_t i = segment_of(recovery_point_ - 1); i < segments_.size(); ++i) {
    Segment& segment = *segments_[i];
    const bool closed = i + 1 < segments_.size();
    // Recovery begins with the segment of the recovery point and believes the indexes of those
    // before: so the recovery point may not leave a segment whose indexes are not written.
    auto ready = closed ? segment.finish() : Result<>();
    if (ready) ready = segment.collect_files(job.files);
    if (!ready) {
      sync_obstacle_ = ready.error().detail;
      job.up_to = std::max(recovery_point_, segment.base_offset());
      break;
    }
  }
  add_epoch_and_snapshot_files(job);
  if (folder_.names_changed || durable_names_ < job.names_up_to) {
    job.folders.push_back(folder_.path);
  }
  if (parent_changed_) job.folders.push_back(parent_of(folder_.path));
  folder_.names_changed = false;
  parent_changed_ = false;
  cut_unsynced_ = false;
  sync_asked_for_ = job.up_to;
  last_sync_ = now.monotonic;
  ++jobs_out_;
  return job;
}

void Log::synced_to(const SyncJob& job) {
  if (--jobs_out_ == 0) snapshots_in_jobs_.clear();
  if (job.generation != generation_ || !offline_reason_.empty()) return;
  recovery_point_ = std::max(recovery_point_, job.up_to);
  durable_names_ = std::max(durable_names_, job.names_up_to);
  check_invariants(*this);
}

void Log::sync_failed(const SyncJob& job, const model::Error& error) {
  --jobs_out_;
  take_offline("sync up to offset " + to_string(job.up_to) + " failed: " + error.detail);
}

Result<> Log::close() {
  if (auto open = check_appendable(); !open) return open;
  for (const auto& segment : segments_) {
    if (auto finished = segment->finish(); !finished) return finished;
  }
  if (auto written = write_snapshot(); !written) return written;
  if (epochs_changed_) {
    if (auto saved = write_epochs(); !saved) return saved;
  }
  if (jobs_out_ > 0) {
    // Nobody will wait for what they were to make durable besides records.
    folder_.names_changed = parent_changed_ = epochs_unsynced_ = true;
    unsynced_snapshots_.insert(unsynced_snapshots_.end(), snapshots_in_jobs_.begin(),
                               snapshots_in_jobs_.end());
  }
  while (const auto job = take_sync_job({})) {
    if (auto done = run(folder_.files->disk(), *job); !done) {
      sync_failed(*job, done.error());
      return done;
    }
    synced_to(*job);
    if (job->up_to < offsets_.end()) {
      return fail(ErrorCode::kafka_storage_error,
                  to_string(name_) + ": only synced up to offset " + to_string(job->up_to));
    }
    if (epochs_unsynced_ || !unsynced_snapshots_.empty())
      return fail(ErrorCode::kafka_storage_error,
                  to_string(name_) + ": a file that is to be synced cannot be opened");
  }
  ASSERT(recovery_point_ == offsets_.end());
  take_offline("closed");
  return {};
}

}  // namespace gregor::log
