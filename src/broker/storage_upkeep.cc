// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What open logs need from time to time: syncs, removal of dropped files, expiry, checkpoints.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "broker/lifecycle.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/storage.h"

namespace gregor::broker {

namespace {
constexpr std::int64_t sync_again_ms = 1000;
}  // namespace

void Storage::begin_sync(ShardState& shard, Partition& partition) {
  if (!partition.has_log()) return;
  if (auto job = partition.next_sync(shard.now))
    begin_job(shard, {Purpose::durable_log, partition.number(), std::move(*job)});
  const log::Log& log = partition.log();
  if (partition.sync_fell_short()) {
    report_failure(shard, partition, log.sync_obstacle());
    if (fell_short_.empty()) shard.timers.set(shard.after(sync_again_ms), Chore::sync_again);
    fell_short_.insert(partition.number());
  }
  if (log.settings().flush_ms < model::unlimited && log.unflushed_records() > 0 &&
      flush_scheduled_.insert(partition.number()).second)
    shard.timers.set(shard.after(log.settings().flush_ms), partition.number());
}

void Storage::sync_again(ShardState& shard) {
  for (const PartitionNumber number : std::exchange(fell_short_, {})) {
    Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr) continue;
    partition->request_sync();
    shard.touched.push_back(number);
  }
}

void Storage::sync_files(ShardState& shard, log::SyncJob job) {
  begin_job(shard, {Purpose::checkpoint, no_partition, std::move(job)});
}

void Storage::begin_job(ShardState& shard, RunningSync work) {
  const SyncId id(next_sync_++);
  shard.effects->syncs.push_back({id, work.job});
  running_.emplace(id, std::move(work));
}

void Storage::sync_for_cleaner(ShardState& shard, log::SyncJob job) {
  begin_job(shard, {Purpose::compaction, no_partition, std::move(job)});
}

void Storage::sync_copy(ShardState& shard, PartitionNumber partition, log::SyncJob job) {
  begin_job(shard, {Purpose::copy, partition, std::move(job)});
}

void Storage::disown(PartitionNumber partition, Purpose purpose) {
  for (auto& [id, running] : running_)
    if (running.purpose == purpose && running.partition == partition)
      running.partition = no_partition;
}

void Storage::on_flush_due(ShardState& shard, PartitionNumber number) {
  flush_scheduled_.erase(number);
  Partition* const partition = shard.partitions.find(number);
  if (partition == nullptr || !partition->has_log()) return;
  if (partition->log().unflushed_records() > 0) partition->request_sync();
  shard.touched.push_back(number);
}

void Storage::on_synced(ShardState& shard, SyncId id, const model::Result<>& result) {
  const auto found = running_.find(id);
  ASSERT(found != running_.end(), "sync " + to_string(id) + " was never asked for");
  const RunningSync done = std::move(found->second);
  running_.erase(found);
  if (done.purpose == Purpose::checkpoint) {
    if (!result) shard.say(Severity::error, "checkpoint: " + result.error().detail);
    return shard.lifecycle->checkpoint_synced(shard, result);
  }
  if (done.purpose == Purpose::compaction) return shard.cleaner.synced(shard, result);
  if (done.purpose == Purpose::removal) {
    if (!result) shard.say(Severity::warning, result.error().detail);
    return;
  }
  Partition* const partition = shard.partitions.find(done.partition);
  // Removed, closed or moved meanwhile.
  if (partition == nullptr || shard.phase == Phase::stopped) return;
  if (done.purpose == Purpose::copy) return shard.moves.synced(shard, *partition, done.job, result);
  partition->sync_done(done.job, result, shard.now);
  if (!result)
    shard.say(Severity::error, fmt::format("{} goes offline: {}", to_string(partition->name()),
                                           result.error().detail));
  shard.touched.push_back(partition->number());
}

void Storage::on_durable_checkpoint(ShardState& shard, const std::vector<LogCheckpoint>& durable) {
  cut_logs(shard, durable);
  make_room(shard, durable);
  drop_segments(shard, durable);
  shard.moves.on_durable_checkpoint(shard, durable);
}

// For logs of names that the files have forgotten now.
void Storage::make_room(ShardState& shard, const std::vector<LogCheckpoint>& durable) {
  if (gone_.empty()) return;
  std::set<model::TopicPartition> told;
  for (const LogCheckpoint& checkpoint : durable) told.insert(checkpoint.name);
  std::erase_if(gone_, [&](const model::TopicPartition& name) { return !told.contains(name); });
  if (!unopened_.empty()) open_again(shard);
}

void Storage::drop_segments(ShardState& shard, const std::vector<LogCheckpoint>& durable) {
  for (const LogCheckpoint& checkpoint : durable) {
    if (checkpoint.log_start == model::Offset(0)) continue;
    Partition* const partition =
        shard.partitions.find_by_name(checkpoint.name.topic, checkpoint.name.partition);
    if (partition == nullptr || !partition->has_log()) continue;
    if (partition->data_folder() != checkpoint.data_folder) continue;  // of its copy
    // The files may be ahead of a log that was to start anew, and then was not.
    partition->log().drop_segments_below(
        std::min(checkpoint.log_start, partition->log().log_start()));
    collect_removals(shard, *partition);
    shard.touched.push_back(partition->number());
  }
}

