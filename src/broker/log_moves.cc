// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/log_moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "broker/partition.h"
#include "broker/partition_folder.h"
#include "broker/shard_state.h"
#include "log/file_names.h"

namespace gregor::broker {

using model::ErrorCode;
using model::fail;

namespace {

// Between two steps others have the shard.
constexpr std::size_t move_step_bytes = std::size_t{1} << 20;
constexpr std::int64_t move_pause_ms = 2;
// What may be left to copy, and to sync, in the step that ends a move.
constexpr std::uint64_t rest_bytes_max = std::uint64_t{8} << 20;

std::int64_t pause_after(std::uint64_t bytes, const model::BrokerSettings& settings) {
  constexpr double longest = 60'000;
  const auto limit = static_cast<double>(
      std::max(settings.replica_alter_log_dirs_io_max_bytes_per_second.value_or(model::unlimited),
               std::int64_t{1}));
  const double ms = std::min(static_cast<double>(bytes) / limit * 1000, longest);
  return std::max(move_pause_ms, static_cast<std::int64_t>(ms));
}

std::string folder_of(const ShardState& shard, std::size_t data_folder,
                      const model::TopicPartition& name) {
  return fmt::format("{}/{}", shard.storage.state().folders.at(data_folder).path, to_string(name));
}

// Where the first batch begins that is not wholly before the log's start.
model::Result<model::Offset> first_batch_of(log::Log& log) {
  const auto slice = log.read({.from = log.log_start(),
                               .limit = log.log_end(),
                               .bytes_max = 1,
                               .at_least_one_batch = true});
  if (!slice) return fail(slice.error());
  if (slice->bytes == 0) return log.log_start();
  base::Bytes first(sizeof(std::int64_t));
  const auto read = slice->file->read_at(slice->position, first);
  if (!read) return fail(read.error());
  if (*read < first.size()) return fail(ErrorCode::kafka_storage_error, "the log is cut off");
  return std::min(model::Offset(base::load_big_endian<std::int64_t>(first.data())),
                  log.log_start());
}

// What is left of a log that was moved must be gone for certain before it moves again: a node that
// finds it in two folders would take the wrong one for the leavings.
model::Result<> settle_last_move(const ShardState& shard, const std::string& path,
                                 const model::TopicPartition& name) {
  log::Disk& disk = *shard.context.disk;
  const auto from = moved_from(disk, path);
  if (!from) return fail(from.error());
  if (!*from) return {};
  const auto& folders = shard.storage.state().folders;
  if (base::contains(folders, **from, &DataFolder::path)) {
    if (disk.list(fmt::format("{}/{}", **from, to_string(name))))
      return fail(ErrorCode::kafka_storage_error, "it is still there where it was moved from");
    if (auto synced = disk.sync_folder(**from); !synced) return synced;
  }
  return forget_moved_from(disk, path);
}

}  // namespace

// --- which logs move ---

ErrorCode LogMoves::begin(ShardState& shard, Partition& partition, std::size_t data_folder) {
  if (!partition.offline_reason().empty()) return ErrorCode::kafka_storage_error;
  if (const auto found = moves_.find(partition.number()); found != moves_.end()) {
    if (found->second.to == data_folder) return ErrorCode::none;
    drop(shard, found);
  }
  if (partition.data_folder() == data_folder) return ErrorCode::none;
  auto move = begin_copy(shard, partition, data_folder);
  if (!move) {
    shard.storage.report_failure(shard, partition, "cannot be moved: " + move.error().detail);
    return ErrorCode::kafka_storage_error;
  }
  moves_.emplace(partition.number(), std::move(*move));
  again_after(shard, move_pause_ms);
  return ErrorCode::none;
}

void LogMoves::resume(ShardState& shard, Partition& partition) {
  const auto& folders = shard.storage.state().folders;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto found = folders[i].copies.find(partition.name());
    if (found == folders[i].copies.end()) continue;
    const auto owner = topic_of_folder(*shard.context.disk, found->second);
    if (!owner || (*owner && **owner != partition.topic_id())) continue;
    if (*owner) (void)begin(shard, partition, i);  // it says what is wrong
    shard.storage.remove_later(shard, found->second, 0);
  }
}

