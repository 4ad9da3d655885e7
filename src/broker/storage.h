// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logs of a shard's partitions: opens and closes them as the cluster's metadata says, has them
// synced, checkpointed and cleared away.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/cluster_image.h"
#include "broker/identity.h"
#include "broker/partition.h"
#include "broker/storage_state.h"
#include "log/open_files.h"
#include "model/topic_settings.h"

namespace gregor::broker {

struct ShardState;

class Storage {
 public:
  explicit Storage(log::Disk& disk) : files_(disk) {}

  // At the start: opens the partitions of this shard that the shard's image names.
  void open_all(ShardState& shard, StorageStatePtr state);
  // Does what leads from one image to the other. True if logs were removed, so that the checkpoint
  // files must forget them before anything else is done.
  bool apply(ShardState& shard, const ClusterImage& before, const ClusterImage& after);
  [[nodiscard]] bool is_open() const { return state_ != nullptr; }
  // At the end. False if a log could not be closed cleanly.
  bool close_all(ShardState& shard);

  [[nodiscard]] std::vector<LogCheckpoint> checkpoints(const ShardState& shard) const;

  // Emits the sync job that the partition needs, if any, and sees to flush.ms.
  void begin_sync(ShardState& shard, Partition& partition);
  void on_synced(ShardState& shard, SyncId id, const model::Result<>& result);
  void on_flush_due(ShardState& shard, PartitionNumber number);
  // Syncs that fell short (a full disk) are tried again.
  void sync_again(ShardState& shard);
  // The checkpoint files.
  void sync_files(ShardState& shard, log::SyncJob job);
  // Those that compaction writes.
  void sync_for_cleaner(ShardState& shard, log::SyncJob job);

  // Segments that hold deleted records only, according to checkpoints that are durable.
  void drop_segments(ShardState& shard, const std::vector<LogCheckpoint>& durable);
  // A follower's log is to be cut: the checkpoint files must not say more than it will hold.
  void want_cut(ShardState& shard, const Partition& partition);
  void cut_logs(ShardState& shard, const std::vector<LogCheckpoint>& durable);
  // Followers that this shard's leaders have not heard of for long.
  void watch_in_sync(ShardState& shard);
  void check_in_sync(ShardState& shard);
  // Files that a log has dropped are removed after the delay of its topic.
  void collect_removals(ShardState& shard, Partition& partition);
  // Off the shard's thread: to free a large file takes the operating system a tenth of a second.
  void remove_due_files(ShardState& shard);

  void expire_producers(ShardState& shard);
  // Logs of new partitions that could not be made (a full disk) are tried again.
  void open_again(ShardState& shard);

  // For the operator; not more often than once in ten seconds, because a full disk fails each
  // write.
  void report_failure(ShardState& shard, const Partition& partition, const std::string& detail);

 private:
  enum class Purpose : std::uint8_t { durable_log, checkpoint, removal, compaction };
  struct RunningSync {
    Purpose purpose = Purpose::durable_log;
    PartitionNumber partition;  // of a log
    log::SyncJob job;
  };

  void open_or_update(ShardState& shard, const ClusterImage& image, const controller::Topic& topic);
  [[nodiscard]] log::OpenOptions open_options(const ShardState& shard, const DataFolder& folder,
                                              const model::TopicPartition& name) const;
  [[nodiscard]] ReplicaOptions replica_options(const ShardState& shard,
                                               const PartitionIdentity& identity) const;
  model::Result<std::unique_ptr<log::Log>> open_log(ShardState& shard,
                                                    const PartitionIdentity& identity,
                                                    const log::SettingsPtr& settings);
  void open(ShardState& shard, const PartitionIdentity& identity, const log::SettingsPtr& settings);
  void remove(ShardState& shard, const controller::Topic& topic);
  void update_settings(ShardState& shard, const ClusterImage& image, const std::string& topic);
  [[nodiscard]] std::size_t folder_for(const ShardState& shard,
                                       const model::TopicPartition& name) const;
  log::SettingsPtr settings_of(const ShardState& shard, const ClusterImage& image,
                               const std::string& topic);
  void begin_job(ShardState& shard, RunningSync work);
  void remove_later(ShardState& shard, std::string path, std::int64_t delay_ms);

  log::OpenFiles files_;
  StorageStatePtr state_;
  bool starting_ = false;  // logs found now may have checkpoints from before

  ImageVersion defaults_version_{~std::uint64_t{0}};  // of the image that the defaults come from
  model::TopicSettings defaults_;

  std::map<PartitionNumber, log::SettingsPtr> unopened_;  // to be tried again

  std::map<SyncId, RunningSync> running_;
  std::uint64_t next_sync_ = 1;
  std::set<PartitionNumber> flush_scheduled_;
  std::set<PartitionNumber> fell_short_;
  std::set<PartitionNumber> to_be_cut_;
  bool watches_in_sync_ = false;

  std::multimap<model::Instant, std::string> removals_;
  std::optional<model::Instant> last_report_;
  std::uint64_t unreported_ = 0;
};

}  // namespace gregor::broker
