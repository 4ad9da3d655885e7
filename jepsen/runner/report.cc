// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "jepsen/checkers/text_history.h"
#include "jepsen/runner/plot.h"
#include "jepsen/runner/timeline.h"

namespace gregor::jepsen {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t rows_shown = 300;

constexpr const char* style = R"(
body{font:15px/1.45 system-ui,sans-serif;max-width:980px;margin:2em auto;padding:0 1em;color:#222}
h1 span{padding:.1em .5em;border-radius:.2em;color:#fff}
.valid{background:#2a7f3b}.invalid{background:#c9302c}.unknown{background:#8a6d00}
table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}
td.n{text-align:right}pre{background:#f4f4f4;padding:.6em;overflow-x:auto}
canvas{touch-action:none;cursor:grab;height:auto}#timeline-text{white-space:pre-wrap;min-height:3em}
svg,canvas{width:100%;background:#fcfcfc;border:1px solid #ddd}svg text{font-size:11px;fill:#555}
.fault{fill:#c9302c;opacity:.13}.grid{stroke:#ddd}.ok{color:#2a7f3b}.fail{color:#c9302c}
.info{color:#b06c00}.allowed{color:#777}
)";

std::string kernel() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string anomalies_html(const TestResult& result, const History& history) {
  const Findings& findings = result.report.findings;
  if (findings.counts().empty()) return "<p>None.</p>\n";
  std::string html;
  for (const auto& [name, count] : findings.counts()) {
    const bool allowed = result.report.allowed.contains(name);
    html += fmt::format("<h3{}>{} × {}{}</h3>\n", allowed ? " class=\"allowed\"" : "",
                        escape_html(name), count, allowed ? " (allowed at this level)" : "");
    for (const Anomaly& anomaly : findings.kept()) {
      if (anomaly.name != name) continue;
      html += fmt::format("<p>{}: {} {}</p>\n<pre>", escape_html(anomaly.key),
                          escape_html(anomaly.what), timeline_link(anomaly.operations));
      for (const std::uint32_t number : anomaly.operations)
        html += escape_html(describe(history, number)) + "\n";
      html += "</pre>\n";
    }
  }
  return html;
}

std::string operations_html(const Statistics& statistics) {
  std::string html =
      "<table><tr><th>operation<th class=\"ok\">ok<th class=\"fail\">fail"
      "<th class=\"info\">info</tr>\n";
  const auto row = [](const std::string& name, const Statistics::Counts& counts) {
    return fmt::format("<tr><td>{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}</tr>\n",
                       escape_html(name), counts[0], counts[1], counts[2]);
  };
  for (const auto& [name, counts] : statistics.by_function) html += row(name, counts);
  return html + row("all", statistics.total) + "</table>\n";
}

std::string in_words(const Hits& hits) {
  return fmt::format(
      "{} writes and {} syncs failed, {} syncs were slow, {} writes went with the power, {} files "
      "were damaged, {} looks at a wrong clock, {} frames delayed, lost or doubled",
      hits.failed_writes, hits.failed_syncs, hits.slow_syncs, hits.lost_writes, hits.damaged_files,
      hits.wrong_times, hits.hurt_frames);
}

std::string refusals_in_words(const TestResult& result) {
  return fmt::format(
      "{} times a broker would not start because the session of its former life lasted, and was "
      "started again",
      result.refused_starts);
}

std::string faults_html(const TestResult& result) {
  std::string html = fmt::format(
      "<p>{} faults: {} restarts, {} pauses, {} partitions; {} changes of leaders, {} of in-sync "
      "replicas, {} of "
      "the controller.</p>\n",
      result.nemesis.faults, result.restarts, result.nemesis.pauses, result.nemesis.partitions,
      result.changes.leaders, result.changes.isrs, result.changes.controllers);
  if (result.refused_starts > 0) html += "<p>" + refusals_in_words(result) + ".</p>\n";
  if (result.nemesis.hits.sum() > 0) html += "<p>" + in_words(result.nemesis.hits) + ".</p>\n";
  html += "<table>";
  std::size_t shown = 0;
  for (const FaultSpan& span : result.statistics.faults) {
    if (shown++ == rows_shown) {
      html += "<tr><td>…</tr>";
      break;
    }
    html += fmt::format("<tr><td class=\"n\">{:.2f} s<td class=\"n\">{:.2f} s<td>{}</tr>\n",
                        span.from, span.to, escape_html(span.what));
  }
  return html + "</table>\n";
}

std::string lines_html(const std::vector<std::string>& lines) {
  std::string html;
  for (const std::string& line : lines) html += "<p>" + escape_html(line) + "</p>\n";
  return html;
}

ordered_json faults_json(const TestResult& result) {
  return {{"faults", result.nemesis.faults},
          {"restarts", result.restarts},
          {"refused_starts", result.refused_starts},
          {"pauses", result.nemesis.pauses},
          {"partitions", result.nemesis.partitions},
          {"failed_writes", result.nemesis.hits.failed_writes},
          {"failed_syncs", result.nemesis.hits.failed_syncs},
          {"slow_syncs", result.nemesis.hits.slow_syncs},
          {"lost_writes", result.nemesis.hits.lost_writes},
          {"damaged_files", result.nemesis.hits.damaged_files},
          {"wrong_times", result.nemesis.hits.wrong_times},
          {"hurt_frames", result.nemesis.hits.hurt_frames},
          {"leader_changes", result.changes.leaders},
          {"isr_changes", result.changes.isrs},
          {"controller_changes", result.changes.controllers},
          {"unexpected_ends", result.nemesis.unexpected_ends},
          {"troubles", result.nemesis.troubles}};
}

}  // namespace

std::string results_json(const TestOptions& options, const TestResult& result,
                         const History& history) {
  ordered_json document = {{"_command", "jepsen"}, {"_version", 1}};
  document["valid"] = result.verdict == Verdict::unknown
                          ? ordered_json("unknown")
                          : ordered_json(result.verdict == Verdict::valid);
  document["reasons"] = result.reasons;
  document["test"] = {{"name", result.test},
                      {"target", options.cluster.target},
                      {"version", options.version},
                      {"brokers", options.cluster.brokers},
                      {"zookeepers", options.cluster.zookeepers},
                      {"workload", options.workload.name},
                      {"acks", options.workload.client.acks},
                      {"nemesis", options.nemesis_text},
                      {"seed", options.clients.seed},
                      {"command", options.command},
                      {"notes", result.notes}};
  ordered_json operations = ordered_json::object();
  for (const auto& [name, counts] : result.statistics.by_function)
    operations[name] = {{"ok", counts[0]}, {"fail", counts[1]}, {"info", counts[2]}};
  document["operations"] = operations;
  document["records_sent"] = result.statistics.records_sent;
  document["records_read"] = result.statistics.records_read;
  document["seconds"] = result.statistics.seconds;
  document["faults"] = faults_json(result);
  document["check"] = ordered_json::parse(to_json(result.report, history));
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string report_html(const TestOptions& options, const TestResult& result,
                        const History& history) {
  const char* const word = name_of(result.verdict);
  const Statistics& statistics = result.statistics;
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{}: {}</title>"
      "<style>{}</style>\n<h1><span class=\"{}\">{}</span> {}</h1>\n",
      word, escape_html(result.test), style, word, word, escape_html(result.test));
  html += lines_html(result.reasons) + lines_html(result.report.findings.unknown());
  html += "<h2>Anomalies</h2>\n" + anomalies_html(result, history);
  html += "<h2>Timeline</h2>\n" + timeline_html(history, result.report.findings, statistics.faults);
  html += "<h2>Latency</h2>\n" + latency_plot(statistics);
  html += "<h2>Rate</h2>\n" + rate_plot(statistics);
  html +=
      fmt::format("<h2>Operations</h2>\n<p>{} records acknowledged, {} read, in {:.1f} s.</p>\n",
                  statistics.records_sent, statistics.records_read, statistics.seconds);
  html += operations_html(statistics);
  html += "<h2>Faults</h2>\n" + faults_html(result) + lines_html(result.nemesis.troubles);
  html += fmt::format(
      "<h2>Environment</h2>\n<table><tr><td>target<td>{} {}</tr><tr><td>brokers<td>{}</tr>"
      "<tr><td>ZooKeeper servers<td>{}</tr><tr><td>kernel<td>{}</tr><tr><td>cores<td>{}</tr>"
      "<tr><td>seed<td>{}</tr></table>\n",
      escape_html(options.cluster.target), escape_html(options.version), options.cluster.brokers,
      options.cluster.zookeepers, escape_html(kernel()), std::thread::hardware_concurrency(),
      options.clients.seed);
  html += lines_html(result.notes);
  html += "<h2>To repeat it</h2>\n<pre>" + escape_html(options.command) + "</pre>\n</html>\n";
  return html;
}

std::string summary(const TestResult& result) {
  std::string text = fmt::format("{}: {}\n", result.test, name_of(result.verdict));
  for (const std::string& reason : result.reasons) text += "  " + reason + "\n";
  for (const std::string& what : result.report.findings.unknown()) text += "  " + what + "\n";
  for (const auto& [name, count] : result.report.findings.counts())
    text += fmt::format("  {} × {}{}\n", name, count,
                        result.report.allowed.contains(name) ? " (allowed)" : "");
  if (result.refused_starts > 0) text += "  " + refusals_in_words(result) + "\n";
  if (result.nemesis.hits.sum() > 0) text += "  " + in_words(result.nemesis.hits) + "\n";
  const auto& total = result.statistics.total;
  text += fmt::format(
      "  {} ok, {} fail, {} info in {:.0f} s; {} restarts, {} pauses, {} partitions, {} leader "
      "changes, {} ISR changes, {} controller changes\n",
      total[0], total[1], total[2], result.statistics.seconds, result.restarts,
      result.nemesis.pauses, result.nemesis.partitions, result.changes.leaders, result.changes.isrs,
      result.changes.controllers);
  return text + "  " + (result.folder / "report.html").string() + "\n";
}

}  // namespace gregor::jepsen
