// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening a log in which a compaction was interrupted, by Gregor or by Kafka. The protocol, with a
// sync of the folder after each line:
//
//   00…0.log.cleaned and its indexes are written and synced        the old segments count
//   they are renamed to ….swap                                     from here on they count
//   the old segments in their range are renamed to ….deleted
//   they are renamed once more, to their final names
//
// A power cut may leave any part of the renames since the last sync. So: a ".swap" with a
// ".cleaned" at or below its offset was not complete, and goes (Kafka's rule; it may replace one
// segment by several); any other is finished. An index whose .log has its final name already only
// lacks its own renaming.
#include <fmt/format.h>

#include <utility>

#include "log/batch_scan.h"
#include "log/file_names.h"
#include "log/log_opener.h"

namespace gregor::log {

using model::fail;

namespace {

std::optional<FileName> name_before(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  return parse_file_name(name.substr(0, name.size() - suffix.size()));
}

}  // namespace

Result<> LogOpener::finish_swaps(const std::vector<FolderEntry>& entries) {
  std::optional<Offset> cleaned;  // the lowest
  std::map<Offset, std::set<FileKind>> swaps;
  for (const FolderEntry& entry : entries) {
    if (const auto name = name_before(entry.name, cleaned_suffix)) {
      cleaned = std::min(cleaned.value_or(name->base_offset), name->base_offset);
    } else if (const auto swap = name_before(entry.name, swap_suffix)) {
      swaps[swap->base_offset].insert(swap->kind);
    }
  }
  if (swaps.empty()) return {};
  Disk& disk = log_->folder_.files->disk();
  const std::string& folder = log_->folder_.path;
  for (const auto& [base, kinds] : swaps) {
    if (cleaned && base >= *cleaned) {
      for (const FileKind kind : kinds) {
        if (auto done = disk.remove(swap_path(base, kind)); !done) return done;
      }
    } else if (auto done = finish_swap(base, kinds, entries); !done) {
      return done;
    }
  }
  // The ".cleaned" ones go only after the ".swap" ones: they are the mark of those.
  return disk.sync_folder(folder);
}

std::string LogOpener::swap_path(Offset base, FileKind kind) const {
  return log_->folder_.path + "/" + file_name(base, kind) + std::string(swap_suffix);
}

Result<> LogOpener::finish_swap(Offset base, const std::set<FileKind>& kinds,
                                const std::vector<FolderEntry>& entries) {
  Disk& disk = log_->folder_.files->disk();
  const std::string& folder = log_->folder_.path;
  if (kinds.contains(FileKind::log)) {
    const auto end = end_of_swap(base);
    if (!end) return fail(end.error());
    for (const FolderEntry& entry : entries) {
      const auto name = parse_file_name(entry.name);
      if (!name || name->base_offset <= base || name->base_offset >= *end) continue;
      if (auto done = disk.remove(folder + "/" + entry.name); !done) return done;
    }
    if (auto synced = disk.sync_folder(folder); !synced) return synced;
    report_.lines.push_back(
        fmt::format("{}: finished a compaction up to offset {} that was interrupted",
                    folder + "/" + file_name(base, FileKind::log), end->value()));
  }
  for (const FileKind kind :
       {FileKind::offset_index, FileKind::time_index, FileKind::transaction_index, FileKind::log}) {
    if (!kinds.contains(kind)) continue;
    auto renamed = disk.rename(swap_path(base, kind), folder + "/" + file_name(base, kind));
    if (!renamed) return renamed;
  }
  return {};
}

// Where the last batch of the new segment ends.
Result<Offset> LogOpener::end_of_swap(Offset base) {
  const std::string path = swap_path(base, FileKind::log);
  const auto file = log_->folder_.files->disk().open(path, OpenMode::read);
  if (!file) return fail(file.error());
  if (!*file) return offline(path + " is missing");
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  BatchScan scan(**file, 0, *size, recovery_window_bytes);
  Offset end = base;
  for (;;) {
    const auto header = scan.next();
    if (!header) return damaged({header.error().code, path + ": " + header.error().detail});
    if (!*header) return end;
    end = std::max(end, (*header)->next_offset());
  }
}

}  // namespace gregor::log
