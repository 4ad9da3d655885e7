// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/process_order.h"

#include <algorithm>
#include <unordered_map>

namespace gregor::jepsen {
namespace {

using Offsets = std::vector<std::int64_t>;

// The offsets of each partition at which a record is known to be, ascending.
std::vector<Offsets> known_offsets(const History& history,
                                   const std::vector<std::vector<std::uint32_t>>& by_key) {
  std::vector<Offsets> result(by_key.size());
  for (std::size_t key = 0; key < by_key.size(); ++key) {
    Offsets& offsets = result[key];
    for (const std::uint32_t number : by_key[key]) {
      const Micro& micro = history.micros[number];
      const bool sent =
          micro.kind() == Kind::send && history.operation_of(micro).outcome == Outcome::ok;
      if ((sent || micro.kind() == Kind::poll) && micro.offset != nothing)
        offsets.push_back(micro.offset);
    }
    std::ranges::sort(offsets);
    offsets.erase(std::ranges::unique(offsets).begin(), offsets.end());
  }
  return result;
}

struct Last {
  std::int64_t rank;
  std::uint32_t operation;
  std::uint32_t era = 0;  // of the process: assignments so far
};

// Where a process stands in a partition: by (process, key).
using Positions = std::unordered_map<std::uint64_t, Last>;

class OrderCheck {
 public:
  OrderCheck(const History& history, const std::vector<Offsets>& offsets, Findings& findings)
      : history_(history), offsets_(offsets), findings_(findings) {}

  void take(std::uint32_t number) {
    const Operation& operation = history_.operations[number];
    switch (operation.function) {
      case Function::assign:
      case Function::subscribe:
      case Function::rebalance:
      case Function::crash:
        // The consumer begins where the group or the reset policy says.
        ++eras_[operation.process];
        return;
      case Function::send:
      case Function::poll:
      case Function::txn:
        inside(number, Kind::poll);
        inside(number, Kind::send);
        return;
      default:
        return;
    }
  }

 private:
  std::int64_t rank(const Micro& micro) const {
    const Offsets& offsets = offsets_[micro.key];
    return std::ranges::lower_bound(offsets, micro.offset) - offsets.begin();
  }

  void inside(std::uint32_t number, Kind kind) {
    const Operation& operation = history_.operations[number];
    // The offset of a send that was not acknowledged says nothing, and may have no rank.
    if (kind == Kind::send && operation.outcome != Outcome::ok) return;
    here_.clear();
    for (std::uint32_t i = operation.first; i < operation.first + operation.count; ++i) {
      const Micro& micro = history_.micros[i];
      if (micro.kind() != kind || micro.offset == nothing) continue;
      const std::int64_t now = rank(micro);
      const auto [at, first] = here_.try_emplace(micro.key, now);
      if (first) {
        if (operation.outcome == Outcome::ok) between(number, micro, now);
        continue;
      }
      compare({at->second, number}, {now, number}, micro, true);
      at->second = now;
    }
    // A failed operation rolls its position back; after an unknown one it may be either.
    if (operation.outcome == Outcome::fail) return;
    for (const auto& [key, last] : here_) {
      const std::uint64_t place = place_of(operation.process, key);
      if (operation.outcome == Outcome::ok)
        positions(kind)[place] = {last, number, eras_[operation.process]};
      else
        positions(kind).erase(place);
    }
  }

  void between(std::uint32_t number, const Micro& micro, std::int64_t now) {
    const Operation& operation = history_.operations[number];
    const Positions& all = positions(micro.kind());
    const auto last = all.find(place_of(operation.process, micro.key));
    if (last == all.end()) return;
    // An assignment in between: a reader has no position then, a writer keeps his.
    if (micro.kind() == Kind::poll && last->second.era != eras_[operation.process]) return;
    compare(last->second, {now, number}, micro, false);
  }

  void compare(Last before, Last now, const Micro& micro, bool internal) {
    const bool read = micro.kind() == Kind::poll;
    const std::string prefix = internal ? "int-" : "";
    const char* noun = read ? "poll" : "send";
    std::string name;
    if (now.rank <= before.rank) name = prefix + "nonmonotonic-" + noun;
    // Other writers come between two writes: only inside an operation it is worth a remark.
    if (now.rank > before.rank + 1 && (read || internal)) name = prefix + noun + "-skip";
    if (name.empty()) return;
    const Offsets& offsets = offsets_[micro.key];
    Anomaly found{name,
                  history_.keys[micro.key],
                  "from offset " + std::to_string(offsets[static_cast<std::size_t>(before.rank)]) +
                      " to " + std::to_string(micro.offset),
                  {before.operation}};
    if (!internal) found.operations.push_back(now.operation);
    findings_.add(std::move(found));
  }

  static std::uint64_t place_of(std::int32_t process, std::uint32_t key) {
    return std::uint64_t{static_cast<std::uint32_t>(process)} << 32U | key;
  }
  Positions& positions(Kind kind) { return kind == Kind::poll ? read_ : written_; }

  const History& history_;
  const std::vector<Offsets>& offsets_;
  Findings& findings_;
  Positions read_, written_;
  std::unordered_map<std::uint32_t, std::int64_t> here_;  // this operation's last rank, by key
  std::unordered_map<std::int32_t, std::uint32_t> eras_;
};

}  // namespace

void check_process_order(const History& history,
                         const std::vector<std::vector<std::uint32_t>>& by_key,
                         Findings& findings) {
  const std::vector<Offsets> offsets = known_offsets(history, by_key);
  OrderCheck check(history, offsets, findings);
  for (std::uint32_t number = 0; number < history.operations.size(); ++number) check.take(number);
}

}  // namespace gregor::jepsen
