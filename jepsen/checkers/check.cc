// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jepsen/checkers/committed_offsets.h"
#include "jepsen/checkers/log_anomalies.h"
#include "jepsen/checkers/log_linearizability.h"
#include "jepsen/checkers/process_order.h"
#include "jepsen/checkers/registers.h"

namespace gregor::jepsen {
namespace {

using nlohmann::ordered_json;

// Does the level allow this? docs/jepsen.md gives the reasons.
bool is_allowed(const std::string& name, const CheckOptions& options, bool subscribes) {
  if (options.level == Level::strict) return false;
  if (name == "int-send-skip" || name == "stale-read") return true;
  if (name == "poll-skip" || name == "nonmonotonic-poll") return subscribes;
  if (name == "log-linearizability") return !options.acks_all;
  if (name == "stale-tail") return !options.acks_all || !options.fresh_ends;
  if (name == "duplicate") return !options.idempotence;
  if (name == "unseen") return !options.final_polls;
  if (name == "G1a" || name == "precommitted-read" || name == "torn-txn")
    return !options.read_committed;
  return false;
}

std::string lines_of(const Anomaly& anomaly, const History& history) {
  std::string text;
  for (const std::uint32_t number : anomaly.operations) {
    const Operation& operation = history.operations[number];
    text += (text.empty() ? "lines " : "; ") + std::to_string(operation.invoked);
    if (operation.completed != never && operation.completed != operation.invoked)
      text += "-" + std::to_string(operation.completed);
  }
  return text;
}

// What no checker judges must not pass for valid.
void note_what_is_not_judged(const History& history, Findings& findings) {
  bool succeeded = false;
  for (const Operation& operation : history.operations) {
    if (operation.outcome != Outcome::ok) continue;
    succeeded |= operation.count > 0;
  }
  if (!succeeded) findings.add_unknown("no operation succeeded: there is nothing to check");
}

}  // namespace

Report check(const History& history, const CheckOptions& options) {
  Report report;
  report.operations = history.operations.size();
  const auto by_key = micros_by_key(history);
  check_logs(history, by_key, report.findings);
  check_process_order(history, by_key, report.findings);
  check_log_linearizability(history, by_key, options.level == Level::strict || options.fresh_ends,
                            report.findings);
  check_committed_offsets(history, by_key, report.findings);
  check_registers(history, by_key, report.findings);
  const bool subscribes = std::ranges::any_of(history.operations, [](const Operation& operation) {
    return operation.function == Function::subscribe;
  });
  note_what_is_not_judged(history, report.findings);
  bool broken = false;
  for (const auto& [name, count] : report.findings.counts())
    if (is_allowed(name, options, subscribes))
      report.allowed.insert(name);
    else
      broken = true;
  if (broken)
    report.verdict = Verdict::invalid;
  else if (!report.findings.unknown().empty())
    report.verdict = Verdict::unknown;
  return report;
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::invalid:
      return "invalid";
    case Verdict::unknown:
      return "unknown";
  }
  return "unknown";
}

int exit_code(Verdict verdict) { return static_cast<int>(verdict); }

std::string to_text(const Report& report, const History& history) {
  std::string text = std::string(name_of(report.verdict)) + ": " +
                     std::to_string(report.operations) + " operations, " +
                     std::to_string(history.keys.size()) + " keys\n";
  for (const std::string& what : report.findings.unknown()) text += "unknown: " + what + "\n";
  for (const auto& [name, count] : report.findings.counts()) {
    text += name + ": " + std::to_string(count);
    text += report.allowed.contains(name) ? " (allowed)\n" : "\n";
    for (const Anomaly& anomaly : report.findings.kept())
      if (anomaly.name == name)
        text +=
            "  " + anomaly.key + ": " + anomaly.what + " [" + lines_of(anomaly, history) + "]\n";
  }
  return text;
}

std::string to_json(const Report& report, const History& history) {
  ordered_json anomalies = ordered_json::object();
  for (const auto& [name, count] : report.findings.counts())
    anomalies[name] = {{"count", count},
                       {"allowed", report.allowed.contains(name)},
                       {"examples", ordered_json::array()}};
  for (const Anomaly& anomaly : report.findings.kept()) {
    ordered_json operations = ordered_json::array();
    for (const std::uint32_t number : anomaly.operations) {
      const Operation& operation = history.operations[number];
      operations.push_back({{"process", operation.process}, {"invoked_line", operation.invoked}});
      if (operation.completed != never) operations.back()["completed_line"] = operation.completed;
    }
    anomalies[anomaly.name]["examples"].push_back(
        {{"key", anomaly.key}, {"what", anomaly.what}, {"operations", operations}});
  }
  ordered_json document = {{"_command", "check"}, {"_version", 1}};
  document["valid"] = report.verdict == Verdict::unknown
                          ? ordered_json("unknown")
                          : ordered_json(report.verdict == Verdict::valid);
  document["operations"] = report.operations;
  document["unknown"] = report.findings.unknown();
  document["anomalies"] = std::move(anomalies);
  // Keys are bytes from outside, which need not be UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace gregor::jepsen
