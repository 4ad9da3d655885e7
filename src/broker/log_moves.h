// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Logs that move to another data folder (AlterReplicaLogDirs, KIP-113) while they serve.
//
//   A/t-0               the log
//   B/t-0.UUID-future   its copy: whole batches, appended in small steps; when it has caught up it
//                       is synced, and then the checkpoint files are made to tell of it
//   B/t-0               in one step the rest is copied, and the copy synced, marked as moved from A
//                       and renamed: from the renaming on it is the log
//   A/t-0.UUID-delete   at last the old one goes
//
// A node that dies before the renaming finds the log in A and moves it anew; one that dies after it
// finds the mark in B, which says what to do with A (data_folders.h). When the log is cut, or its
// start overtakes the copy, the copy begins anew.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/identity.h"
#include "broker/storage_state.h"
#include "broker/tasks.h"
#include "log/log.h"
#include "log/sync_job.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::broker {

class Partition;
struct ShardState;

class LogMoves {
 public:
  // A move that is under way to somewhere else ends, also when the log lies in `data_folder`
  // already. kafka_storage_error when the log is offline or the copy cannot be made.
  model::ErrorCode begin(ShardState& shard, Partition& partition, std::size_t data_folder);
  // The partition was opened: a move that the last node has not finished begins anew.
  void resume(ShardState& shard, Partition& partition);
  // The partition goes, its copy too.
  void forget(ShardState& shard, PartitionNumber number);

  // Chore::move_logs
  void step(ShardState& shard);
  void synced(ShardState& shard, Partition& partition, const log::SyncJob& job,
              const model::Result<>& result);
  void on_durable_checkpoint(ShardState& shard, const std::vector<LogCheckpoint>& durable);

  // What the checkpoint files should say of copies.
  void add_checkpoints(const ShardState& shard, std::vector<LogCheckpoint>& all) const;
  [[nodiscard]] std::optional<LogCopy> copy_of(const Partition& partition) const;

 private:
  enum class Stage : std::uint8_t { copying, syncing, checkpointing };
  struct Move {
    std::size_t to = 0;  // data folder
    Stage stage = Stage::copying;
    std::unique_ptr<log::Log> copy;  // never null
    std::uint64_t cuts = 0;          // of the log, when the copy began
  };
  using Moves = std::map<PartitionNumber, Move>;

  model::Result<Move> begin_copy(ShardState& shard, Partition& partition, std::size_t to);
  // Copies a slice, at most about so much; how much it was. Nothing: the copy has caught up.
  model::Result<std::uint64_t> copy_some(ShardState& shard, Partition& partition, Move& move,
                                         std::size_t bytes_max);
  void begin_sync(ShardState& shard, const Partition& partition, Move& move);
  void finish(ShardState& shard, Partition& partition, const LogCheckpoint& durable);
  model::Result<bool> copy_rest(ShardState& shard, Partition& partition, Move& move);
  static model::Result<> rename(ShardState& shard, const Partition& partition, const Move& move);
  static model::Result<std::unique_ptr<log::Log>> open_moved(ShardState& shard,
                                                             const Partition& partition,
                                                             std::size_t to,
                                                             model::Offset durable_start);
  void drop(ShardState& shard, Moves::iterator at);
  static void discard(ShardState& shard, PartitionNumber number, const log::Log& copy);
  void give_up(ShardState& shard, const Partition& partition, const model::Error& error);
  void again_after(ShardState& shard, std::int64_t ms);

  Moves moves_;
  PartitionNumber last_{0};  // that has had a step
  bool scheduled_ = false;
  base::Bytes buffer_;
};

}  // namespace gregor::broker
