// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/data_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/partition_folder.h"
#include "log/file_names.h"
#include "log/whole_file.h"

namespace gregor::broker {

using model::fail;
using model::Result;

namespace {

// Makes the folder and those above it, to stay.
Result<> make_folders(log::Disk& disk, const std::string& path) {
  if (disk.list(path)) return {};
  std::string parent = path.starts_with('/') ? "/" : ".";
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!disk.list(part)) {
      if (auto made = disk.create_folder(part); !made) return made;
      if (auto synced = disk.sync_folder(parent); !synced) return synced;
    }
    if (end == std::string::npos) return {};
    parent = part;
  }
}

Result<log::PartitionOffsets> read_offsets(log::Disk& disk, const std::string& folder,
                                           std::string_view name, std::vector<std::string>& lines) {
  const std::string path = fmt::format("{}/{}", folder, name);
  const auto bytes = log::read_whole_file(disk, path);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return log::PartitionOffsets{};
  auto offsets = log::decode_partition_offsets(**bytes);
  if (offsets) return offsets;
  lines.push_back(
      fmt::format("{} is not readable and counts as absent: {}", path, offsets.error().detail));
  return log::PartitionOffsets{};
}

Result<> scan_folder(log::Disk& disk, DataFolder& folder) {
  const auto entries = disk.list(folder.path);
  if (!entries) return fail(entries.error());
  for (const log::FolderEntry& entry : *entries) {
    if (!entry.is_folder) continue;
    const auto name = log::parse_folder_name(entry.name);
    if (!name) continue;
    if (name->kind == log::FolderKind::partition) {
      folder.partitions.insert(name->partition);
    } else if (name->kind == log::FolderKind::to_delete) {
      if (auto removed = disk.remove(folder.path + "/" + entry.name); !removed) return removed;
    } else if (name->kind == log::FolderKind::future) {
      folder.copies.insert_or_assign(name->partition, folder.path + "/" + entry.name);
    }
  }
  return {};
}

Result<> write_boot(log::Disk& disk, const std::string& folder, std::string_view text) {
  return log::replace_file(disk, folder, std::string(log::last_boot_name), base::as_bytes(text),
                           log::Durability::now);
}

// Whether the end of some log may be lost; that is kept, should the node die before it is settled.
Result<bool> look_at_boot(log::Disk& disk, const DataFolder& folder, std::string_view boot) {
  const auto bytes =
      log::read_whole_file(disk, fmt::format("{}/{}", folder.path, log::last_boot_name));
  if (!bytes) return fail(bytes.error());
  const std::string last(*bytes ? base::as_text(**bytes) : "");
  const bool same_boot = !last.empty() && last == boot;
  const bool lost = last == log::unsettled_boot || (!folder.clean_stop && !same_boot);
  const std::string_view now = lost ? log::unsettled_boot : boot;
  if (last == now) return lost;
  if (auto written = write_boot(disk, folder.path, now); !written) return fail(written.error());
  return lost;
}

Result<> take_clean_mark(log::Disk& disk, DataFolder& folder, std::string_view boot,
                         bool& unclean_shutdown) {
  const std::string path = fmt::format("{}/{}", folder.path, log::clean_stop_name);
  const auto mark = log::read_whole_file(disk, path);
  if (!mark) return fail(mark.error());
  folder.clean_stop = mark->has_value();
  const auto lost = look_at_boot(disk, folder, boot);
  if (!lost) return fail(lost.error());
  unclean_shutdown = unclean_shutdown || *lost;
  if (auto removed = disk.remove(path); !removed) return removed;
  // Also if there is none: an earlier start may have removed it, and died before this.
  return disk.sync_folder(folder.path);
}

Result<std::optional<log::MetaProperties>> read_meta_properties(log::Disk& disk,
                                                                const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, log::meta_properties_name);
  const auto bytes = log::read_whole_file(disk, path);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return std::nullopt;
  auto properties = log::decode_meta_properties(**bytes);
  if (!properties) return fail(properties.error().code, path + ": " + properties.error().detail);
  return std::move(*properties);
}

