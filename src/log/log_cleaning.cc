// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a log gives up by itself: segments by age and size (retention), and what compaction has to
// do. (How it is done: cleaning.h.)
#include <algorithm>

#include "base/assert.h"
#include "log/invariants.h"
#include "log/log.h"
#include "log/time_distance.h"

namespace gregor::log {

using model::fail;

namespace {

// Records of the future are young.
std::int64_t age_of(model::Timestamp then, Now now) { return milliseconds_between(then, now.wall); }

// The largest timestamp of its records; if they have none, when it was begun (or opened).
Result<model::Timestamp> newest_in(Segment& segment) {
  const auto largest = segment.largest_timestamp();
  if (!largest) return fail(largest.error());
  return largest->timestamp >= model::Timestamp{0} ? largest->timestamp : segment.created();
}

}  // namespace

// --- retention ---

// As Kafka: whole segments from the start on, as long as they are too old, or so many that the rest
// is still as large as retention.bytes allows.
Result<Offset> Log::end_of_expired(Now now) {
  Offset keep_from = offsets_.start();
  const std::size_t first = segment_of(offsets_.start());
  std::uint64_t bytes = 0;
  for (std::size_t i = first; i < segments_.size(); ++i) bytes += segments_[i]->bytes();
  for (std::size_t i = first; i < segments_.size(); ++i) {
    Segment& segment = *segments_[i];
    const bool is_last = i + 1 == segments_.size();
    const Offset end = is_last ? offsets_.end() : segments_[i + 1]->base_offset();
    if (end > offsets_.high_watermark() || segment.bytes() == 0) break;
    bool expired =
        settings_->retention_bytes >= 0 &&
        bytes - segment.bytes() >= static_cast<std::uint64_t>(settings_->retention_bytes);
    if (!expired && settings_->retention_ms >= 0) {
      const auto newest = newest_in(segment);
      if (!newest) return fail(newest.error());
      expired = age_of(*newest, now) > settings_->retention_ms;
    }
    if (!expired) break;
    bytes -= segment.bytes();
    keep_from = end;
  }
  return keep_from;
}

Result<bool> Log::apply_retention(Now now) {
  if (!offline_reason_.empty() || !settings_->cleanup_policy_delete) return false;
  const auto keep_from = end_of_expired(now);
  if (!keep_from) return fail(keep_from.error());
  if (*keep_from <= offsets_.start()) return false;
  if (*keep_from == offsets_.end() && active().bytes() > 0) {
    // Nothing is kept: the old segment can go once there is a new one.
    if (auto rolled = roll(*keep_from, now); !rolled) return fail(rolled.error());
  }
  if (auto done = delete_records_before(*keep_from); !done) return fail(done.error());
  return true;
}

// --- compaction ---

// Where the part ends that may be compacted.
Result<Offset> Log::end_of_cleanable(Offset first_dirty, Now now) {
  Offset end = std::min(offsets_.last_stable(), recovery_point_);
  // Whole segments: there is no point in beginning one.
  end = segments_[segment_of(std::min(end, active().base_offset()))]->base_offset();
  if (settings_->min_compaction_lag_ms <= 0) return end;
  for (std::size_t i = segment_of(first_dirty); segments_[i]->base_offset() < end; ++i) {
    const auto newest = newest_in(*segments_[i]);
    if (!newest) return fail(newest.error());
    if (age_of(*newest, now) < settings_->min_compaction_lag_ms) {
      return std::max(first_dirty, segments_[i]->base_offset());
    }
  }
  return end;
}

Result<CleaningPlan> Log::plan_cleaning(Now now) {
  CleaningPlan plan{.first_dirty = std::max(cleaned_to_, offsets_.start()),
                    .end = std::max(cleaned_to_, offsets_.start())};
  if (!offline_reason_.empty() || !settings_->cleanup_policy_compact) return plan;
  const auto end = end_of_cleanable(plan.first_dirty, now);
  if (!end) return fail(end.error());
  if (*end <= plan.first_dirty) return plan;
  plan.end = *end;
  std::uint64_t clean = 0;
  std::uint64_t dirty = 0;
  bool overdue = false;
  const std::size_t first = segment_of(plan.first_dirty);
  for (std::size_t i = 0; segments_[i]->base_offset() < plan.end; ++i) {
    Segment& segment = *segments_[i];
    (i < first ? clean : dirty) += segment.bytes();
    if (i < first || settings_->max_compaction_lag_ms == model::unlimited) continue;
    const auto begun = segment.first_timestamp();
    if (!begun) return fail(begun.error());
    overdue = overdue || (*begun && age_of(**begun, now) > settings_->max_compaction_lag_ms);
  }
  if (dirty == 0) return plan;
  plan.dirty_ratio = static_cast<double>(dirty) / static_cast<double>(clean + dirty);
  plan.due = overdue || plan.dirty_ratio > settings_->min_cleanable_dirty_ratio;
  return plan;
}

// A power cut or a death may come between any two lines; log_swap.cc ends what was begun here. The
// syncs of the folder block, as those of roll() do: some milliseconds for each new segment.
Result<> Log::replace_segments(std::size_t first, std::size_t end, std::unique_ptr<Segment> by) {
  ASSERT(first < end && end < segments_.size());
  ASSERT(segments_[end]->base_offset() <= std::min(recovery_point_, offsets_.high_watermark()));
  Disk& disk = folder_.files->disk();
  const auto replace = [&]() -> Result<> {
    // From here on the new segment counts, whatever is left of the old ones.
    if (auto renamed = by->rename(swap_suffix); !renamed) return renamed;
    if (auto synced = disk.sync_folder(folder_.path); !synced) return synced;
    if (end - first > 1) {
      for (std::size_t i = end - 1; i > first; --i) {
        if (auto dropped = drop_segment(i); !dropped) return dropped;
      }
      // Before the new one has its name, or one that came back would repeat what it holds.
      if (auto synced = disk.sync_folder(folder_.path); !synced) return synced;
    }
    segments_[first]->close_files();
    if (auto renamed = by->rename(""); !renamed) return renamed;
    segments_[first] = std::move(by);
    ++layout_;
    // Before another ".cleaned" is begun: a ".swap" that came back beside it would not count.
    return disk.sync_folder(folder_.path);
  };
  if (auto replaced = replace(); !replaced) {
    take_offline("compaction failed halfway: " + replaced.error().detail);
    return replaced;
  }
  check_invariants(*this);
  return {};
}

}  // namespace gregor::log