void Storage::want_cut(ShardState& shard, const Partition& partition) {
  if (to_be_cut_.insert(partition.number()).second)
    shard.send(controller_shard, CheckpointWanted{});
}

void Storage::cut_logs(ShardState& shard, const std::vector<LogCheckpoint>& durable) {
  if (to_be_cut_.empty()) return;
  // All ask again for which it was not safe, or of which these files, older than the log, say
  // nothing.
  for (const PartitionNumber number : std::exchange(to_be_cut_, {}))
    shard.touched.push_back(number);
  for (const LogCheckpoint& checkpoint : durable) {
    Partition* const partition =
        shard.partitions.find_by_name(checkpoint.name.topic, checkpoint.name.partition);
    if (partition == nullptr || !partition->pending_cut()) continue;
    if (partition->data_folder() != checkpoint.data_folder) continue;  // of its copy
    partition->cut_if_safe(checkpoint.recovery_point, checkpoint.log_start, shard.now);
  }
}

void Storage::watch_in_sync(ShardState& shard) {
  if (std::exchange(watches_in_sync_, true)) return;
  shard.timers.set(shard.after(shard.settings().replica_lag_time_max_ms / 2), Chore::check_in_sync);
}

void Storage::check_in_sync(ShardState& shard) {
  watches_in_sync_ = false;
  for (const auto& [number, partition] : shard.partitions.all()) {
    if (partition->replica().state().followers.empty()) continue;
    if (!partition->offline_reason().empty()) continue;
    partition->check_in_sync(shard.now);
    shard.touched.push_back(number);
    watch_in_sync(shard);
  }
}

void Storage::remove_later(ShardState& shard, std::string path, std::int64_t delay_ms) {
  const model::Instant due = shard.after(delay_ms);
  const bool earliest = removals_.empty() || due < removals_.begin()->first;
  removals_.emplace(due, std::move(path));
  if (earliest) shard.timers.set(due, Chore::remove_files);
}

void Storage::collect_removals(ShardState& shard, Partition& partition) {
  const std::int64_t delay_ms = partition.log().settings().file_delete_delay_ms;
  for (std::string& path : partition.log().take_removals())
    remove_later(shard, std::move(path), delay_ms);
}

void Storage::remove_due_files(ShardState& shard) {
  while (!removals_.empty() && removals_.begin()->first <= shard.now.monotonic) {
    // One job each: the failure of one keeps no other.
    log::SyncJob job;
    job.removals.push_back(std::move(removals_.begin()->second));
    removals_.erase(removals_.begin());
    begin_job(shard, {Purpose::removal, no_partition, std::move(job)});
  }
  if (!removals_.empty()) shard.timers.set(removals_.begin()->first, Chore::remove_files);
}

void Storage::expire_producers(ShardState& shard) {
  for (const auto& [number, partition] : shard.partitions.all())
    if (partition->has_log())
      partition->log().expire_producers(shard.now, shard.settings().producer_id_expiration_ms);
  shard.timers.set(shard.after(shard.settings().producer_id_expiration_check_interval_ms),
                   Chore::expire_producers);
}

std::vector<LogCheckpoint> Storage::checkpoints(const ShardState& shard) const {
  std::vector<LogCheckpoint> all;
  for (const auto& [number, partition] : shard.partitions.all())
    if (partition->has_log()) all.push_back(partition->checkpoint());
  shard.moves.add_checkpoints(shard, all);
  // What the files say of these stays true.
  for (const auto& [name, closed] : closed_.all()) all.push_back(closed.checkpoint);
  return all;
}

bool Storage::close_all(ShardState& shard) {
  bool clean = closed_.are_clean();
  for (const auto& [number, partition] : shard.partitions.all()) {
    if (!partition->offline_reason().empty()) {
      clean = false;
      continue;
    }
    if (const auto closed = partition->log().close(); !closed) {
      clean = false;
      shard.say(Severity::error, fmt::format("{} cannot be closed cleanly: {}",
                                             to_string(partition->name()), closed.error().detail));
    }
  }
  return clean;
}

void Storage::report_failure(ShardState& shard, const Partition& partition,
                             const std::string& detail) {
  constexpr std::int64_t pause_ms = 10'000;
  if (last_report_ && shard.now.monotonic - *last_report_ < pause_ms) {
    ++unreported_;
    return;
  }
  std::string text = fmt::format("{}: {}", to_string(partition.name()), detail);
  if (unreported_ > 0) text += fmt::format(" (and {} failures before)", unreported_);
  last_report_ = shard.now.monotonic;
  unreported_ = 0;
  shard.say(Severity::error, std::move(text));
}

}  // namespace gregor::broker
