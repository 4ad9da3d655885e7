// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One pass of compaction over one log: of each key the last record survives (batch_filter.h).
//
//   1. read the dirty part, [plan.first_dirty, plan.end), into a map from key to last offset; if
//      the map is full before, the pass ends earlier and the next one goes on from there
//   2. write the segments from the log's start on anew without what the map says is overtaken,
//      neighbours together as long as they fit into one segment, into files named ".cleaned"
//   3. sync them, then put each in the place of those it came from (log_swap.cc)
//
// It works in steps of so many bytes, on the thread of the log's owner between other work: so
// nothing is shared, every run repeats, and the log may grow, be read, and lose its end or its
// start meanwhile. (A thread of its own would need all of that to be locked or copied. What really
// blocks, the syncs of the new files, goes to the pool as every other sync does.) If segments that
// the pass reads are cut or dropped between two steps, it is given up; nothing is lost but work.
//
// Never touched: the active segment, records that are not below the last stable offset (and so the
// high watermark), and records that are not synced: a record may only make room for one that a
// power cut cannot take back.
// The last batch of each new segment stays, if without records: so a segment ends where the next
// one begins, and opening the log can tell what was compacted from what was lost.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "log/batch_filter.h"
#include "log/cleaned_transactions.h"
#include "log/log.h"
#include "log/offset_map.h"

namespace gregor::log {

class Cleaning {
 public:
  struct Budget {
    std::size_t map_bytes_max = 0;
    double map_load_max = 0.9;
    base::SipKey map_key;
  };
  // `plan` is what log.plan_cleaning() says now and has something dirty. The log must live on until
  // the last call of step() or abandon().
  Cleaning(Log& log, const CleaningPlan& plan, const Budget& budget);
  ~Cleaning();
  Cleaning(const Cleaning&) = delete;
  Cleaning& operator=(const Cleaning&) = delete;

  enum class Next : std::uint8_t {
    step,       // there is more to do
    sync,       // take_job(), run it, then step() if it succeeded, else abandon()
    done,       // log.cleaned_to() has moved
    overtaken,  // the log was cut meanwhile: abandon() and begin anew some time
  };
  // Reads about `bytes_max` bytes, one batch at least. Errors, after which the log is as before
  // and abandon() is to be called:
  //   kafka_storage_error  the disk failed or is full
  //   anything else        a batch that cannot be understood: the log cannot be cleaned
  [[nodiscard]] Result<Next> step(std::uint64_t bytes_max, Now now,
                                  record::Decompressor& decompressor);
  [[nodiscard]] SyncJob take_job();
  // Removes what was written and not put in place.
  void abandon();

  [[nodiscard]] const Log& log() const { return log_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  [[nodiscard]] std::size_t keys() const { return map_.keys(); }

 private:
  enum class Stage : std::uint8_t { mapping, grouping, writing, syncing, done };

  Result<> step_once(Now now, record::Decompressor& decompressor);
  Result<bool> next_batch();
  Result<> open_source(std::size_t segment);
  Result<> map_batch(record::Decompressor& decompressor);
  Result<> begin_group();
  Result<> write_batch(Now now, record::Decompressor& decompressor);
  [[nodiscard]] bool is_remembered(const record::HeaderView& batch) const;
  Result<> end_group();
  Result<> put_in_place();
  void finish_mapping();
  [[nodiscard]] Result<> clear_leftovers(Offset base) const;

  Log& log_;
  CleaningPlan plan_;
  Stage stage_ = Stage::mapping;
  std::uint64_t layout_;  // of the log, when its segments were last looked at

  OffsetMap map_;
  CleanedTransactions transactions_;
  std::optional<BatchFilter> filter_;

  // What is being read.
  std::size_t source_ = 0;  // index of the segment
  FilePtr file_;
  std::unique_ptr<BatchScan> scan_;
  std::uint64_t source_bytes_ = 0;
  Offset source_end_{0};
  Offset read_up_to_{0};
  base::Bytes large_;  // a batch that does not fit into the scan's window
  std::optional<record::BatchView> batch_;
  std::uint64_t batch_end_ = 0;  // position in the file

  // What is being written: [group_, group_end_) become one.
  std::size_t group_ = 0;
  std::size_t group_end_ = 0;
  std::unique_ptr<Segment> output_;
  std::optional<SyncJob> job_;

  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace gregor::log
