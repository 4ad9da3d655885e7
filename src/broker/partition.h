// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One partition as its owning shard has it: the log, the replica that decides about it
// (replication/replica.h), and the produce requests that wait until their records are safe.
//
// A replica counts itself up to the end of its log, except where flush.messages demands that
// records reach the disk first: then an append raises the barrier, and until a sync job has passed
// the barrier the replica is counted up to the recovery point. So readers never see, and
// acknowledgements never promise, what a topic wants to have on disk and is not. While one sync job
// runs, appends gather behind it and share the next one: group commit. With one replica the high
// watermark is what it counts itself.
// Invariants: invariants.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "broker/identity.h"
#include "broker/storage_state.h"
#include "broker/tasks.h"
#include "log/log.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"
#include "replication/replica.h"

namespace gregor::broker {

class Trace;
struct TracedPartition;

struct PartitionIdentity {
  model::TopicPartition name;
  model::TopicId topic_id;
  PartitionNumber number;
  std::size_t data_folder = 0;  // index into log.dirs
};

// What the replica has to know besides its log and the topic's settings.
struct ReplicaOptions {
  model::BrokerId self{0};
  std::int64_t lag_ms_max = 30'000;
  model::Offset high_watermark{0};  // from the checkpoint; beyond the log: its end
  bool incomplete = false;          // the log, as its mark says
  Trace* trace = nullptr;           // of the shard, if it has one
};

// A produce request's part that waits until everything below `needs` is acknowledged.
struct AckWaiter {
  model::Offset needs;
  Address address;
  ProduceResult result;
};

class Partition {
 public:
  Partition(PartitionIdentity identity, std::unique_ptr<log::Log> log,
            const ReplicaOptions& options);
  // Its log could not be opened: everything is answered with kafka_storage_error.
  Partition(PartitionIdentity identity, std::string offline_reason, const ReplicaOptions& options);
  Partition(Partition&&) noexcept;
  ~Partition();

  // Its log could be opened after all.
  void adopt_log(std::unique_ptr<log::Log> log, bool incomplete, model::Now now);
  // It goes on in another data folder with this log, which holds what its own does, all of it
  // synced. Returns the former one.
  std::unique_ptr<log::Log> move_to(std::size_t data_folder, std::unique_ptr<log::Log> log,
                                    model::Now now);
  // How often records have been taken from the log's end.
  [[nodiscard]] std::uint64_t cuts() const { return cuts_; }

  [[nodiscard]] const PartitionIdentity& identity() const { return identity_; }
  [[nodiscard]] const model::TopicPartition& name() const { return identity_.name; }
  [[nodiscard]] const model::TopicId& topic_id() const { return identity_.topic_id; }
  [[nodiscard]] PartitionNumber number() const { return identity_.number; }
  [[nodiscard]] std::size_t data_folder() const { return identity_.data_folder; }

  // Why the partition does not serve; empty while it does.
  [[nodiscard]] const std::string& offline_reason() const;
  // Whether its log has failed; said once.
  [[nodiscard]] bool take_failure();
  [[nodiscard]] bool has_log() const { return log_ != nullptr; }
  // Only when it has one.
  [[nodiscard]] log::Log& log() { return *log_; }
  [[nodiscard]] const log::Log& log() const { return *log_; }
  [[nodiscard]] std::unique_ptr<log::Log> release_log() { return std::move(log_); }

  [[nodiscard]] const replication::Replica& replica() const { return replica_; }
  [[nodiscard]] bool leads() const { return replica_.leads(); }
  [[nodiscard]] model::LeaderEpoch leader_epoch() const { return replica_.state().epoch; }
  // What the controller has decided. Errors: kafka_storage_error; stale_controller_epoch when it is
  // known already, or was replaced; and those of the replica.
  model::ErrorCode follow(const replication::LeaderAndIsr& news, model::Now now);
  // It should lead, and its log lacks what it is counted on to have.
  [[nodiscard]] bool refuses_to_lead() const;
  // Its log is incomplete no more; said once.
  bool take_completed() { return std::exchange(completed_, false); }
  // It neither leads nor follows any more, until the controller names a newer leader epoch. Errors:
  // fenced_leader_epoch when that has happened already (a negative epoch is always right);
  // kafka_storage_error when the log is offline, which does not keep it from stopping.
  model::ErrorCode stop(model::LeaderEpoch epoch, model::Now now);
  // Settings that may have changed: min.insync.replicas is the replica's business.
  void set_settings(const log::SettingsPtr& settings, model::Now now);

  // Whether what it sends to followers that are not in sync keeps to a quota; and what it fetches.
  [[nodiscard]] bool is_throttled_leader() const { return throttled_leader_; }
  [[nodiscard]] bool is_throttled_follower() const { return throttled_follower_; }
  // As a follower it has not got yet what its leader had committed when it answered last.
  [[nodiscard]] bool lags() const { return lags_; }

  // Whether it may be asked by someone who believes in `current` as leader epoch (-1: does not
  // say): none, kafka_storage_error, not_leader_or_follower, fenced_leader_epoch or
  // unknown_leader_epoch.
  [[nodiscard]] model::ErrorCode check_leader(model::LeaderEpoch current) const;
  // The same for a consumer, who may ask a follower.
  [[nodiscard]] model::ErrorCode check_reader(model::LeaderEpoch current) const;

