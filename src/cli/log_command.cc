// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor log`: looks into the folders of partitions without a broker, and changes nothing there.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/log_output.h"
#include "log/dump.h"
#include "log/file_names.h"
#include "log/verify.h"
#include "server/posix_disk.h"

namespace gregor::cli {
namespace {

constexpr const char* log_details =
    "FOLDER is a partition's folder (\"orders-3\"), a data folder with many of them (those that\n"
    "are to be removed, \"….UUID-delete\", are left out), or, for dump, one file. The folders of\n"
    "Apache Kafka are read as well. A broker may be running.\n"
    "\n"
    "Examples:\n"
    "  gregor log dump data/orders-0                         batches, indexes, snapshots\n"
    "  gregor log dump --records data/orders-0/00000000000000000000.log\n"
    "  gregor log dump --json --records data/orders-0 | jq '.folders[].files[].rows[]'\n"
    "  gregor log verify data                                every partition; exit code 1 if "
    "unsound\n";

struct LogOptions {
  std::vector<std::string> places;
  bool json = false;
  bool records = false;
};

std::string without_final_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// A folder and those of its files that are meant.
struct Place {
  std::string folder;
  std::vector<std::string> files;
};

// "00000000000000000000.log"
bool is_segment(std::string_view name) {
  constexpr std::size_t digits = 20;
  return name.size() > digits && name.substr(digits) == ".log" &&
         name.find_first_not_of("0123456789") == digits;
}

bool holds_a_log(const std::vector<log::FolderEntry>& entries) {
  return std::ranges::any_of(entries, [](const auto& entry) { return is_segment(entry.name); });
}

std::vector<std::string> files_of(const std::vector<log::FolderEntry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries)
    if (!entry.is_folder) names.push_back(entry.name);
  return names;
}

// Its partition is gone, and of its files some may be.
bool is_to_be_removed(std::string_view name) {
  const auto parsed = log::parse_folder_name(name);
  return parsed && parsed->kind == log::FolderKind::to_delete;
}

// What the path means: itself, or the partitions in it.
model::Result<std::vector<Place>> find_places(log::Disk& disk, const std::string& path) {
  const auto entries = disk.list(path);
  if (!entries) {
    const std::size_t slash = path.find_last_of('/');
    const auto file = disk.open(path, log::OpenMode::read);
    if (!file || !*file) return model::fail(entries.error());
    if (slash == std::string::npos) return std::vector<Place>{{".", {path}}};
    return std::vector<Place>{{path.substr(0, slash), {path.substr(slash + 1)}}};
  }
  std::vector<Place> places;
  if (holds_a_log(*entries)) places.push_back({path, files_of(*entries)});
  for (const auto& entry : *entries) {
    if (!entry.is_folder || is_to_be_removed(entry.name)) continue;
    const std::string folder = path + "/" + entry.name;
    const auto inside = disk.list(folder);
    if (!inside) return model::fail(inside.error());
    if (holds_a_log(*inside)) places.push_back({folder, files_of(*inside)});
  }
  if (places.empty())
    return model::fail(
        model::ErrorCode::invalid_request,
        fmt::format("{}: neither a partition's folder nor one that holds some", path));
  return places;
}

// Calls `handle` for each place that is meant; false when one could not be found or handled.
template <class Handle>
bool for_each_place(log::Disk& disk, const LogOptions& options, Handle handle) {
  bool all_well = true;
  for (const std::string& path : options.places) {
    const auto places = find_places(disk, without_final_slash(path));
    if (!places) {
      complain(places.error().detail);
      all_well = false;
      continue;
    }
    for (const Place& place : *places) all_well = handle(place) && all_well;
  }
  return all_well;
}

bool dump_place(log::Disk& disk, const Place& place, const LogOptions& options,
                DumpOutput& output) {
  bool all_well = true;
  output.begin_folder(place.folder);
  const auto records = options.records ? log::DumpRecords::yes : log::DumpRecords::no;
  for (const std::string& name : place.files) {
    bool begun = false;
    const auto dumped = log::dump_file(disk, place.folder, name, records, [&](const auto& row) {
      if (!std::exchange(begun, true)) output.begin_file(name);
      if (row.kind == "problem") all_well = false;
      output.row(row);
    });
    if (begun) output.end_file();
    if (dumped) continue;
    complain(dumped.error().detail);
    all_well = false;
  }
  output.end_folder();
  return all_well;
}

int dump(const LogOptions& options) {
  server::PosixDisk disk;
  const auto output = make_dump_output(options.json);
  const bool all_well = for_each_place(
      disk, options, [&](const Place& place) { return dump_place(disk, place, options, *output); });
  output->end();
  return all_well ? exit_ok : exit_failed;
}

int verify(const LogOptions& options) {
  server::PosixDisk disk;
  const auto output = make_verify_output(options.json);
  const bool all_well = for_each_place(disk, options, [&](const Place& place) {
    const auto report = log::verify_folder(disk, place.folder);
    if (!report) {
      complain(report.error().detail);
      return false;
    }
    output->folder(place.folder, *report);
    return report->sound();
  });
  output->end(all_well);
  return all_well ? exit_ok : exit_failed;
}

CLI::App* add_subcommand(CLI::App& log, const char* name, const char* summary,
                         const std::shared_ptr<LogOptions>& options) {
  CLI::App* command = log.add_subcommand(name, summary);
  command->footer(log_details);
  command->add_option("FOLDER", options->places, "A folder; several may be given")->required();
  command->add_flag("--json", options->json, "As one JSON document");
  return command;
}

}  // namespace

void add_log_command(CLI::App& app, Action& action) {
  CLI::App* log = app.add_subcommand("log", "Look into the folders of partitions");
  log->footer(log_details);
  log->require_subcommand(1);
  const auto options = std::make_shared<LogOptions>();
  CLI::App* dump_command = add_subcommand(*log, "dump", "Print what is in the files", options);
  dump_command->add_flag("--records", options->records, "Also the records in the batches");
  dump_command->callback([&action, options] { action = [options] { return dump(*options); }; });
  CLI::App* verify_command =
      add_subcommand(*log, "verify", "Check that the files are sound and agree", options);
  verify_command->callback([&action, options] { action = [options] { return verify(*options); }; });
}

}  // namespace gregor::cli
