// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logs of a shard's partitions: opens and closes them as the cluster's metadata says, has them
// synced, checkpointed and cleared away.
//
// A broker that is alone knows from its first image which partitions there are, and a topic that is
// not in an image is gone with its logs. A member of a cluster (zookeeper.connect) is told by and
// by: logs that no image has named yet stay as they are on the disk (closed_logs.h), a partition
// that an image no longer gives to this broker stops, and only stop_replica() removes files.
//
// A log is not made while the checkpoint files may still tell of an earlier one of its name,
// because it would be opened with that one's recovery point after a crash.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/closed_logs.h"
#include "broker/cluster_image.h"
#include "broker/identity.h"
#include "broker/partition.h"
#include "broker/storage_state.h"
#include "broker/timers.h"
#include "log/open_files.h"
#include "model/topic_settings.h"

namespace gregor::broker {

struct ShardState;

class Storage {
 public:
  explicit Storage(log::Disk& disk) : files_(disk) {}

  // At the start: opens the partitions of this shard that the shard's image names, and leaves the
  // other logs that are there as they are.
  void open_all(ShardState& shard, StorageStatePtr state);
  // Stops the replicas that `after` says, and does what leads from one image to the other. True if
  // logs may have been removed, so that the checkpoint files must forget them before the next
  // image.
  bool apply(ShardState& shard, const ClusterImage& before, const ClusterImage& after);
  // A replica is to stop (StopReplica), and with `remove` its files go; it may be one that no image
  // has named. `leader_epoch` as on the wire: -2 when the topic is deleted, -1 from controllers
  // that do not say. States of that leader epoch and older ones that still name this broker are not
  // obeyed after it. Errors: fenced_leader_epoch: the partition is in a newer one, and nothing is
  // done; kafka_storage_error.
  model::ErrorCode stop_replica(ShardState& shard, const model::TopicPartition& name,
                                model::LeaderEpoch leader_epoch, bool remove);
  // If the log of this partition is made one day, it shall lie in that data folder: until then, or
  // until the node ends, and of so many partitions only (the others lie where there are fewest). A
  // log that is there already stays.
  void place(const ShardState& shard, const model::TopicPartition& name, std::size_t data_folder);
  static constexpr std::size_t places_max = 10'000;
  [[nodiscard]] bool is_open() const { return state_ != nullptr; }
  // At the end. False if a log could not be closed cleanly.
  bool close_all(ShardState& shard);

  [[nodiscard]] std::vector<LogCheckpoint> checkpoints(const ShardState& shard) const;
  // Replicas whose logs failed, or cannot be opened, or lack too much to lead; not those that only
  // wait for the checkpoint files.
  [[nodiscard]] std::vector<model::TopicPartition> offline(const ShardState& shard) const;

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
  // The copy of the partition's log (log_moves.h).
  void sync_copy(ShardState& shard, PartitionNumber partition, log::SyncJob job);
  // The partition has another log now, or its copy is gone: what is under way is of the former one.
  void disown_syncs(PartitionNumber partition) { disown(partition, Purpose::durable_log); }
  void disown_copy_syncs(PartitionNumber partition) { disown(partition, Purpose::copy); }

  // A follower's log is to be cut: the checkpoint files must not say more than it will hold.
  void want_cut(ShardState& shard, const Partition& partition);
  // What the checkpoint files say for certain: does what has waited for it.
  void on_durable_checkpoint(ShardState& shard, const std::vector<LogCheckpoint>& durable);
  // Followers that this shard's leaders have not heard of for long.
  void watch_in_sync(ShardState& shard);
  void check_in_sync(ShardState& shard);
  // Files that a log has dropped are removed after the delay of its topic.
  void collect_removals(ShardState& shard, Partition& partition);
  // Off the shard's thread: to free a large file takes the operating system a tenth of a second.
  void remove_due_files(ShardState& shard);
  void remove_later(ShardState& shard, std::string path, std::int64_t delay_ms);

  // Valid once the logs are open.
  [[nodiscard]] const StorageState& state() const { return *state_; }
  [[nodiscard]] log::OpenFiles& files() { return files_; }

