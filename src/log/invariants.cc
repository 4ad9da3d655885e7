// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/invariants.h"

#include <array>

#include "base/assert.h"
#include "log/log.h"

namespace gregor::log {

struct LogInvariants {
  // Each looks at the ends of its list only: the rest was looked at when it was the end.
  static constexpr std::array all{
      Invariant{"ThereIsAnActiveSegment", [](const Log& log) { return !log.segments_.empty(); }},
      Invariant{"SegmentsInOrder",
                [](const Log& log) {
                  const auto& segments = log.segments_;
                  return segments.size() < 2 || segments[segments.size() - 2]->base_offset() <
                                                    segments.back()->base_offset();
                }},
      Invariant{
          "LogStartInFirstSegment",
          [](const Log& log) { return log.segments_.front()->base_offset() <= log.log_start(); }},
      Invariant{
          "LogEndInActiveSegment",
          [](const Log& log) { return log.segments_.back()->base_offset() <= log.log_end(); }},
      Invariant{"EmptySegmentEndsAtItsBase",
                [](const Log& log) {
                  const Segment& active = *log.segments_.back();
                  return active.bytes() > 0 || active.base_offset() == log.log_end();
                }},
      Invariant{"RecoveryPointWithinLog",
                [](const Log& log) { return log.recovery_point_ <= log.log_end(); }},
      Invariant{"CleanedPartIsSynced",
                [](const Log& log) { return log.cleaned_to_ <= log.recovery_point_; }},
      Invariant{"EpochsInOrder",
                [](const Log& log) {
                  const auto& entries = log.epochs_.entries();
                  if (entries.empty()) return true;
                  if (entries.back().start > log.log_end()) return false;
                  if (entries.size() < 2) return true;
                  const auto& before = entries[entries.size() - 2];
                  return before.epoch < entries.back().epoch && before.start < entries.back().start;
                }},
      Invariant{"UnstableTransactionsHideRecords",
                [](const Log& log) {
                  const auto unstable = log.producers_.first_unstable();
                  return !unstable || *unstable < log.log_start() || log.last_stable() <= *unstable;
                }},
      Invariant{"SnapshotNotBeyondLog",
                [](const Log& log) { return log.last_snapshot_ <= log.log_end(); }},
  };
};

std::span<const Invariant> invariants() { return LogInvariants::all; }

void check_invariants(const Log& log) {
  for (const Invariant& invariant : LogInvariants::all) {
    ASSERT(invariant.holds(log),
           std::string(invariant.name) + " is broken in " + to_string(log.name()));
  }
}

}  // namespace gregor::log
