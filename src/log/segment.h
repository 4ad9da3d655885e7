// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A piece of a log: a .log file of batches, whole ones one after the other, with its indexes
// (segment_indexes.h). The last segment of a log is its active one and grows; the others are
// finished. Which batches may be appended is for the log to decide; a segment knows bytes, places
// and timestamps.
//
// Indexes are believed only as far as they agree with the .log file: a look-up that the offset
// index leads astray rebuilds the indexes and leaves a note.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/batch_scan.h"
#include "log/disk.h"
#include "log/open_files.h"
#include "log/segment_indexes.h"
#include "model/ids.h"
#include "model/topic_settings.h"
#include "record/compression.h"
#include "record/record.h"

namespace gregor::log {

// What the segments of a log share.
struct LogFolder {
  OpenFiles* files;
  std::string path;
  std::int32_t index_interval_bytes = 4096;
  // Names were made, changed or removed since the folder was last synced.
  bool names_changed = false;
  // Lines for the operator about what was found and mended.
  std::vector<std::string> notes = {};
};

// What decides whether the active segment still takes a batch.
struct RollQuestion {
  model::Timestamp now;
  model::Timestamp max_timestamp;  // of the batch
  model::Offset last_offset;       // of the batch
  std::uint64_t bytes;             // of the batch
  std::int64_t jitter_ms;          // by how much earlier than segment.ms this segment may end
};

class Segment {
 public:
  // Empty; its file is made by the first append.
  Segment(LogFolder& folder, model::Offset base_offset, model::Timestamp created);
  // Likewise; the names of its files end with `suffix` (one of file_names.h) until rename().
  Segment(LogFolder& folder, model::Offset base_offset, model::Timestamp created,
          std::string_view suffix);

  struct FileSizes {
    std::uint64_t log = 0;
    std::uint64_t offset_index = 0;
    std::uint64_t time_index = 0;
    std::optional<std::uint64_t> transaction_index = std::nullopt;  // nullopt: no such file
  };
  // One that lies in the folder.
  Segment(LogFolder& folder, model::Offset base_offset, model::Timestamp opened,
          const FileSizes& sizes);