  void expire_producers(ShardState& shard);
  // Logs of new partitions that could not be made (a full disk) are tried again.
  void open_again(ShardState& shard);

  // The partition's log is incomplete no more, or nobody counts on it.
  void note_complete(ShardState& shard, const Partition& partition);

  // For the operator; not more often than once in ten seconds, because a full disk fails each
  // write.
  void report_failure(ShardState& shard, const Partition& partition, const std::string& detail);

 private:
  enum class Purpose : std::uint8_t { durable_log, checkpoint, removal, compaction, copy };
  struct RunningSync {
    Purpose purpose = Purpose::durable_log;
    PartitionNumber partition;  // of a log or its copy
    log::SyncJob job;
  };

  void open_or_update(ShardState& shard, const ClusterImage& image, const controller::Topic& topic);
  void follow(ShardState& shard, Partition& partition, const controller::Partition& state);
  [[nodiscard]] log::OpenOptions open_options(const ShardState& shard,
                                              const model::TopicPartition& name) const;
  [[nodiscard]] ReplicaOptions replica_options(const ShardState& shard,
                                               const model::TopicPartition& name) const;
  struct OpenedLog {
    std::unique_ptr<log::Log> log;
    bool incomplete = false;
  };
  model::Result<OpenedLog> open_log(ShardState& shard, const PartitionIdentity& identity,
                                    const log::SettingsPtr& settings);
  [[nodiscard]] bool is_inherited(const ShardState& shard, const model::TopicPartition& name) const;
  [[nodiscard]] bool has_files(const model::TopicPartition& name, const std::string& path);
  void open(ShardState& shard, const PartitionIdentity& identity, const log::SettingsPtr& settings);

  // storage_removal.cc
  void stop_replicas(ShardState& shard, const std::vector<controller::StoppedReplica>& stopped);
  void remove(ShardState& shard, const controller::Topic& topic);
  void let_go(ShardState& shard, const controller::Topic& topic);
  void let_go(ShardState& shard, Partition& partition);
  void close_others(ShardState& shard, const controller::Topic& topic);
  model::ErrorCode remove_log(ShardState& shard, const model::TopicPartition& name);
  std::unique_ptr<Partition> take_out(ShardState& shard, Partition& partition);
  void note_stopped(const ShardState& shard, const model::TopicPartition& name,
                    model::LeaderEpoch epoch);
  bool is_stopped(const model::TopicPartition& name, const model::TopicId& topic,
                  model::LeaderEpoch epoch);

  void drop_segments(ShardState& shard, const std::vector<LogCheckpoint>& durable);
  void cut_logs(ShardState& shard, const std::vector<LogCheckpoint>& durable);
  void make_room(ShardState& shard, const std::vector<LogCheckpoint>& durable);

  void update_settings(ShardState& shard, const ClusterImage& image, const std::string& topic);
  std::size_t take_folder_for(const ShardState& shard, const model::TopicPartition& name);
  log::SettingsPtr settings_of(const ShardState& shard, const ClusterImage& image,
                               const std::string& topic);
  void begin_job(ShardState& shard, RunningSync work);
  void disown(PartitionNumber partition, Purpose purpose);

  log::OpenFiles files_;
  StorageStatePtr state_;
  ClosedLogs closed_;
  // Names of which the checkpoint files may still tell although their logs are gone.
  std::set<model::TopicPartition> gone_;
  std::set<model::TopicPartition> forgotten_;  // of these, they do not when the next image comes
  // Replicas that the controller has stopped, and up to which epoch states are older than that.
  // Only those that the image still gives to this broker.
  struct Stopped {
    model::TopicId topic;
    model::LeaderEpoch epoch;
  };
  std::map<model::TopicPartition, Stopped> stopped_;
  std::map<model::TopicPartition, std::size_t> places_;  // data folders of logs to come

  ImageVersion defaults_version_{~std::uint64_t{0}};  // of the image that the defaults come from
  model::TopicSettings defaults_;

  std::map<PartitionNumber, log::SettingsPtr> unopened_;  // to be tried again
  Timers::Handle open_again_timer_;

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
