// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One partition's log on a disk: appended at its end, read anywhere, cut at its end (a follower
// only) and at its start.
//
// Owned by one shard; not thread-safe; never calls fsync while serving. What must become durable
// is handed out as a SyncJob that runs on any other thread and comes back as synced_to() or
// sync_failed(). Everything else that the owner has to remember:
//   - after open: advance_high_watermark() to what the checkpoint (or the single replica) says
//   - after each append: advance_high_watermark() when the replicas have it (and, with sync acks,
//     when the disk has it); take_sync_job() when wants_sync() says so or the log rolled
//   - from time to time: write recovery_point(), log_start() and high_watermark() of all logs into
//     the checkpoint files (data_files.h), then drop_segments_below() what they say;
//     expire_producers(); remove what take_removals() names; apply_retention(); compact it when
//     plan_cleaning() says that it is due (cleaning.h)
//   - before truncate_to(): have recovery_point_before_cut() in the checkpoint file; before
//     truncate_fully_and_start_at(): recovery_point_before_restart(), and the new start in that of
//     log starts
// Invariants: log/invariants.h, checked after every change.
//
// Errors: kafka_storage_error when the disk failed (after a failed append nothing has changed and
// the next one may succeed); corrupt_message when the disk returned bytes that are no batches.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "log/disk.h"
#include "log/leader_epochs.h"
#include "log/log_offsets.h"
#include "log/open_files.h"
#include "log/producer_state.h"
#include "log/segment.h"
#include "log/segment_indexes.h"
#include "log/sync_job.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/topic_settings.h"
#include "model/uuid.h"
#include "record/batch.h"
#include "record/compression.h"
#include "record/record.h"

namespace gregor::log {

using model::LeaderEpoch;
using model::Now;
using model::Offset;
using model::TopicPartition;

// Where a log lies and which open files it shares with its neighbours.
struct LogHome {
  OpenFiles* files = nullptr;  // outlives the log
  std::string folder;          // ".../topic-0"
  TopicPartition name;
};

using SettingsPtr = std::shared_ptr<const model::TopicSettings>;

struct OpenOptions {
  // From the checkpoint files of the data folder. Everything below the recovery point was synced.
  Offset recovery_point{0};
  Offset log_start{0};
  // The data folder had the marker of a clean stop: file contents are believed without a scan.
  bool clean_stop = false;
  // Likewise: below it, each key occurs once (cleaner-offset-checkpoint). 0 costs time only.
  Offset cleaned_to{0};
  std::int64_t producer_id_expiration_ms = 86'400'000;
};

// What opening found and did; `lines` are for the operator's log, empty when nothing was unusual.
struct OpenReport {
  std::uint64_t segments_scanned = 0;
  std::uint64_t batches_scanned = 0;
  std::uint64_t bytes_scanned = 0;
  std::uint64_t bytes_truncated = 0;
  std::uint64_t indexes_rebuilt = 0;
  std::vector<std::string> lines;
};

// What compaction has to do: [first_dirty, end). Nothing if they are equal.
struct CleaningPlan {
  Offset first_dirty;
  Offset end;
  double dirty_ratio = 0;  // of the bytes that would be read
  bool due = false;        // min.cleanable.dirty.ratio or max.compaction.lag.ms ask for it
};

class Log;
struct OpenedLog {
  std::unique_ptr<Log> log;
  OpenReport report;
};

struct LeaderAppend {
  LeaderEpoch leader_epoch{0};
  AppendOrigin origin = AppendOrigin::client;
  // What the topic's settings ask to change in the timestamps (record/validation.h).
  std::optional<record::TimestampStamp> stamp = std::nullopt;
};

struct Appended {
  Offset first_offset;
  Offset last_offset;
  // As stored; of a duplicate, that of the batch that was stored then.
  model::Timestamp max_timestamp;
  // The producer repeated a batch that is in the log already; nothing was written, and the offsets
  // are those of then.
  bool duplicate = false;
  // A segment was closed: there is something to sync.
  bool rolled = false;
};

struct ReadRequest {
  Offset from;
  // Exclusive: log_end(), high_watermark() or last_stable(). Whole batches below it are returned.
  Offset limit;
  std::size_t bytes_max = 0;
  // Return the first batch whole even if it is larger than bytes_max.
  bool at_least_one_batch = false;
};

// Bytes of one segment file, to be sent as they lie there. They begin with the batch that contains
// `from` (which may start before it); the last batch may be cut off by bytes_max, as in Kafka. The
// file stays readable while this lives, also if the segment is removed from the log.
struct Slice {
  FilePtr file;  // null when bytes == 0
  std::uint64_t position = 0;
  std::size_t bytes = 0;
  // No record of the slice has an offset at or above this one; for aborted_transactions().
  Offset upper_bound;
};

struct FoundOffset {
  Offset offset;
  model::Timestamp timestamp;
  LeaderEpoch leader_epoch;
  friend bool operator==(const FoundOffset&, const FoundOffset&) = default;
};

class Log {
 public:
  // Opens the log in home.folder, which is created if absent (then the log is empty and starts at
  // options.log_start).
  //   kafka_storage_error            the disk failed, and may be tried again
  //   corrupt_message                bytes below the recovery point are corrupt or missing
  //   unsupported_for_message_format the folder holds batches of a format before v2
  static Result<OpenedLog> open(LogHome home, SettingsPtr settings, const OpenOptions& options,
                                Now now);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // --- what is there ---
  [[nodiscard]] const TopicPartition& name() const { return name_; }
  [[nodiscard]] const std::string& folder() const { return folder_.path; }
  [[nodiscard]] const model::TopicSettings& settings() const { return *settings_; }
  void set_settings(SettingsPtr settings);