  [[nodiscard]] model::Offset base_offset() const { return base_offset_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::string path(FileKind kind) const { return place(kind).path(); }
  // When it was begun here, or opened.
  [[nodiscard]] model::Timestamp created() const { return created_; }
  // The .log file for reading. Null when there is none yet.
  Result<FilePtr> file();
  // What must be synced so that the segment, and if it is finished its indexes, are durable.
  Result<> collect_files(std::vector<FilePtr>& files);

  // --- growing ---
  // As Kafka: size, record time since the first batch (or clock time, if records have none), full
  // indexes, or an offset too far from the base.
  Result<bool> must_roll(const RollQuestion& question, const model::TopicSettings& settings);
  [[nodiscard]] bool has_file() const { return exists_; }
  // Makes the .log file if there is none yet.
  Result<> ensure_file();
  // Appends the pieces as one batch. After a failure the segment is as before: what the disk took
  // of it is cut off, at the latest before the next append.
  Result<> write(std::span<const base::BytesView> pieces);
  // Enters a batch that lies in the file now and fits().
  void note(const BatchPlace& batch);
  // Whether the indexes can express the batch: what a file holds is not to be trusted.
  [[nodiscard]] bool fits(const BatchPlace& batch) const;
  void note_aborted(const AbortedTransaction& transaction) { transactions_.append(transaction); }
  // finish() makes the file of the transaction index, also if it is empty.
  void require_transaction_file() { transaction_file_required_ = true; }
  // Completes the indexes and writes them out; after a failure it can be repeated.
  Result<> finish();
  [[nodiscard]] bool is_finished() const { return finished_; }

  // --- looking up ---
  // The first batch that ends at or after `offset`; nullopt if all end before.
  Result<std::optional<BatchPlace>> find(model::Offset offset);
  // An offset such that no record in the bytes before `position` is at or above it; nullopt if the
  // index has none.
  Result<std::optional<model::Offset>> bound_of_bytes_before(std::uint64_t position);
  // The largest timestamp, and the last offset of the first batch that has it; no_timestamp if no
  // record has one.
  struct LargestTimestamp {
    model::Timestamp timestamp;
    model::Offset batch_last_offset;
  };
  Result<LargestTimestamp> largest_timestamp();
  // The largest timestamp of the first batch; nullopt if it has none, or there is no batch.
  Result<std::optional<model::Timestamp>> first_timestamp();
  struct FoundRecord {
    record::TimestampAndOffset record;
    model::LeaderEpoch leader_epoch;
  };
  // The first record from `from` on whose timestamp is at least `timestamp`.
  Result<std::optional<FoundRecord>> find_timestamp(model::Timestamp timestamp, model::Offset from,
                                                    record::Decompressor& decompressor);
  // The first record with the largest timestamp.
  Result<std::optional<FoundRecord>> find_largest_timestamp(record::Decompressor& decompressor);
  // Adds the aborted transactions that touch [from, to); true if none of a later segment can.
  Result<bool> collect_aborted(model::Offset from, model::Offset to,
                               std::vector<AbortedTransaction>& found);

  // --- opening, cutting, removing ---
  // Reads the end of the file: returns the offset after the last batch, and makes the segment ready
  // to grow.
  Result<model::Offset> load_tail();
  // Forgets the indexes; note() and note_aborted() of every batch make them anew. The transaction
  // index is kept if asked for, because the .log file alone does not yield it.
  void reset_indexes(bool keep_transactions);
  // Makes offset and time index anew from the .log file. If that cannot be read they stay as they
  // were.
  Result<> rebuild_indexes();
  // Cuts the file at `position`, where the batch begins that contains `offset` or follows it.
  Result<> truncate_to(std::uint64_t position, model::Offset offset);
  // Gives the files names that end with `suffix`, the .log file last; they replace what has these
  // names.
  Result<> rename(std::string_view suffix);
  // The files are about to be replaced or renamed.
  void close_files();
  // Renames the files to be removed later, and adds their paths. (The producer snapshot at the base
  // offset goes along.)
  Result<> drop(std::vector<std::string>& removals);

  OffsetIndex& offset_index() { return offsets_; }
  TimeIndex& time_index() { return times_; }
  TransactionIndex& transaction_index() { return transactions_; }
  [[nodiscard]] FilePlace place(FileKind kind) const {
    return {*folder_.files, folder_.path, base_offset_, kind, suffix_};
  }

 private:
  [[nodiscard]] std::int32_t relative(model::Offset offset) const;
  Result<std::optional<BatchPlace>> find_from(std::uint64_t position, model::Offset offset,
                                              std::optional<model::Offset> first_batch_ends);
  Result<std::optional<OffsetIndexEntry>> index_floor(model::Offset offset);
  Result<model::Offset> read_tail();
  static std::uint64_t position_of(const OffsetIndexEntry& entry) {
    // A negative position (the index is garbage) becomes one beyond every file.
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(entry.position));
  }
  Result<base::Bytes> read_batch(const BatchPlace& place);
  // What note() enters; whether the offset index has grown.
  bool enter(const BatchPlace& batch);
  void enter_time(model::Timestamp timestamp, model::Offset offset);
  Result<> enter_all();
  void spill_indexes();
  Result<> load_first_timestamp();
  Result<FilePtr> existing_file();
  Result<> cut_torn_bytes();
  [[nodiscard]] std::unexpected<model::Error> blame(const model::Error& error) const;

  LogFolder& folder_;
  model::Offset base_offset_;
  std::string_view suffix_;  // of file names; mostly empty
  std::uint64_t bytes_ = 0;
  std::weak_ptr<File> reader_;
  FilePtr writer_;  // while the segment grows
  OffsetIndex offsets_;
  TimeIndex times_;
  TransactionIndex transactions_;

  model::Timestamp created_;
  std::optional<model::Timestamp> first_timestamp_;  // of the first batch, once known
  std::optional<LargestTimestamp> largest_;          // once known
  model::Timestamp last_time_entry_ = model::no_timestamp;
  std::uint64_t bytes_since_entry_ = 0;
  bool finished_ = false;
  bool exists_ = false;  // the .log file
  bool transactions_have_file_ = false;
  bool transaction_file_required_ = false;
  bool torn_ = false;  // bytes beyond bytes_ may lie in the file
};

}  // namespace gregor::log