  model::Result<log::Appended> append(const record::ValidBatch& batch,
                                      const std::optional<record::TimestampStamp>& stamp,
                                      model::Now now);
  // By all that must have it; by this replica, its disk included where the topic wants that.
  [[nodiscard]] bool is_acknowledged(model::Offset needs) const {
    return log_->high_watermark() >= needs;
  }
  [[nodiscard]] bool is_kept(model::Offset needs) const {
    return is_acknowledged(needs) || counted_end() >= needs;
  }
  void wait_for_ack(AckWaiter waiter) { ack_waiters_.push_back(std::move(waiter)); }
  void wait_until_kept(AckWaiter waiter) { kept_waiters_.push_back(std::move(waiter)); }
  // Those that wait no longer, in the order in which they came: their records are safe, or (with an
  // error in the result) nobody knows whether they ever will be.
  std::vector<AckWaiter> take_finished_waiters();
  std::vector<AckWaiter> take_all_waiters();

  // A follower's fetch: counted, and refused, divergent or to be answered up to the log end.
  replication::FetchVerdict count_fetch(const replication::FollowerFetch& fetch, model::Now now);
  // Whether the high watermark is news for this follower; from now on it is none.
  bool tell_high_watermark(model::BrokerId follower);
  // A change of the in-sync replicas for the controller, once.
  std::optional<replication::IsrProposal> take_proposal() {
    return std::exchange(proposal_, std::nullopt);
  }
  void take_answer(const replication::AlterPartitionAnswer& answer, model::Now now) {
    step(answer, now);
  }
  // To be called from time to time by a leader that has followers.
  void check_in_sync(model::Now now) { step(replication::TimeReached(), now); }

  // How far this replica may be counted.
  [[nodiscard]] model::Offset counted_end() const;

  // --- as follower (partition_follower.cc) ---
  // The next fetch, once; nullopt while there is none to be sent.
  std::optional<replication::FetchPosition> take_fetch() {
    return std::exchange(fetch_, std::nullopt);
  }
  // What to ask the leader, once: where its log starts.
  std::optional<replication::LogStartQuestion> take_question() {
    return std::exchange(question_, std::nullopt);
  }
  // The leader's answer; `records` are batches as it has them. The error is of our own disk, or
  // corrupt_message.
  model::Result<> take_response(const replication::FetchResponse& response, base::BytesView records,
                                model::Now now);
  void take_log_start(const replication::LeaderLogStart& told, model::Now now) { step(told, now); }

  // Records that are to go while the checkpoint files say more: before the log is cut the files
  // must name no later recovery point than recovery_point_before_cut(), and where all goes the new
  // start.
  struct Cut {
    model::Offset to;
    bool all = false;  // the log starts anew there
  };
  [[nodiscard]] const std::optional<Cut>& pending_cut() const { return cut_; }
  // What the checkpoint files should say of its log.
  [[nodiscard]] LogCheckpoint checkpoint() const;
  // While a cut is pending.
  [[nodiscard]] model::Offset recovery_point_before_cut() const;
  // What the files say for certain.
  void cut_if_safe(model::Offset recovery_point, model::Offset log_start, model::Now now);

  // Whether there is something new for who reads here, followers included, since the last call.
  bool take_readable_changed() { return std::exchange(readable_changed_, false); }

  // flush.ms has passed: what has been appended should reach the disk soon.
  void request_sync() { wants_sync_ = true; }
  // Something that should be synced now; at most one job is under way.
  std::optional<log::SyncJob> next_sync(model::Now now);
  void sync_done(const log::SyncJob& job, const model::Result<>& result, model::Now now);
  [[nodiscard]] bool is_syncing() const { return syncing_; }
  [[nodiscard]] bool wants_sync() const { return wants_sync_; }
  // The disk took less than the last sync needs. Who waits for the rest is told, and request_sync
  // is to be called after a while.
  [[nodiscard]] bool sync_fell_short() const;
  [[nodiscard]] model::Offset barrier() const { return barrier_; }

 private:
  void begin_trace();
  void begin_log();
  void read_throttles();
  void step(const replication::Event& event, model::Now now);
  void perform(model::Now now);
  void cut(model::Now now);
  void fail_waiters(model::ErrorCode error);

  PartitionIdentity identity_;
  ReplicaOptions options_;
  std::unique_ptr<log::Log> log_;
  std::string offline_reason_;
  replication::Replica replica_;
  std::optional<replication::LeaderAndIsr> news_;  // the last; for a log that comes later
  replication::Effects effects_;                   // of the last step; kept for its memory
  std::unique_ptr<TracedPartition> traced_;        // null: nobody reads its trace
  std::map<model::BrokerId, model::Offset> told_;  // high watermarks, to followers
  std::optional<replication::FetchPosition> fetch_;
  std::optional<replication::LogStartQuestion> question_;
  std::optional<Cut> cut_;
  std::uint64_t cuts_ = 0;
  std::optional<replication::IsrProposal> proposal_;
  model::Offset barrier_{0};  // records below it must be synced before anyone sees them
  bool wants_sync_ = false;
  bool syncing_ = false;
  bool readable_changed_ = false;
  bool failure_taken_ = false;
  bool completed_ = false;
  bool throttled_leader_ = false;
  bool throttled_follower_ = false;
  bool lags_ = true;                           // until an answer says otherwise
  std::optional<model::Offset> out_of_reach_;  // from here on records wait for no sync, just found
  std::deque<AckWaiter> ack_waiters_;          // for acks=all, as they came
  std::deque<AckWaiter> kept_waiters_;         // for this replica alone
  std::vector<AckWaiter> failed_waiters_;
};

}  // namespace gregor::broker
