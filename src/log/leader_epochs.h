// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which leader epoch began at which offset of the log: how replicas find out where their logs part.
//
//   leader-epoch-checkpoint := "0\n" count "\n" (epoch ' ' start_offset "\n")*      decimal text
//   Both columns grow strictly. The file can be made anew from the batch headers (but for epochs in
//   which nothing was written).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::log {

struct EpochStart {
  model::LeaderEpoch epoch;
  model::Offset start;
  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

struct EpochEnd {
  model::LeaderEpoch epoch;
  model::Offset end;  // exclusive
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

class LeaderEpochs {
 public:
  // Records from `start` on belong to `epoch`. Entries that contradict it (of a later epoch, or
  // beginning at or after `start`) go; nothing changes if the epoch is the latest already.
  // Returns whether something changed.
  bool assign(model::LeaderEpoch epoch, model::Offset start);

  [[nodiscard]] std::optional<model::LeaderEpoch> latest() const;
  // The largest known epoch that is not above `epoch`, and where it ends; of an epoch below all
  // known ones, where the first known one begins. nullopt above the latest.
  [[nodiscard]] std::optional<EpochEnd> end_of(model::LeaderEpoch epoch,
                                               model::Offset log_end) const;

  // The log was cut; returns whether something changed.
  bool truncate_from_end(model::Offset end);
  bool truncate_from_start(model::Offset start);
  void clear() { entries_.clear(); }

  [[nodiscard]] const std::vector<EpochStart>& entries() const { return entries_; }
  friend bool operator==(const LeaderEpochs&, const LeaderEpochs&) = default;

 private:
  std::vector<EpochStart> entries_;
};

base::Bytes encode_leader_epochs(const LeaderEpochs& epochs);
// corrupt_message unless the bytes are a leader-epoch-checkpoint.
model::Result<LeaderEpochs> decode_leader_epochs(base::BytesView bytes);

}  // namespace gregor::log