Result<> read_folder(log::Disk& disk, const std::string& path, std::string_view boot,
                     FoundDataFolders& found) {
  DataFolder folder{.path = path,
                    .recovery_points = {},
                    .log_starts = {},
                    .high_watermarks = {},
                    .cleaned_to = {},
                    .partitions = {},
                    .copies = {}};
  if (auto made = make_folders(disk, path); !made) return made;
  if (auto scanned = scan_folder(disk, folder); !scanned) return scanned;
  auto points = read_offsets(disk, path, log::recovery_points_name, found.lines);
  if (!points) return fail(points.error());
  folder.recovery_points = std::move(*points);
  auto starts = read_offsets(disk, path, log::log_starts_name, found.lines);
  if (!starts) return fail(starts.error());
  folder.log_starts = std::move(*starts);
  auto committed = read_offsets(disk, path, log::high_watermarks_name, found.lines);
  if (!committed) return fail(committed.error());
  folder.high_watermarks = std::move(*committed);
  auto cleaned = read_offsets(disk, path, log::cleaned_name, found.lines);
  if (!cleaned) return fail(cleaned.error());
  folder.cleaned_to = std::move(*cleaned);
  auto properties = read_meta_properties(disk, path);
  if (!properties) return fail(properties.error());
  if (auto taken = take_clean_mark(disk, folder, boot, found.unclean_shutdown); !taken)
    return taken;
  found.properties.push_back(std::move(*properties));
  found.state.folders.push_back(std::move(folder));
  return {};
}

void forget(DataFolder& folder, const model::TopicPartition& name) {
  folder.partitions.erase(name);
  folder.recovery_points.erase(name);
  folder.log_starts.erase(name);
  folder.high_watermarks.erase(name);
  folder.cleaned_to.erase(name);
}

// What lies in two folders was moved from one to the other, and the node died before the old one
// was gone.
Result<> finish_moves(log::Disk& disk, FoundDataFolders& found) {
  std::map<model::TopicPartition, std::vector<DataFolder*>> places;
  for (DataFolder& folder : found.state.folders)
    for (const model::TopicPartition& name : folder.partitions) places[name].push_back(&folder);
  for (const auto& [name, folders] : places) {
    if (folders.size() == 1) continue;
    for (const DataFolder* const folder : folders) {
      const auto from = moved_from(disk, fmt::format("{}/{}", folder->path, to_string(name)));
      if (!from) return fail(from.error());
      if (!*from) continue;
      const auto old = std::ranges::find(folders, **from, &DataFolder::path);
      if (old == folders.end() || *old == folder) continue;
      const std::string left = fmt::format("{}/{}", (*old)->path, to_string(name));
      if (auto removed = disk.remove(left); !removed) return removed;
      if (auto synced = disk.sync_folder((*old)->path); !synced) return synced;
      found.lines.push_back(fmt::format("{} was moved to {} and is removed", left, folder->path));
      forget(**old, name);
      break;
    }
  }
  return {};
}

}  // namespace

Result<FoundDataFolders> read_data_folders(log::Disk& disk, const std::vector<std::string>& paths,
                                           std::string_view boot) {
  FoundDataFolders found;
  for (const std::string& path : paths)
    if (auto read = read_folder(disk, path, boot, found); !read) return fail(read.error());
  if (auto finished = finish_moves(disk, found); !finished) return fail(finished.error());
  return found;
}

std::optional<model::BrokerEpoch> disks_in_use_since(const FoundDataFolders& found) {
  model::BrokerEpoch newest{0};
  for (const auto& properties : found.properties) {
    if (!properties) return std::nullopt;
    newest = std::max(newest, properties->first_epoch.value_or(newest));
  }
  return newest;
}

Result<> write_meta_properties(log::Disk& disk, const std::string& folder,
                               const log::MetaProperties& properties) {
  return log::replace_file(disk, folder, std::string(log::meta_properties_name),
                           log::encode_meta_properties(properties), log::Durability::now);
}

Result<> note_boot(log::Disk& disk, const StorageState& state, std::string_view boot) {
  for (const DataFolder& folder : state.folders)
    if (auto written = write_boot(disk, folder.path, boot); !written) return written;
  return {};
}

Result<> mark_clean_stop(log::Disk& disk, const StorageState& state) {
  for (const DataFolder& folder : state.folders) {
    auto written = log::replace_file(disk, folder.path, std::string(log::clean_stop_name),
                                     log::encode_clean_stop(-1), log::Durability::now);
    if (!written) return written;
  }
  return {};
}

}  // namespace gregor::broker