  [[nodiscard]] Offset log_start() const { return offsets_.start(); }
  [[nodiscard]] Offset last_stable() const { return offsets_.last_stable(); }
  [[nodiscard]] Offset high_watermark() const { return offsets_.high_watermark(); }
  [[nodiscard]] Offset log_end() const { return offsets_.end(); }
  [[nodiscard]] Offset recovery_point() const { return recovery_point_; }
  // Below it, compaction has left one record of each key.
  [[nodiscard]] Offset cleaned_to() const { return cleaned_to_; }
  [[nodiscard]] std::uint64_t size_bytes() const;  // of the .log files
  [[nodiscard]] std::size_t segment_count() const { return segments_.size(); }
  [[nodiscard]] const LeaderEpochs& leader_epochs() const { return epochs_; }
  [[nodiscard]] const ProducerStates& producers() const { return producers_; }
  // Why the log refuses appends, for good; empty while it works.
  [[nodiscard]] const std::string& offline_reason() const { return offline_reason_; }
  // Lines for the operator about what was found wrong and mended since the last call.
  [[nodiscard]] std::vector<std::string> take_notes();

  // --- appending (log_append.cc) ---
  // Writes `batch` with the next offsets and the epoch; its header is patched on the way, its body
  // written from where it lies. Besides errors of the disk:
  //   record_list_too_large           larger than segment.bytes
  //   out_of_order_sequence_number, invalid_producer_epoch, invalid_txn_state,
  //   transaction_coordinator_fenced  what the producer's state forbids (producer_state.h)
  //   fenced_leader_epoch             the log has records of a later epoch
  Result<Appended> append_as_leader(const record::ValidBatch& batch, const LeaderAppend& how,
                                    Now now);
  // Appends whole batches as a leader's log has them, but not what is left of another one. A log
  // that holds nothing may begin with the batch that its start lies within. corrupt_message when a
  // batch is invalid or does not continue this log; batches before it have been appended then.
  Result<Appended> append_as_follower(base::BytesView batches, Now now);

  // This replica became leader: records from log_end() on belong to `epoch`, also if none follows.
  // The epoch must not be below leader_epochs().latest() (of a folder that came from elsewhere).
  void begin_leader_epoch(LeaderEpoch epoch);
  void advance_high_watermark(Offset to);

  // --- reading (log_read.cc, log_lookup.cc) ---
  // offset_out_of_range unless log_start() <= from <= log_end(). An empty slice when no whole batch
  // lies below the limit (or the first is larger than bytes_max, and not at_least_one_batch).
  [[nodiscard]] Result<Slice> read(const ReadRequest& request);