void LogMoves::forget(ShardState& shard, PartitionNumber number) {
  if (const auto found = moves_.find(number); found != moves_.end()) drop(shard, found);
}

void LogMoves::drop(ShardState& shard, Moves::iterator at) {
  discard(shard, at->first, *at->second.copy);
  moves_.erase(at);
}

void LogMoves::discard(ShardState& shard, PartitionNumber number, const log::Log& copy) {
  shard.storage.disown_copy_syncs(number);
  shard.storage.remove_later(shard, copy.folder(), 0);
}

void LogMoves::give_up(ShardState& shard, const Partition& partition, const model::Error& error) {
  shard.storage.report_failure(shard, partition, "is not moved: " + error.detail);
  forget(shard, partition.number());
}

// --- the copy ---

model::Result<LogMoves::Move> LogMoves::begin_copy(ShardState& shard, Partition& partition,
                                                   std::size_t to) {
  log::Log& log = partition.log();
  const auto start = first_batch_of(log);
  if (!start) return fail(start.error());
  if (auto settled = settle_last_move(shard, log.folder(), partition.name()); !settled)
    return fail(settled.error());
  const std::string path =
      fmt::format("{}/{}", shard.storage.state().folders.at(to).path,
                  log::future_folder_name(partition.name(), model::random_uuid(shard.prng)));
  auto opened =
      log::Log::open({&shard.storage.files(), path, partition.name()},
                     std::make_shared<const model::TopicSettings>(log.settings()),
                     {.log_start = *start,
                      .producer_id_expiration_ms = shard.settings().producer_id_expiration_ms},
                     shard.now);
  if (!opened) return fail(opened.error());
  if (auto claimed = claim_folder(*shard.context.disk, path, partition.topic_id()); !claimed)
    return fail(claimed.error());
  return Move{
      .to = to, .stage = Stage::copying, .copy = std::move(opened->log), .cuts = partition.cuts()};
}

model::Result<std::uint64_t> LogMoves::copy_some(ShardState& shard, Partition& partition,
                                                 Move& move, std::size_t bytes_max) {
  log::Log& log = partition.log();
  const bool overtaken =
      log.log_start() > move.copy->log_end() && move.copy->log_end() > move.copy->log_start();
  if (partition.cuts() != move.cuts || overtaken) {
    auto anew = begin_copy(shard, partition, move.to);
    if (!anew) return fail(anew.error());
    discard(shard, partition.number(), *move.copy);
    move = std::move(*anew);
  }
  if (move.copy->log_end() >= log.log_end()) return 0;
  const auto slice = log.read({.from = std::max(move.copy->log_end(), log.log_start()),
                               .limit = log.log_end(),
                               .bytes_max = bytes_max,
                               .at_least_one_batch = true});
  if (!slice) return fail(slice.error());
  buffer_.resize(slice->bytes);
  if (slice->bytes > 0) {
    const auto read = slice->file->read_at(slice->position, buffer_);
    if (!read) return fail(read.error());
    buffer_.resize(*read);
  }
  const model::Offset before = move.copy->log_end();
  const auto appended = move.copy->append_as_follower(buffer_, shard.now);
  if (!appended) return fail(appended.error());
  if (move.copy->log_end() == before)
    return fail(ErrorCode::kafka_storage_error,
                fmt::format("no batch can be read at offset {}", before.value()));
  return buffer_.size();
}

