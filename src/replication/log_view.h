// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a replica wants to know of its log: offsets and leader epochs, never a record.
#pragma once

#include <optional>

#include "model/ids.h"

namespace gregor::replication {

struct EpochEnd {
  model::LeaderEpoch epoch;
  model::Offset end;  // exclusive
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

class LogView {
 public:
  LogView() = default;
  LogView(const LogView&) = default;
  LogView& operator=(const LogView&) = default;
  virtual ~LogView() = default;

  [[nodiscard]] virtual model::Offset start() const = 0;
  [[nodiscard]] virtual model::Offset end() const = 0;
  // How far this replica may be counted: the end, or less where records must be on the disk before
  // anybody counts them (flush.messages).
  [[nodiscard]] virtual model::Offset counted_end() const = 0;
  // The leader epochs in the log, also those that left no record.
  [[nodiscard]] virtual std::optional<model::LeaderEpoch> latest_epoch() const = 0;
  // The largest known epoch that is not above `epoch`, and where it ends; nullopt when `epoch` is
  // above the latest.
  [[nodiscard]] virtual std::optional<EpochEnd> end_of(model::LeaderEpoch epoch) const = 0;
};

}  // namespace gregor::replication
