// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/log_output.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "base/overloaded.h"
#include "cli/answer.h"
#include "server/log_sink.h"

namespace gregor::cli {
namespace {

using base::Overloaded;

std::string hexadecimal(base::BytesView bytes) {
  std::string digits;
  for (const std::byte byte : bytes)
    fmt::format_to(std::back_inserter(digits), "{:02x}", std::to_integer<unsigned>(byte));
  return digits;
}

bool is_text(base::BytesView bytes) {
  try {
    static_cast<void>(Json(base::as_text(bytes)).dump());
    return true;
  } catch (const Json::exception&) {  // not UTF-8
    return false;
  }
}

// Bytes that are no text become {"hex": "…"}, so that a string always means its characters.
Json json_of(const log::DumpValue& value) {
  return std::visit(Overloaded{[](std::monostate) { return Json(nullptr); },
                               [](const base::Bytes& bytes) {
                                 if (is_text(bytes)) return Json(base::as_text(bytes));
                                 return Json{{"hex", hexadecimal(bytes)}};
                               },
                               [](const auto& plain) { return Json(plain); }},
                    value);
}

Json json_of(const log::DumpRow& row) {
  Json document = {{"kind", row.kind}};
  for (const auto& field : row.fields) document[std::string(field.name)] = json_of(field.value);
  return document;
}

std::string to_words(const log::DumpValue& value) {
  return std::visit(Overloaded{[](std::monostate) { return std::string("none"); },
                               [](bool yes) { return std::string(yes ? "yes" : "no"); },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](const std::string& text) { return server::printable(text); },
                               [](const base::Bytes& bytes) {
                                 return is_text(bytes)
                                            ? fmt::format("'{}'",
                                                          server::printable(base::as_text(bytes)))
                                            : "0x" + hexadecimal(bytes);
                               }},
                    value);
}

// What lies in a batch is shown below it.
std::string_view indent_of(std::string_view kind) {
  if (kind == "record") return "    ";
  return kind == "header" ? "      " : "  ";
}

class DumpForPeople final : public DumpOutput {
 public:
  void begin_folder(const std::string& folder) override { folder_ = folder; }
  void begin_file(const std::string& name) override {
    print(fmt::format("{}/{}\n", folder_, name));
  }
  void row(const log::DumpRow& row) override {
    std::string line = fmt::format("{}{}", indent_of(row.kind), row.kind);
    for (const auto& field : row.fields)
      line += fmt::format("  {} {}", field.name, to_words(field.value));
    print(line += '\n');
  }
  void end_file() override {}
  void end_folder() override {}
  void end() override {}

 private:
  std::string folder_;
};

class DumpAsJson final : public DumpOutput {
 public:
  DumpAsJson() { print("{\"_command\": \"log dump\", \"_version\": 1, \"folders\": ["); }
  void begin_folder(const std::string& folder) override {
    print(fmt::format("{}\n {{\"folder\": {}, \"files\": [", separator(folders_),
                      Json(server::printable(folder)).dump()));
    files_ = 0;
  }
  void begin_file(const std::string& name) override {
    print(fmt::format("{}\n  {{\"file\": {}, \"rows\": [", separator(files_),
                      Json(server::printable(name)).dump()));
    rows_ = 0;
  }
  void row(const log::DumpRow& row) override {
    print(fmt::format("{}\n   {}", separator(rows_), json_of(row).dump()));
  }
  void end_file() override { print("]}"); }
  void end_folder() override { print("]}"); }
  void end() override { print("]}\n"); }

 private:
  static std::string_view separator(std::size_t& count) { return count++ == 0 ? "" : ","; }
  std::size_t folders_ = 0;
  std::size_t files_ = 0;
  std::size_t rows_ = 0;
};

std::string_view name_of(log::Finding::Severity severity) {
  return severity == log::Finding::Severity::error ? "error" : "note";
}

class VerifyForPeople final : public VerifyOutput {
 public:
  void folder(const std::string& folder, const log::VerifyReport& report) override {
    print(fmt::format("{}: {}: {} segments, {} batches, {} records, {} bytes, {} index entries\n",
                      folder, report.sound() ? "sound" : "NOT SOUND", report.segments,
                      report.batches, report.records, report.bytes, report.index_entries));
    for (const auto& finding : report.findings)
      print(fmt::format("  {}: {}: {}\n", name_of(finding.severity),
                        server::printable(finding.file), server::printable(finding.detail)));
  }
  void end(bool) override {}
};

class VerifyAsJson final : public VerifyOutput {
 public:
  void folder(const std::string& folder, const log::VerifyReport& report) override {
    Json findings = Json::array();
    for (const auto& finding : report.findings)
      findings.push_back({{"severity", name_of(finding.severity)},
                          {"file", server::printable(finding.file)},
                          {"detail", server::printable(finding.detail)}});
    folders_.push_back({{"folder", server::printable(folder)},
                        {"sound", report.sound()},
                        {"segments", report.segments},
                        {"batches", report.batches},
                        {"records", report.records},
                        {"bytes", report.bytes},
                        {"index_entries", report.index_entries},
                        {"findings", std::move(findings)}});
  }
  void end(bool all_sound) override {
    const Json document = {{"_command", "log verify"},
                           {"_version", 1},
                           {"sound", all_sound},
                           {"folders", std::move(folders_)}};
    print(document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  }

 private:
  Json folders_ = Json::array();
};

}  // namespace

std::unique_ptr<DumpOutput> make_dump_output(bool json) {
  if (json) return std::make_unique<DumpAsJson>();
  return std::make_unique<DumpForPeople>();
}

std::unique_ptr<VerifyOutput> make_verify_output(bool json) {
  if (json) return std::make_unique<VerifyAsJson>();
  return std::make_unique<VerifyForPeople>();
}

}  // namespace gregor::cli
