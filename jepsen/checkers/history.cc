// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/history.h"

#include <algorithm>

namespace gregor::jepsen {
namespace {

constexpr std::uint32_t keys_max = 1U << 28U;  // Micro::key

bool is_event(Function function) {
  return function == Function::rebalance || function == Function::fault ||
         function == Function::heal;
}

Outcome outcome_of(Type type) {
  if (type == Type::ok) return Outcome::ok;
  return type == Type::fail ? Outcome::fail : Outcome::info;
}

}  // namespace

std::uint32_t HistoryBuilder::key_id(const std::string& name) {
  const auto [at, added] =
      key_ids_.try_emplace(name, static_cast<std::uint32_t>(history_.keys.size()));
  if (added) history_.keys.push_back(name);
  return at->second;
}

void HistoryBuilder::close(Open open) {
  Operation& operation = open.operation;
  operation.first = static_cast<std::uint32_t>(history_.micros.size());
  operation.count = static_cast<std::uint32_t>(open.micros.size());
  const auto number = static_cast<std::uint32_t>(history_.operations.size());
  for (const EntryMicro& micro : open.micros)
    history_.micros.push_back({.key = key_id(micro.key) & (keys_max - 1),
                               .kind_number = static_cast<std::uint32_t>(micro.kind) & 15U,
                               .operation = number,
                               .offset = micro.offset,
                               .value = micro.value});
  history_.operations.push_back(operation);
}

std::optional<std::string> HistoryBuilder::add(const Entry& entry) {
  if (history_.lines >= never - 1) return "a history has at most 4294967294 lines";
  if (history_.keys.size() + entry.micros.size() >= keys_max ||
      history_.micros.size() + entry.micros.size() >= never)
    return "too many keys or micro-operations";
  const Position line = ++history_.lines;
  const std::int64_t time = entry.time == nothing ? static_cast<std::int64_t>(line) : entry.time;
  if (time < last_time_) return "time goes back: a history is in the order of its times";
  last_time_ = time;
  const auto open = open_.find(entry.process);
  if (is_event(entry.function)) {
    const Operation event{.invoked_at = time,
                          .completed_at = time,
                          .invoked = line,
                          .completed = line,
                          .process = entry.process,
                          .function = entry.function,
                          .outcome = Outcome::ok};
    close({event, entry.micros});
    return std::nullopt;
  }
  if (entry.type == Type::invoke) {
    if (open != open_.end())
      return "process " + std::to_string(entry.process) + " invokes while its operation of line " +
             std::to_string(open->second.operation.invoked) + " is open";
    const Operation operation{.invoked_at = time,
                              .completed_at = time,
                              .invoked = line,
                              .process = entry.process,
                              .function = entry.function};
    open_.emplace(entry.process, Open{operation, entry.micros});
    return std::nullopt;
  }
  if (open == open_.end())
    return "process " + std::to_string(entry.process) + " completes what it did not invoke";
  Open done = std::move(open->second);
  open_.erase(open);
  if (done.operation.function != entry.function)
    return "the completion's f is not that of the invocation in line " +
           std::to_string(done.operation.invoked);
  done.operation.completed = line;
  done.operation.completed_at = time;
  done.operation.outcome = outcome_of(entry.type);
  if (entry.has_value) done.micros = entry.micros;
  close(std::move(done));
  return std::nullopt;
}

History HistoryBuilder::finish() && {
  std::vector<Open> left;
  left.reserve(open_.size());
  for (auto& [process, open] : open_) left.push_back(std::move(open));
  std::ranges::sort(left, {}, [](const Open& open) { return open.operation.invoked; });
  for (Open& open : left) close(std::move(open));
  return std::move(history_);
}

std::vector<std::vector<std::uint32_t>> micros_by_key(const History& history) {
  std::vector<std::uint32_t> counts(history.keys.size());
  for (const Micro& micro : history.micros) ++counts[micro.key];
  std::vector<std::vector<std::uint32_t>> result(counts.size());
  for (std::size_t key = 0; key < counts.size(); ++key) result[key].reserve(counts[key]);
  for (std::uint32_t i = 0; const Micro& micro : history.micros) result[micro.key].push_back(i++);
  return result;
}

}  // namespace gregor::jepsen
