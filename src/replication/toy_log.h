// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A log for tests: records are numbers, epochs are derived as spec/EpochCache.tla has it, and a
// crash keeps what was flushed.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "replication/log_view.h"

namespace gregor::replication::test {

using model::LeaderEpoch;
using model::Offset;

struct Record {
  int id = 0;
  LeaderEpoch epoch;
  bool acks_all = false;
  friend bool operator==(const Record&, const Record&) = default;
};

class ToyLog final : public LogView {
 public:
  struct EpochStart {
    LeaderEpoch epoch;
    Offset start;
  };

  explicit ToyLog(bool flush_first = false) : flush_first_(flush_first) {}

  [[nodiscard]] Offset start() const override { return start_; }
  [[nodiscard]] Offset end() const override {
    return start_ + static_cast<std::int64_t>(records_.size());
  }
  [[nodiscard]] Offset counted_end() const override { return flush_first_ ? durable_ : end(); }
  [[nodiscard]] std::optional<LeaderEpoch> latest_epoch() const override {
    return epochs_.empty() ? std::nullopt : std::optional(epochs_.back().epoch);
  }
  [[nodiscard]] std::optional<EpochEnd> end_of(LeaderEpoch epoch) const override {
    const auto above = std::ranges::find_if(epochs_, [&](auto& e) { return e.epoch > epoch; });
    if (above != epochs_.end())
      return EpochEnd{above == epochs_.begin() ? epoch : std::prev(above)->epoch, above->start};
    if (epochs_.empty() || epochs_.back().epoch < epoch) return std::nullopt;
    return EpochEnd{epochs_.back().epoch, end()};
  }

  [[nodiscard]] Offset durable() const { return durable_; }
  [[nodiscard]] const std::vector<EpochStart>& epochs() const { return epochs_; }
  [[nodiscard]] const Record& at(Offset offset) const {
    ASSERT(offset >= start_ && offset < end());
    return records_[static_cast<std::size_t>(offset - start_)];
  }
  [[nodiscard]] std::vector<Record> from(Offset offset) const {
    return {records_.begin() + (offset - start_), records_.end()};
  }

  void append(const Record& record) {
    if (latest_epoch() != record.epoch) assign(record.epoch);
    records_.push_back(record);
  }
  // An epoch starts at the end; epochs that left no record go.
  void assign(LeaderEpoch epoch) {
    if (latest_epoch() == epoch) return;
    while (!epochs_.empty() && epochs_.back().start >= end()) epochs_.pop_back();
    ASSERT(epochs_.empty() || epochs_.back().epoch < epoch);
    epochs_.push_back({epoch, end()});
  }
  void truncate_to(Offset to) {
    ASSERT(to >= start_ && to <= end());
    records_.resize(static_cast<std::size_t>(to - start_));
    while (!epochs_.empty() && epochs_.back().start >= to) epochs_.pop_back();
    durable_ = std::min(durable_, to);
  }
  void restart_at(Offset offset) {
    records_.clear();
    epochs_.clear();
    start_ = durable_ = offset;
  }
  void delete_before(Offset offset) {
    if (offset <= start_) return;
    ASSERT(offset <= end());
    records_.erase(records_.begin(), records_.begin() + (offset - start_));
    start_ = offset;
    durable_ = std::max(durable_, start_);
    while (epochs_.size() > 1 && epochs_[1].start <= start_) epochs_.erase(epochs_.begin());
    if (!epochs_.empty()) epochs_.front().start = std::max(epochs_.front().start, start_);
  }
  void flush() { durable_ = end(); }

  // "5: 1 1 2", the epochs of the records from the start on.
  [[nodiscard]] std::string text() const {
    std::string out = start_ > Offset(0) ? to_string(start_) + ": " : "";
    for (const Record& record : records_)
      out += std::to_string(record.id) + "@" + to_string(record.epoch) + " ";
    return out.empty() ? "nothing " : out;
  }

 private:
  bool flush_first_;
  Offset start_{0};
  Offset durable_{0};
  std::vector<Record> records_;
  std::vector<EpochStart> epochs_;
};

}  // namespace gregor::replication::test