  // The first record at or after log_start() with a timestamp of at least `timestamp`.
  [[nodiscard]] Result<std::optional<FoundOffset>> offset_for_timestamp(
      model::Timestamp timestamp, record::Decompressor& decompressor);
  // The first record that has the largest timestamp of the log.
  [[nodiscard]] Result<std::optional<FoundOffset>> offset_of_max_timestamp(
      record::Decompressor& decompressor);
  // Largest known epoch that is not above `epoch`, and where it ends; nullopt when `epoch` is above
  // the latest (or none is known).
  [[nodiscard]] std::optional<EpochEnd> end_of_epoch(LeaderEpoch epoch) const;
  // Aborted transactions with records in [from, slice.upper_bound), for read_committed.
  [[nodiscard]] Result<std::vector<AbortedTransaction>> aborted_transactions(Offset from,
                                                                             Offset upper_bound);

  // --- cutting (log_truncate.cc) ---
  // Not above the recovery point that is left by truncate_to(offset), nor by one that a power cut
  // interrupts.
  [[nodiscard]] Offset recovery_point_before_cut(Offset offset) const;
  // Removes the records from `offset` on: a follower whose leader does not have them. The log ends
  // with the last batch that is left: earlier than at `offset` if that lies inside of a batch, or
  // where compaction has taken the records before it.
  Result<> truncate_to(Offset offset, Now now);
  // Likewise for truncate_fully_and_start_at(offset): of the old segments any may be left.
  [[nodiscard]] Offset recovery_point_before_restart(Offset offset) const;
  // Forgets everything; the next record gets `offset`.
  Result<> truncate_fully_and_start_at(Offset offset, Now now);
  // Raises log_start() to `offset`; no effect if it is there already. offset_out_of_range above the
  // high watermark.
  Result<> delete_records_before(Offset offset);
  // Drops the segments that lie wholly below `checkpointed_start`: what the checkpoint file of log
  // starts says for certain. (Without it, a power cut that brings some of the dropped segments back
  // would leave a log with holes.)
  void drop_segments_below(Offset checkpointed_start);
  // Moves the log start to where retention.ms and retention.bytes let it, whole segments at a time,
  // not beyond the high watermark; whether it moved. The segments go by drop_segments_below(). The
  // active one is closed if it is to go, too.
  Result<bool> apply_retention(Now now);
  [[nodiscard]] Result<CleaningPlan> plan_cleaning(Now now);
  // Files that were dropped from the log and may be removed after file.delete.delay.ms: paths for
  // Disk::remove. Forgotten ones are removed by the next open.
  [[nodiscard]] std::vector<std::string> take_removals();
  // Renames the folder so that the partition is gone (topic deleted, replica moved away), and
  // closes; returns the new path, which the owner removes later. Only slices stay readable.
  Result<std::string> retire(const model::Uuid& unique);

  // --- durability (log_flush.cc) ---
  [[nodiscard]] std::int64_t unflushed_records() const { return log_end() - recovery_point_; }
  // flush.messages or flush.ms ask for it.
  [[nodiscard]] bool wants_sync(Now now) const;
  // What has to be synced so that everything below job.up_to is durable; nullopt if nothing.
  // Several may be under way; each ends with one of the two calls below.
  [[nodiscard]] std::optional<SyncJob> take_sync_job(Now now);
  // Why that job (or its absence) does not reach the log's end, for example a disk too full for
  // indexes that go before; empty if it does. To be asked again later.
  [[nodiscard]] const std::string& sync_obstacle() const { return sync_obstacle_; }
  void synced_to(const SyncJob& job);
  // The disk lost what it had accepted. Nothing is known about what the disk holds: the log goes
  // offline.
  void sync_failed(const SyncJob& job, const model::Error& error);
  void take_offline(std::string reason);

  // Ends the log cleanly: everything written, synced (on this thread) and trimmed, with a producer
  // snapshot at the end. Afterwards recovery_point() == log_end(), and only reads are allowed.
  Result<> close();

  // Forgets producers that were silent for so long and have no open transaction.
  void expire_producers(Now now, std::int64_t expiration_ms);

 private:
  friend class LogOpener;       // log_open.cc, log_recovery.cc: makes the log from its files
  friend class Cleaning;        // cleaning.cc: compacts it
  friend struct LogInvariants;  // invariants.cc

  // The newest batches of the active segment: readers at the tail need no look-up.
  struct RecentBatches {
    static constexpr std::size_t size = 16;
    std::array<BatchPlace, size> places;
    std::size_t count = 0;  // ever added; the last `size` are kept
    void add(const BatchPlace& place) { places[count++ % size] = place; }
    [[nodiscard]] const BatchPlace* find(Offset offset) const;
  };

