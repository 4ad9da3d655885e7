// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gregor::fuzz::wire {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(base::BytesView bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<int>(byte));
  return text;
}

std::string repeat_command(const Report& report, const Finding& finding) {
  std::string command = report.repeat;
  for (std::size_t i = 0; i < finding.conversations.size(); ++i)
    command += (i == 0 ? " --only " : ",") + std::to_string(finding.conversations[i].number);
  return command;
}

std::string headline(const Finding& finding) {
  std::string text(name_of(finding.verdict.fault));
  if (finding.times > 1) text += fmt::format(", {} times", finding.times);
  text += ": " + finding.verdict.detail;
  if (!finding.request.empty()) text += fmt::format(" (sent as {})", finding.request);
  return text;
}

std::string details(const Report& report, const Finding& finding) {
  std::string text;
  for (const Conversation& conversation : finding.conversations) {
    text += fmt::format("  conversation {}:\n", conversation.number);
    for (const Request& request : conversation.requests)
      text +=
          fmt::format("    {} ({}): {}\n", request.name, name_of(request.kind), hex(request.bytes));
  }
  if (finding.again)
    text += *finding.again ? "  once more, without other traffic: the same\n"
                           : "  once more, without other traffic: nothing; the broker may only "
                             "have been slow\n";
  return text + "  repeat: " + repeat_command(report, finding) + "\n";
}

std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        // XML 1.0 has no other control characters; beyond ASCII nothing is printed.
        escaped += c == '\n' || (c >= ' ' && c <= '~') ? c : '?';
    }
  }
  return escaped;
}

Json to_json(const Tally& tally) {
  return {{"sent", tally.sent},
          {"answered", tally.answered},
          {"silent", tally.silent},
          {"closed", tally.closed},
          {"unknown", tally.unknown}};
}

Json to_json(const Report& report, const Finding& finding) {
  Json item = {{"fault", name_of(finding.verdict.fault)},
               {"detail", finding.verdict.detail},
               {"times", finding.times},
               {"again", finding.again ? Json(*finding.again) : Json()},
               {"request", finding.request},
               {"repeat", repeat_command(report, finding)},
               {"conversations", Json::array()}};
  for (const Conversation& conversation : finding.conversations) {
    Json requests = Json::array();
    for (const Request& request : conversation.requests)
      requests.push_back(
          {{"name", request.name}, {"kind", name_of(request.kind)}, {"bytes", hex(request.bytes)}});
    item["conversations"].push_back({{"number", conversation.number}, {"requests", requests}});
  }
  return item;
}

double seconds(const Report& report) { return static_cast<double>(report.took.count()) / 1000; }

constexpr std::uint64_t mebibyte = 1 << 20;

}  // namespace

void Tally::count(Outcome outcome) {
  ++sent;
  switch (outcome) {
    case Outcome::answered:
      ++answered;
      return;
    case Outcome::silent:
      ++silent;
      return;
    case Outcome::closed:
      ++closed;
      return;
    case Outcome::open:
      ++unknown;
  }
}

void Report::count(const Conversation& conversation, const std::vector<Outcome>& outcomes) {
  ++conversations;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Request& request = conversation.requests[i];
    kinds[request.kind].count(outcomes[i]);
    if (request.kind == Kind::plausible || request.kind == Kind::extreme)
      sound[request.name].count(outcomes[i]);
  }
}

void Report::add(Finding finding) {
  const auto known = std::ranges::find_if(findings, [&](const Finding& other) {
    return other.verdict.fault == finding.verdict.fault && other.request == finding.request;
  });
  if (known != findings.end()) {
    ++known->times;
  } else if (findings.size() < findings_max) {
    findings.push_back(std::move(finding));
  }
}

std::string to_text(const Report& report) {
  std::string text =
      fmt::format("{}, seed {}: {} conversations and {} probes in {:.1f} s\n", report.broker,
                  report.seed, report.conversations, report.probes, seconds(report));
  text += fmt::format("{:<18}{:>9}{:>10}{:>9}{:>9}{:>9}\n", "", "sent", "answered", "silent",
                      "closed", "unknown");
  for (const auto& [kind, tally] : report.kinds)
    text += fmt::format("{:<18}{:>9}{:>10}{:>9}{:>9}{:>9}\n", name_of(kind), tally.sent,
                        tally.answered, tally.silent, tally.closed, tally.unknown);
  if (report.resident_bytes_first > 0)
    text +=
        fmt::format("resident memory: {} MiB at first, {} MiB at most\n",
                    report.resident_bytes_first / mebibyte, report.resident_bytes_most / mebibyte);
  for (const Finding& finding : report.findings)
    text += "FOUND " + headline(finding) + "\n" + details(report, finding);
  return text + fmt::format("{} finding{}\n", report.findings.size(),
                            report.findings.size() == 1 ? "" : "s");
}

std::string to_json(const Report& report) {
  Json document = {{"_command", "fuzz wire"},
                   {"_version", 1},
                   {"broker", report.broker},
                   {"seed", report.seed},
                   {"seconds", seconds(report)},
                   {"conversations", report.conversations},
                   {"probes", report.probes},
                   {"requests", Json::object()},
                   {"sound_requests", Json::object()},
                   {"resident_bytes_first", report.resident_bytes_first},
                   {"resident_bytes_most", report.resident_bytes_most},
                   {"findings", Json::array()}};
  for (const auto& [kind, tally] : report.kinds)
    document["requests"][std::string(name_of(kind))] = to_json(tally);
  for (const auto& [name, tally] : report.sound) document["sound_requests"][name] = to_json(tally);
  for (const Finding& finding : report.findings)
    document["findings"].push_back(to_json(report, finding));
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// A case for each fault that is watched for.
std::string to_junit(const Report& report) {
  std::string cases;
  std::size_t failures = 0;
  for (const Fault fault : faults) {
    std::string failure;
    for (const Finding& finding : report.findings)
      if (finding.verdict.fault == fault)
        failure += headline(finding) + "\n" + details(report, finding);
    cases += fmt::format("  <testcase classname=\"gregor.fuzz.wire\" name=\"{}\"", name_of(fault));
    if (failure.empty()) {
      cases += "/>\n";
      continue;
    }
    ++failures;
    cases += fmt::format(">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n",
                         xml(meaning_of(fault)), xml(failure));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"gregor fuzz wire {} seed {}\" "
      "tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.1f}\">\n{}</testsuite>\n",
      xml(report.broker), report.seed, std::size(faults), failures, seconds(report), cases);
}

}  // namespace gregor::fuzz::wire
