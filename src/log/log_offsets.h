// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The four marks of a log, which move only together and only in legal ways:
//   log start <= last stable <= high watermark <= log end
//   log start       the first offset that may be read
//   last stable     what read_committed readers may not reach: the first record of a transaction
//                   that is undecided (or whose end is not below the high watermark)
//   high watermark  what no reader may reach: the first offset that is not on all in-sync replicas
//   log end         the offset of the next record
// All are exclusive upper bounds (or inclusive lower ones), never "the last one".
#pragma once

#include <optional>

#include "model/ids.h"

namespace gregor::log {

class LogOffsets {
 public:
  // A log that was just opened: readers see nothing until the owner tells the high watermark.
  LogOffsets(model::Offset start, model::Offset end)
      : start_(start), stable_(start), high_watermark_(start), end_(end) {
    check();
  }

  [[nodiscard]] model::Offset start() const { return start_; }
  [[nodiscard]] model::Offset last_stable() const { return stable_; }
  [[nodiscard]] model::Offset high_watermark() const { return high_watermark_; }
  [[nodiscard]] model::Offset end() const { return end_; }

  // Forward only.
  void advance_end(model::Offset to);
  // Forward only, and not beyond the end.
  void advance_high_watermark(model::Offset to);
  // Forward only, and not beyond the high watermark.
  void advance_start(model::Offset to);
  // Follows from the transactions at hand; `first_unstable` is nullopt when there is none.
  void set_first_unstable(std::optional<model::Offset> first_unstable);

  // The only moves that lower anything: of a follower that gives up its tail, or its whole log.
  void truncate_to(model::Offset end);
  void restart_at(model::Offset offset);

 private:
  void settle();
  void check() const;

  model::Offset start_, stable_, high_watermark_, end_;
  std::optional<model::Offset> first_unstable_;
};

}  // namespace gregor::log
