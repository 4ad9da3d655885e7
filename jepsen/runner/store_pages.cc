// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/store_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/parse_number.h"
#include "jepsen/runner/plot.h"

namespace gregor::jepsen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view head =
    "<!doctype html><html lang=en><meta charset=utf-8><title>Runs</title><style>"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;"
    "border-bottom:1px solid #ddd}.valid{color:#2a7f3b}.invalid{color:#c9302c}"
    ".unknown,.none{color:#b06c00}</style>\n";

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> types{
    {{".html", "text/html; charset=utf-8"},
     {".json", "application/json"},
     {".jsonl", "application/x-ndjson"},
     {".edn", "application/edn"}}};

struct Run {
  std::string test, time, verdict, seed;
};

Page refusal(int status, std::string_view what) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = std::string(what) + "\n"};
}

// %2F and its like; nothing for what is no text of a URL.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto value = base::parse_hex<std::uint8_t>(text.substr(i + 1, 2));
    if (!value || *value == 0) return std::nullopt;
    out += static_cast<char>(*value);
    i += 2;
  }
  return out;
}

// A run without results is under way, or was cut short.
Run run_of(const fs::path& folder) {
  Run run{folder.parent_path().filename(), folder.filename(), "none", ""};
  std::ifstream in(folder / "results.json");
  const auto results = nlohmann::json::parse(in, nullptr, false);
  if (!results.is_object()) return run;
  const auto valid = results.value("valid", nlohmann::json());
  run.verdict = valid.is_boolean() ? (valid.get<bool>() ? "valid" : "invalid") : "unknown";
  const auto test = results.value("test", nlohmann::json());
  if (test.is_object()) run.seed = test.value("seed", nlohmann::json()).dump();
  return run;
}

std::vector<Run> runs_in(const fs::path& store) {
  std::vector<Run> runs;
  std::error_code failed;
  for (const auto& test : fs::directory_iterator(store, failed)) {
    if (test.is_symlink(failed) || !test.is_directory(failed)) continue;
    for (const auto& time : fs::directory_iterator(test.path(), failed))
      if (!time.is_symlink(failed) && time.is_directory(failed))
        runs.push_back(run_of(time.path()));
  }
  std::ranges::sort(runs, [](const Run& a, const Run& b) {
    return std::tie(b.time, b.test) < std::tie(a.time, a.test);
  });
  return runs;
}

Page list_of_runs(const fs::path& store) {
  std::string body(head);
  body += "<h1>Runs</h1>\n<table><tr><th>time<th>test<th>verdict<th>seed<th></tr>\n";
  for (const Run& run : runs_in(store)) {
    const std::string folder = escape_html(run.test + "/" + run.time);
    body += fmt::format(
        "<tr><td>{}<td>{}<td class={}>{}<td>{}<td><a href=\"/{}/report.html\">report</a> "
        "<a href=\"/{}/\">files</a></tr>\n",
        escape_html(run.time), escape_html(run.test), run.verdict, run.verdict,
        escape_html(run.seed), folder, folder);
  }
  return {.body = body + "</table></html>\n"};
}

Page list_of_files(const fs::path& folder, std::string_view target) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    names.push_back(entry.path().filename().string() + (entry.is_directory(failed) ? "/" : ""));
  std::ranges::sort(names);
  std::string body(head);
  body += fmt::format("<h1>{}</h1>\n<ul>\n", escape_html(target));
  for (const std::string& name : names)
    body += fmt::format("<li><a href=\"{}\">{}</a>\n", escape_html(name), escape_html(name));
  return {.body = body + "</ul></html>\n"};
}

std::string_view type_of(const fs::path& file) {
  const std::string extension = file.extension();
  const auto* const known = std::ranges::find(types, std::string_view(extension),
                                              [](const auto& one) { return one.first; });
  return known == types.end() ? "text/plain; charset=utf-8" : known->second;
}

bool is_within(const fs::path& folder, const fs::path& path) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

}  // namespace

Page page_of(const fs::path& store, std::string_view target) {
  const auto path = decoded(target.substr(0, target.find_first_of("?#")));
  if (!path || !path->starts_with('/')) return refusal(400, "This is no path.");
  std::error_code failed;
  const fs::path root = fs::weakly_canonical(store, failed);
  const fs::path wanted = fs::weakly_canonical(root / path->substr(1), failed);
  if (failed || !is_within(root, wanted) || !fs::exists(wanted, failed))
    return refusal(404, "There is no such file.");
  if (wanted == root || wanted == root / "") return list_of_runs(root);
  if (!fs::is_directory(wanted, failed))
    return {.type = std::string(type_of(wanted)), .file = wanted};
  if (!path->ends_with('/')) return refusal(404, "A folder's name ends with a slash.");
  return list_of_files(wanted, *path);
}

}  // namespace gregor::jepsen
