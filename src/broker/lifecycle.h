// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How a node starts and stops, shard 0 leading the others:
//
//   start   shard 0 reads the data folders and has the controller learn the cluster
//           -> OpenLogs to all -> each opens its logs and is ready
//   stop    where there are other brokers, they lead in this one's place;
//           Drain to all -> each answers what waits -> Drained; when all are: CloseLogs -> each
//           closes its logs and is stopped -> LogsClosed; when all are: shard 0 writes the
//           checkpoint files and the marks of a clean stop, and is stopped
//
// and the checkpoints in between: shard 0 asks all, and writes when all have told. With the next
// question it tells what is durable of that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/checkpoint_files.h"
#include "broker/data_folders.h"
#include "broker/messages.h"
#include "broker/storage_state.h"
#include "broker/zookeeper_offsets.h"
#include "coordination/port.h"
#include "log/data_files.h"
#include "model/broker_settings.h"

namespace gregor::broker {

struct ShardState;

// Of every shard.
void open_logs(ShardState& shard, OpenLogs message);
void apply_image(ShardState& shard, const ClusterImagePtr& image);
void begin_draining(ShardState& shard);
// After each step while draining: tells shard 0 once nothing waits any more.
void drained_if_idle(ShardState& shard);
void close_logs(ShardState& shard);

// Of shard 0.
class Lifecycle {
 public:
  // Reads the data folders. Sets Effects::fatal when the node cannot start.
  void start(ShardState& shard);
  // There is a session with the coordination service, for the first time or again.
  void connected(ShardState& shard, coordination::SessionId session);
  void on_reply(ShardState& shard, const coordination::Reply& reply);
  // What old consumers keep in the coordination service.
  [[nodiscard]] ZooKeeperOffsets& zookeeper_offsets() { return zookeeper_offsets_; }
  // Opens the logs, once, as soon as the cluster is known well enough.
  void begin_if_known(ShardState& shard);

  // The controller does not count any more on what may be lost of the logs.
  void unclean_shutdown_settled(ShardState& shard);

  // The node is to stop.
  void stop(ShardState& shard);
  void hand_over_again(ShardState& shard);

  void begin_checkpoint(ShardState& shard);
  // Somebody waits for the files to be written anew, and then for hearing so.
  void want_checkpoint(ShardState& shard);
  void on_checkpoint(ShardState& shard, ShardId from, CheckpointTold told);
  void checkpoint_synced(ShardState& shard, const model::Result<>& result);
  void on_drained(ShardState& shard, ShardId from);
  void on_closed(ShardState& shard, ShardId from, LogsClosed closed);
  // What all shards told; replaces the files as a whole, at once and for certain. Whether it could.
  bool write_checkpoints_now(ShardState& shard, const std::vector<LogCheckpoint>& logs);

 private:
  void begin_round(ShardState& shard);
  void write_checkpoints(ShardState& shard);
  void replace_checkpoints(ShardState& shard);
  void end_round(ShardState& shard);
  // What the settings or the data folders say; no_broker if neither does.
  [[nodiscard]] model::Result<model::BrokerId> settle_broker_id(
      const model::BrokerSettings& settings) const;
  void fail_start(ShardState& shard, std::string reason);
  void ask_for_broker_id(ShardState& shard);
  void begin_controller(ShardState& shard);
  [[nodiscard]] bool settle_properties(ShardState& shard);
  void hand_over(ShardState& shard);
  void drain(ShardState& shard);

  StorageStatePtr storage_;
  std::vector<std::optional<log::MetaProperties>> properties_;  // by data folder
  bool unclean_shutdown_ = false;                               // as read_data_folders() found
  coordination::SessionId session_;

  CheckpointFiles checkpoint_files_;
  std::set<ShardId> asked_;  // for the checkpoint that is being made
  std::vector<LogCheckpoint> told_;
  int rounds_wanted_ = 0;
  // What is being synced of the checkpoint files: new ones beside them, or that these are the files
  // now.
  enum class Syncing : std::uint8_t { nothing, content, names };
  Syncing is_syncing_ = Syncing::nothing;
  std::shared_ptr<const std::vector<LogCheckpoint>> syncing_;  // what they say; null if outdated
  std::shared_ptr<const std::vector<LogCheckpoint>> durable_;  // what they say for certain

  bool begun_ = false;
  bool stopping_ = false;
  std::int32_t hand_overs_ = 0;  // tried
  bool draining_ = false;
  std::set<ShardId> drained_;
  std::set<ShardId> closed_;
  std::vector<LogCheckpoint> final_;
  bool clean_ = true;
  bool all_opened_ = true;
  ZooKeeperOffsets zookeeper_offsets_;
};

}  // namespace gregor::broker
