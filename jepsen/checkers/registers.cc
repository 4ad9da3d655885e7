// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/registers.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace gregor::jepsen {
namespace {

struct RegisterOperation {
  Position invoked = 0;
  Position completed = never;  // never: it may have happened at any time since, or not at all
  Kind kind = Kind::read;
  std::int64_t expected = nothing;  // of a cas
  std::int64_t value = nothing;
  std::uint32_t number = 0;
};

// The value after the operation; nullopt where it cannot have happened.
std::optional<std::int64_t> apply(std::int64_t state, const RegisterOperation& operation) {
  switch (operation.kind) {
    case Kind::read:
      return state == operation.value ? std::optional(state) : std::nullopt;
    case Kind::cas:
      return state == operation.expected ? std::optional(operation.value) : std::nullopt;
    default:
      return operation.value;
  }
}

enum class Answer : std::uint8_t { explained, impossible, unknown };

// Depth first over the orders. Where the search stands is which operations have happened and what
// the register holds; reads are never a choice, because one that fits may as well happen at once.
class Search {
 public:
  Search(std::vector<RegisterOperation> operations, std::size_t steps_max)
      : operations_(std::move(operations)), steps_left_(steps_max), done_(operations_.size()) {
    std::ranges::sort(operations_, {}, &RegisterOperation::invoked);
  }

  Answer run() {
    std::vector<Choice> path;
    std::size_t from = 0;  // the first operation that is still to be tried here
    while (true) {
      if (from == 0) {
        settle_reads(path);
        if (all_certain_done()) return Answer::explained;
      }
      if (steps_left_-- == 0) return Answer::unknown;
      if (const auto next = next_choice(from)) {
        path.push_back({*next, state_, {}});
        state_ = *apply(state_, operations_[*next]);
        done_[*next] = true;
        from = tried_.emplace(done_, state_).second ? 0 : operations_.size();
        continue;
      }
      if (path.empty()) return Answer::impossible;
      from = step_back(path);
    }
  }

  // The operation that had to be explained when the search had come furthest.
  [[nodiscard]] std::uint32_t culprit() const { return operations_[culprit_].number; }

 private:
  struct Choice {
    std::size_t operation;
    std::int64_t state_before;
    std::vector<std::size_t> reads;  // that happened right after it
  };

  // No operation may happen that was invoked after the completion of one that has not happened.
  [[nodiscard]] Position horizon() {
    Position horizon = never;
    std::size_t first = operations_.size();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (operations_[i].invoked > horizon) break;
      if (!done_[i] && operations_[i].completed < horizon) {
        horizon = operations_[i].completed;
        first = i;
      }
    }
    if (first < operations_.size() && horizon >= furthest_) {
      furthest_ = horizon;
      culprit_ = first;
    }
    return horizon;
  }

  void settle_reads(std::vector<Choice>& path) {
    for (bool again = true; again;) {
      again = false;
      const Position until = horizon();
      for (std::size_t i = 0; i < operations_.size() && operations_[i].invoked < until; ++i)
        if (!done_[i] && operations_[i].kind == Kind::read && operations_[i].value == state_) {
          done_[i] = again = true;
          if (!path.empty()) path.back().reads.push_back(i);
        }
    }
  }

  [[nodiscard]] bool all_certain_done() const {
    for (std::size_t i = 0; i < operations_.size(); ++i)
      if (!done_[i] && operations_[i].completed != never) return false;
    return true;
  }

  std::optional<std::size_t> next_choice(std::size_t from) {
    const Position until = horizon();
    for (std::size_t i = from; i < operations_.size() && operations_[i].invoked < until; ++i)
      if (!done_[i] && operations_[i].kind != Kind::read && apply(state_, operations_[i])) return i;
    return std::nullopt;
  }

  std::size_t step_back(std::vector<Choice>& path) {
    const Choice& last = path.back();
    for (const std::size_t read : last.reads) done_[read] = false;
    done_[last.operation] = false;
    state_ = last.state_before;
    const std::size_t next = last.operation + 1;
    path.pop_back();
    return next;
  }

  std::vector<RegisterOperation> operations_;
  std::size_t steps_left_;
  std::vector<bool> done_;
  std::int64_t state_ = nothing;
  std::set<std::pair<std::vector<bool>, std::int64_t>> tried_;
  Position furthest_ = 0;
  std::size_t culprit_ = 0;
};

std::vector<RegisterOperation> operations_of(const History& history,
                                             const std::vector<std::uint32_t>& micros) {
  std::vector<RegisterOperation> operations;
  for (const std::uint32_t number : micros) {
    const Micro& micro = history.micros[number];
    const Operation& operation = history.operation_of(micro);
    const bool is_read = micro.kind() == Kind::read;
    if (!is_read && micro.kind() != Kind::write && micro.kind() != Kind::cas) continue;
    if (operation.outcome == Outcome::fail || (is_read && operation.outcome == Outcome::info))
      continue;
    operations.push_back({operation.invoked, operation.acknowledged(), micro.kind(), micro.offset,
                          micro.value, micro.operation});
  }
  return operations;
}

void check_register(const std::string& key, std::vector<RegisterOperation> operations,
                    Findings& findings, const RegisterBudget& budget) {
  if (operations.size() > budget.operations_max) {
    findings.add_unknown(key + ": too many operations for a register");
    return;
  }
  Search strict(operations, budget.steps_max);
  const Answer answer = strict.run();
  if (answer == Answer::explained) return;
  for (RegisterOperation& operation : operations)
    if (operation.kind == Kind::read) operation.invoked = 0;
  Search relaxed(std::move(operations), budget.steps_max);
  const Answer otherwise = relaxed.run();
  if (otherwise == Answer::impossible)
    findings.add({"register-linearizability",
                  key,
                  "no order of the operations explains this one",
                  {relaxed.culprit()}});
  else if (answer == Answer::impossible && otherwise == Answer::explained)
    findings.add({"stale-read", key, "it saw what had been before", {strict.culprit()}});
  else
    findings.add_unknown(key + ": the orders of its operations are too many to try");
}

}  // namespace

void check_registers(const History& history, const std::vector<std::vector<std::uint32_t>>& by_key,
                     Findings& findings, const RegisterBudget& budget) {
  for (std::size_t key = 0; key < by_key.size(); ++key)
    if (auto operations = operations_of(history, by_key[key]); !operations.empty())
      check_register(history.keys[key], std::move(operations), findings, budget);
}

}  // namespace gregor::jepsen
