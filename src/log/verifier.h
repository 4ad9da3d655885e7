// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The steps behind verify_folder(): one walk over all segments, in order, which derives what the
// other files should say.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/batch_scan.h"
#include "log/file_names.h"
#include "log/leader_epochs.h"
#include "log/producer_state.h"
#include "log/segment_indexes.h"
#include "log/verify.h"
#include "record/record.h"

namespace gregor::log {

class Verifier {
 public:
  Verifier(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  Result<VerifyReport> run();

 private:
  using Severity = Finding::Severity;

  // verify.cc: the batches
  Result<> sort_out();
  Result<> walk_segment(model::Offset base, bool last);
  Result<bool> take_batch(BatchScan& scan, const record::HeaderView& header);
  Result<> take_records(const File& file, const BatchPlace& place, bool keeps_producers);
  void note_gap(model::Offset base);

  // verify_files.cc: what follows from them
  Result<> check_indexes(model::Offset base, bool last);
  void check_offset_entries(const std::vector<OffsetIndexEntry>& entries, model::Offset base);
  void check_time_entries(const std::vector<TimeIndexEntry>& entries, model::Offset base,
                          bool last);
  void check_aborted(const std::vector<AbortedTransaction>& entries);
  Result<> check_snapshot(model::Offset at);
  void compare_producer(model::ProducerId id, const ProducerState& state);
  Result<> check_epochs();
  template <class Format>
  Result<std::vector<typename Format::Entry>> read_entries(model::Offset base, FileKind kind);

  void add(Severity severity, std::string detail);

  Disk& disk_;
  std::string folder_;
  VerifyReport report_;
  std::uint64_t unlisted_ = 0;
  std::string file_;  // that findings are about

  std::map<model::Offset, std::map<FileKind, std::uint64_t>> segments_;  // sizes
  std::vector<model::Offset> snapshots_;
  bool has_epochs_ = false;

  // Of the whole walk.
  std::optional<model::Offset> end_;
  model::LeaderEpoch epoch_ = model::no_leader_epoch;
  LeaderEpochs epochs_;
  ProducerStates producers_;
  bool complete_ = true;  // nothing before or between the batches is missing
  bool broken_ = false;   // a segment could not be walked to its end

  // Of the segment at hand.
  struct Ending {
    std::uint64_t position;
    model::Offset offset;
  };
  std::vector<Ending> last_offsets_;                         // of the batches
  std::map<model::Offset, model::Timestamp> largest_times_;  // so far, by last offset
  model::Timestamp largest_time_ = model::no_timestamp;
  std::vector<AbortedTransaction> aborted_;
};

}  // namespace gregor::log