void LogMoves::step(ShardState& shard) {
  scheduled_ = false;
  if (shard.phase == Phase::starting) return again_after(shard, move_pause_ms);
  if (shard.phase != Phase::serving) return;
  const auto copies = [](const auto& entry) { return entry.second.stage == Stage::copying; };
  auto at = std::find_if(moves_.upper_bound(last_), moves_.end(), copies);
  if (at == moves_.end()) at = std::ranges::find_if(moves_, copies);
  if (at == moves_.end()) return;
  last_ = at->first;
  Partition* const partition = shard.partitions.find(last_);
  ASSERT(partition != nullptr);
  auto copied = partition->offline_reason().empty()
                    ? copy_some(shard, *partition, at->second, move_step_bytes)
                    : fail(ErrorCode::kafka_storage_error, partition->offline_reason());
  if (!copied)
    give_up(shard, *partition, copied.error());
  else if (*copied == 0)
    begin_sync(shard, *partition, at->second);
  again_after(shard, pause_after(copied.value_or(0), shard.settings()));
}

void LogMoves::again_after(ShardState& shard, std::int64_t ms) {
  if (std::exchange(scheduled_, true)) return;
  shard.timers.set(shard.after(ms), Chore::move_logs);
}

void LogMoves::begin_sync(ShardState& shard, const Partition& partition, Move& move) {
  auto job = move.copy->take_sync_job(shard.now);
  if (!move.copy->sync_obstacle().empty())
    return give_up(shard, partition, {ErrorCode::kafka_storage_error, move.copy->sync_obstacle()});
  move.stage = job ? Stage::syncing : Stage::checkpointing;
  if (job)
    shard.storage.sync_copy(shard, partition.number(), std::move(*job));
  else
    shard.send(controller_shard, CheckpointWanted{});
}

void LogMoves::synced(ShardState& shard, Partition& partition, const log::SyncJob& job,
                      const model::Result<>& result) {
  const auto found = moves_.find(partition.number());
  ASSERT(found != moves_.end());
  ASSERT(found->second.stage == Stage::syncing);
  if (!result) return give_up(shard, partition, result.error());
  found->second.copy->synced_to(job);
  found->second.stage = Stage::checkpointing;
  shard.send(controller_shard, CheckpointWanted{});
}

void LogMoves::add_checkpoints(const ShardState& shard, std::vector<LogCheckpoint>& all) const {
  for (const auto& [number, move] : moves_) {
    const Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr || !partition->has_log() || move.stage != Stage::checkpointing)
      continue;
    all.push_back({.name = partition->name(),
                   .data_folder = move.to,
                   .recovery_point = move.copy->recovery_point(),
                   .log_start = std::min(partition->log().log_start(), move.copy->log_end()),
                   .high_watermark = partition->log().high_watermark(),
                   .cleaned_to = model::Offset(0)});
  }
}

std::optional<LogCopy> LogMoves::copy_of(const Partition& partition) const {
  const auto found = moves_.find(partition.number());
  if (found == moves_.end()) return std::nullopt;
  const log::Log& copy = *found->second.copy;
  return LogCopy{.data_folder = found->second.to,
                 .size_bytes = copy.size_bytes(),
                 .lag = std::max<std::int64_t>(partition.log().log_end() - copy.log_end(), 0)};
}

// --- the end of a move ---

void LogMoves::on_durable_checkpoint(ShardState& shard, const std::vector<LogCheckpoint>& durable) {
  if (moves_.empty() || shard.phase != Phase::serving) return;
  for (const LogCheckpoint& told : durable) {
    Partition* const partition =
        shard.partitions.find_by_name(told.name.topic, told.name.partition);
    if (partition == nullptr) continue;
    const auto found = moves_.find(partition->number());
    if (found == moves_.end() || found->second.stage != Stage::checkpointing) continue;
    // Of this copy, and not of one before it that had more.
    const Move& move = found->second;
    if (told.data_folder == move.to && told.recovery_point <= move.copy->recovery_point())
      finish(shard, *partition, told);
  }
}