  Log(LogHome home, SettingsPtr settings, LogOffsets offsets);

  [[nodiscard]] Result<> check_appendable() const;
  Result<> roll_if_needed(const BatchPlace& batch, Now now, bool& rolled);
  Result<> roll(Offset base_offset, Now now);
  // Base of the last segment that has a file; no_offset if none has.
  [[nodiscard]] Offset last_name() const;
  // Makes the name of the segment durable, if it is not.
  Result<> keep_name(std::size_t segment);
  Result<> write_snapshot();
  void commit(const BatchPlace& batch, const std::optional<ProducerUpdate>& update);
  void enter_epoch(LeaderEpoch epoch, Offset start);
  // The epochs have changed. That their file cannot be written (a full disk) loses nothing: no sync
  // job is handed out until it is.
  void save_epochs();
  Result<> write_epochs();

  [[nodiscard]] Segment& active() { return *segments_.back(); }
  [[nodiscard]] std::size_t segment_of(Offset offset) const;
  Result<std::optional<BatchPlace>> find_batch(std::size_t segment, Offset offset);
  Result<std::uint64_t> end_of_slice(std::size_t segment, Offset limit);
  Result<Offset> upper_bound_of(std::size_t segment, std::uint64_t end, const ReadRequest& request);

  Result<> cut_files(Offset offset, Now now);
  Result<> restart_files(Offset offset, Now now);
  Result<> drop_segment(std::size_t index);
  Result<Offset> end_of_expired(Now now);
  Result<Offset> end_of_cleanable(Offset first_dirty, Now now);
  // The segments [first, end) by the one that was made of them. A failure takes the log offline.
  Result<> replace_segments(std::size_t first, std::size_t end, std::unique_ptr<Segment> by);
  Result<> drop_snapshots_above(Offset offset);
  // Newest snapshot that is not beyond `end`, and the log after it.
  Result<> reload_producers(Offset end);
  // Enters the batches of the last MiB before `end` that the snapshot there leaves out.
  Result<> recall_batches(Offset end);
  // Of producers, in the last `bytes` of the segment, before `end`.
  static Result<std::vector<ProducerFacts>> batches_in_tail(Segment& segment, std::uint64_t bytes,
                                                            Offset end);
  // Enters the batches in [from, end) into the producers' state.
  Result<> replay_producers(Offset from, Offset end);
  // Enters the batch that `scan` returned last, and the transaction that it may abort.
  Result<> enter_scanned(BatchScan& scan, const record::HeaderView& header, Segment* aborted_go_to);
  void add_epoch_and_snapshot_files(SyncJob& job);

  LogFolder folder_;
  TopicPartition name_;
  SettingsPtr settings_;
  LogOffsets offsets_;
  LeaderEpochs epochs_;
  ProducerStates producers_;
  std::vector<std::unique_ptr<Segment>> segments_;  // by base offset; the last one is active
  RecentBatches recent_;
  std::vector<std::string> removals_;
  std::string offline_reason_;

  Offset recovery_point_{0};
  Offset sync_asked_for_{0};  // up_to of the last job
  std::string sync_obstacle_;
  model::Instant last_sync_;      // when it was taken
  Offset durable_names_{-1};      // base of the last segment whose name is known to be durable
  std::uint64_t jobs_out_ = 0;    // sync jobs that were handed out and have not ended
  std::uint64_t generation_ = 0;  // of cuts
  std::uint64_t layout_ = 0;      // changes with all segments but the active one
  Offset cleaned_to_{0};
  Offset last_snapshot_{0};  // offset of the newest producer snapshot
  std::vector<Offset> unsynced_snapshots_;
  std::vector<Offset> snapshots_in_jobs_;  // that are under way
  std::int64_t producer_id_expiration_ms_ = 0;
  bool parent_changed_ = false;   // the folder itself was made and its parent not synced
  bool cut_unsynced_ = false;     // a power cut may bring cut records back
  bool epochs_changed_ = false;   // the checkpoint file is older than epochs_
  bool epochs_unsynced_ = false;  // the checkpoint file was written and not synced
};

}  // namespace gregor::log
