// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/log_linearizability.h"

#include <algorithm>
#include <tuple>

namespace gregor::jepsen {
namespace {

// "Offsets ≥ `offset` were filled after `at`" (late), or "offsets ≤ `offset` before `at`" (not).
struct Bound {
  std::int64_t offset;
  Position at;
  std::uint32_t operation;
  bool late;
};

class LogOrder {
 public:
  LogOrder(const History& history, const std::vector<std::uint32_t>& numbers)
      : history_(history), numbers_(numbers) {
    for (const std::uint32_t number : numbers_) {
      const Micro& micro = history_.micros[number];
      transactional_ |=
          micro.kind() == Kind::send && history_.operation_of(micro).function == Function::txn;
    }
  }

  struct Scope {
    bool reads = true;       // polls count
    bool fresh_ends = true;  // an end that was told says what was not there yet
  };

  void check(const char* name, Scope scope, Findings& findings) {
    bounds_.clear();
    collect(scope);
    // At the same offset the late ones first: they speak of that offset, too.
    std::ranges::sort(bounds_, [](const Bound& a, const Bound& b) {
      return std::tuple(a.offset, !a.late, a.at, a.operation) <
             std::tuple(b.offset, !b.late, b.at, b.operation);
    });
    const Bound* latest = nullptr;
    for (const Bound& bound : bounds_) {
      if (bound.late && (latest == nullptr || bound.at > latest->at)) latest = &bound;
      if (bound.late || latest == nullptr || latest->at <= bound.at) continue;
      const Micro& micro = history_.micros[numbers_.front()];
      findings.add({name,
                    history_.keys[micro.key],
                    "line " + std::to_string(latest->at) + ": nothing at or above offset " +
                        std::to_string(latest->offset) + " was there yet; line " +
                        std::to_string(bound.at) + ": everything up to offset " +
                        std::to_string(bound.offset) + " was",
                    {latest->operation, bound.operation}});
      return;
    }
  }

 private:
  void collect(Scope scope) {
    sends_by_value_.clear();
    for (const std::uint32_t number : numbers_) {
      const Micro& micro = history_.micros[number];
      const Operation& operation = history_.operation_of(micro);
      if (micro.kind() == Kind::send && operation.outcome != Outcome::fail)
        sends_by_value_.emplace_back(micro.value, number);
    }
    std::ranges::sort(sends_by_value_);
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const Micro& micro = history_.micros[numbers_[i]];
      if (i + 1 < numbers_.size() && goes_on(micro, history_.micros[numbers_[i + 1]]))
        writer_of(micro, scope);
      else
        take(micro, scope);
    }
  }

  // A poll that saw more, further up, says of this record what it says of that one.
  static bool goes_on(const Micro& here, const Micro& next) {
    return here.kind() == Kind::poll && next.kind() == Kind::poll &&
           here.operation == next.operation && here.offset != nothing && here.offset < next.offset;
  }

  void take(const Micro& micro, Scope scope) {
    const Operation& operation = history_.operation_of(micro);
    const std::uint32_t self = micro.operation;
    if (micro.offset == nothing) return;
    switch (micro.kind()) {
      case Kind::send:
        if (operation.outcome != Outcome::ok) return;
        bounds_.push_back({micro.offset, operation.invoked, self, true});
        bounds_.push_back({micro.offset, operation.acknowledged(), self, false});
        return;
      case Kind::poll:
        if (!scope.reads) return;
        bounds_.push_back({micro.offset, operation.completed, self, false});
        writer_of(micro, scope);
        return;
      case Kind::end:
      case Kind::stable_end:
        if (operation.outcome != Outcome::ok) return;
        bounds_.push_back({micro.offset - 1, operation.completed, self, false});
        // The stable end stays behind open transactions: it is then no word about the log's end.
        if (scope.fresh_ends && (micro.kind() == Kind::end || !transactional_))
          bounds_.push_back({micro.offset, operation.invoked, self, true});
        return;
      default:
        return;
    }
  }

  // A record that was read was appended within its send, though that was not told the offset.
  void writer_of(const Micro& read, Scope scope) {
    if (!scope.reads) return;
    const auto at = std::ranges::lower_bound(sends_by_value_, read.value, {},
                                             &std::pair<std::int64_t, std::uint32_t>::first);
    if (at == sends_by_value_.end() || at->first != read.value) return;
    const auto next = std::next(at);
    if (next != sends_by_value_.end() && next->first == read.value) return;  // which of them?
    const Micro& send = history_.micros[at->second];
    const Operation& writer = history_.operation_of(send);
    if (send.offset != nothing && writer.outcome == Outcome::ok) return;
    bounds_.push_back({read.offset, writer.invoked, send.operation, true});
    if (writer.acknowledged() != never)
      bounds_.push_back({read.offset, writer.acknowledged(), send.operation, false});
  }

  const History& history_;
  const std::vector<std::uint32_t>& numbers_;
  bool transactional_ = false;
  std::vector<std::pair<std::int64_t, std::uint32_t>> sends_by_value_;
  std::vector<Bound> bounds_;
};

}  // namespace

void check_log_linearizability(const History& history,
                               const std::vector<std::vector<std::uint32_t>>& by_key,
                               bool fresh_ends, Findings& findings) {
  for (const std::vector<std::uint32_t>& numbers : by_key) {
    if (numbers.empty()) continue;
    LogOrder order(history, numbers);
    order.check("log-linearizability", {.reads = true, .fresh_ends = fresh_ends}, findings);
    order.check("stale-tail", {.reads = false, .fresh_ends = true}, findings);
  }
}

}  // namespace gregor::jepsen
