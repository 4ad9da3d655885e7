// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/statistics.h"

#include <unordered_map>

#include "jepsen/checkers/text_history.h"

namespace gregor::jepsen {
namespace {

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

Outcome outcome_of(Type type) {
  if (type == Type::ok) return Outcome::ok;
  return type == Type::fail ? Outcome::fail : Outcome::info;
}

void take_completion(const Entry& entry, double invoked, Statistics& result) {
  const Outcome outcome = outcome_of(entry.type);
  const auto at = static_cast<std::size_t>(outcome);
  ++result.by_function[std::string(name_of(entry.function))][at];
  ++result.total[at];
  const auto second = static_cast<std::size_t>(seconds(entry.time));
  if (result.by_second.size() <= second) result.by_second.resize(second + 1);
  ++result.by_second[second][at];
  result.points.push_back({invoked, (seconds(entry.time) - invoked) * 1e3, outcome});
  if (entry.type != Type::ok) return;
  for (const EntryMicro& micro : entry.micros) {
    if (micro.kind == Kind::send) ++result.records_sent;
    if (micro.kind == Kind::poll) ++result.records_read;
  }
}

}  // namespace

Statistics count(const std::vector<Entry>& entries) {
  Statistics result;
  std::unordered_map<std::int32_t, double> open;
  if (!entries.empty()) result.seconds = seconds(entries.back().time);
  for (const Entry& entry : entries) {
    const double now = seconds(entry.time);
    if (entry.function == Function::fault) {
      result.faults.push_back({now, result.seconds, entry.text});
    } else if (entry.function == Function::heal) {
      for (FaultSpan& span : result.faults)
        if (span.to == result.seconds) span.to = now;
    } else if (entry.type == Type::invoke) {
      open[entry.process] = now;
    } else if (const auto invoked = open.find(entry.process); invoked != open.end()) {
      take_completion(entry, invoked->second, result);
      open.erase(invoked);
    }
  }
  return result;
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::fail:
      return "fail";
    case Outcome::info:
      return "info";
  }
  return "info";
}

}  // namespace gregor::jepsen
