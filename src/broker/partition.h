// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One partition as its owning shard has it: the log, who leads it, and the produce requests that
// wait until their records are safe.
//
// With one replica the high watermark is the log end, except where flush.messages demands that
// records reach the disk first: then an append raises the barrier, and until a sync job has passed
// the barrier the high watermark follows the recovery point. So readers never see, and
// acknowledgements never promise, what a topic wants to have on disk and is not. While one sync job
// runs, appends gather behind it and share the next one: group commit.
// Invariants: invariants.h.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/identity.h"
#include "broker/tasks.h"
#include "log/log.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::broker {

struct PartitionIdentity {
  model::TopicPartition name;
  model::TopicId topic_id;
  PartitionNumber number;
  std::size_t data_folder = 0;  // index into log.dirs
};

struct Leadership {
  bool leads = false;
  model::LeaderEpoch epoch{0};
  std::size_t replicas = 1;
  std::size_t in_sync = 1;
};

// A produce request's part that waits until everything below `needs` is acknowledged.
struct AckWaiter {
  model::Offset needs;
  Address address;
  ProduceResult result;
};

class Partition {
 public:
  Partition(PartitionIdentity identity, std::unique_ptr<log::Log> log);
  // Its log could not be opened: everything is answered with kafka_storage_error.
  Partition(PartitionIdentity identity, std::string offline_reason);

  // Its log could be opened after all.
  void adopt_log(std::unique_ptr<log::Log> log);

  [[nodiscard]] const PartitionIdentity& identity() const { return identity_; }
  [[nodiscard]] const model::TopicPartition& name() const { return identity_.name; }
  [[nodiscard]] const model::TopicId& topic_id() const { return identity_.topic_id; }
  [[nodiscard]] PartitionNumber number() const { return identity_.number; }
  [[nodiscard]] std::size_t data_folder() const { return identity_.data_folder; }

  // Why the partition does not serve; empty while it does.
  [[nodiscard]] const std::string& offline_reason() const;
  [[nodiscard]] bool has_log() const { return log_ != nullptr; }
  // Only when it has one.
  [[nodiscard]] log::Log& log() { return *log_; }
  [[nodiscard]] const log::Log& log() const { return *log_; }
  [[nodiscard]] std::unique_ptr<log::Log> release_log() { return std::move(log_); }

  [[nodiscard]] const Leadership& leadership() const { return leadership_; }
  void set_leadership(const Leadership& leadership);

  // Whether it may be asked by someone who believes in `current` as leader epoch (-1: does not
  // say): none, kafka_storage_error, not_leader_or_follower, fenced_leader_epoch or
  // unknown_leader_epoch.
  [[nodiscard]] model::ErrorCode check_leader(model::LeaderEpoch current) const;

  model::Result<log::Appended> append(const record::ValidBatch& batch,
                                      const std::optional<record::TimestampStamp>& stamp,
                                      model::Now now);
  [[nodiscard]] bool is_acknowledged(model::Offset needs) const {
    return log_->high_watermark() >= needs;
  }
  void wait_for_ack(AckWaiter waiter) { ack_waiters_.push_back(std::move(waiter)); }
  // Those that wait no longer, in the order in which they came: their records are safe, or (with
  // kafka_storage_error in the result) nobody knows whether they ever will be.
  std::vector<AckWaiter> take_finished_waiters();
  std::vector<AckWaiter> take_all_waiters();

  // Whether the high watermark has moved since the last call.
  bool take_readable_changed() { return std::exchange(readable_changed_, false); }

  // flush.ms has passed: what has been appended should reach the disk soon.
  void request_sync() { wants_sync_ = true; }
  // Something that should be synced now; at most one job is under way.
  std::optional<log::SyncJob> next_sync(model::Now now);
  void sync_done(const log::SyncJob& job, const model::Result<>& result);
  [[nodiscard]] bool is_syncing() const { return syncing_; }
  [[nodiscard]] bool wants_sync() const { return wants_sync_; }
  // The disk took less than the last sync needs. Who waits for the rest is told, and request_sync
  // is to be called after a while.
  [[nodiscard]] bool sync_fell_short() const;
  [[nodiscard]] model::Offset barrier() const { return barrier_; }

 private:
  void begin_log();
  void advance_high_watermark();

  PartitionIdentity identity_;
  std::unique_ptr<log::Log> log_;
  std::string offline_reason_;
  Leadership leadership_;
  model::Offset barrier_{0};  // records below it must be synced before anyone sees them
  bool wants_sync_ = false;
  bool syncing_ = false;
  bool readable_changed_ = false;
  std::optional<model::Offset> out_of_reach_;  // from here on records wait for no sync, just found
  std::deque<AckWaiter> ack_waiters_;          // as they came
};

}  // namespace gregor::broker