void LogMoves::finish(ShardState& shard, Partition& partition, const LogCheckpoint& durable) {
  Move& move = moves_.at(partition.number());
  if (!partition.offline_reason().empty()) return forget(shard, partition.number());
  const auto copied = copy_rest(shard, partition, move);
  if (!copied) return give_up(shard, partition, copied.error());
  // The mark of an incomplete log does not move.
  const bool incomplete = partition.replica().state().incomplete;
  if (!*copied || partition.pending_cut() || incomplete) {
    move.stage = Stage::copying;
    return again_after(shard, move_pause_ms);
  }
  if (auto renamed = rename(shard, partition, move); !renamed)
    return give_up(shard, partition, renamed.error());
  // From here on the copy is the log, whatever happens.
  const std::size_t to = move.to;
  moves_.erase(partition.number());
  shard.touched.push_back(partition.number());
  auto log = open_moved(shard, partition, to, durable.log_start);
  if (!log) {
    partition.log().take_offline("it has been moved, and cannot be opened there: " +
                                 log.error().detail);
    return shard.storage.report_failure(shard, partition, partition.offline_reason());
  }
  shard.storage.disown_syncs(partition.number());
  const auto old = partition.move_to(to, std::move(*log), shard.now);
  if (auto retired = old->retire(model::random_uuid(shard.prng)))
    shard.storage.remove_later(shard, *retired, old->settings().file_delete_delay_ms);
  else
    shard.say(Severity::error,
              fmt::format("{} cannot be removed: {}", old->folder(), retired.error().detail));
  shard.say(Severity::info, fmt::format("{} has been moved to {}", to_string(partition.name()),
                                        partition.log().folder()));
  shard.send(controller_shard, CheckpointWanted{});  // the files shall forget where it was
}

// Whether the copy has all now: only if it is little.
model::Result<bool> LogMoves::copy_rest(ShardState& shard, Partition& partition, Move& move) {
  for (std::uint64_t bytes = 0; bytes < rest_bytes_max;) {
    const auto copied = copy_some(shard, partition, move, move_step_bytes);
    if (!copied) return fail(copied.error());
    if (move.stage != Stage::checkpointing) return false;  // it began anew
    if (*copied == 0) return true;
    bytes += *copied;
  }
  return false;
}

// After an error the log is still where it was.
model::Result<> LogMoves::rename(ShardState& shard, const Partition& partition, const Move& move) {
  log::Disk& disk = *shard.context.disk;
  log::Log& copy = *move.copy;
  // The log's last may be an epoch in which nothing was written.
  if (const auto latest = partition.log().leader_epochs().latest())
    copy.begin_leader_epoch(*latest);
  if (auto closed = copy.close(); !closed) return closed;
  const auto& folders = shard.storage.state().folders;
  auto marked = mark_moved_from(disk, copy.folder(), folders.at(partition.data_folder()).path);
  if (!marked) return marked;
  return disk.rename(copy.folder(), folder_of(shard, move.to, partition.name()));
}

model::Result<std::unique_ptr<log::Log>> LogMoves::open_moved(ShardState& shard,
                                                              const Partition& partition,
                                                              std::size_t to,
                                                              model::Offset durable_start) {
  const std::string& folder = shard.storage.state().folders.at(to).path;
  if (auto kept = shard.context.disk->sync_folder(folder); !kept) return fail(kept.error());
  const log::Log& log = partition.log();
  auto opened = log::Log::open(
      {&shard.storage.files(), folder_of(shard, to, partition.name()), partition.name()},
      std::make_shared<const model::TopicSettings>(log.settings()),
      {.log_start = durable_start,
       .clean_stop = true,
       .producer_id_expiration_ms = shard.settings().producer_id_expiration_ms},
      shard.now);
  if (!opened) return fail(opened.error());
  opened->log->advance_high_watermark(log.high_watermark());
  if (auto deleted = opened->log->delete_records_before(log.log_start()); !deleted)
    return fail(deleted.error());
  return std::move(opened->log);
}

}  // namespace gregor::broker
