// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The producers' state from a snapshot and the log after it.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "log/file_names.h"
#include "log/log.h"
#include "log/producer_snapshot.h"
#include "log/whole_file.h"

namespace gregor::log {

using model::fail;

Result<> Log::reload_producers(Offset end) {
  producers_.clear();
  Disk& disk = folder_.files->disk();
  const auto entries = disk.list(folder_.path);
  if (!entries) return fail(entries.error());
  std::vector<Offset> snapshots;
  for (const FolderEntry& entry : *entries) {
    const auto name = parse_file_name(entry.name);
    if (name && name->kind == FileKind::snapshot && name->base_offset <= end) {
      snapshots.push_back(name->base_offset);
    }
  }
  std::ranges::sort(snapshots, std::greater{});
  last_snapshot_ = segments_.front()->base_offset();
  for (const Offset snapshot : snapshots) {
    if (snapshot < last_snapshot_) break;  // of records that are gone
    const std::string path = folder_.path + "/" + file_name(snapshot, FileKind::snapshot);
    const auto bytes = read_whole_file(disk, path);
    if (!bytes) return fail(bytes.error());
    if (!*bytes) continue;
    auto producers = decode_producer_snapshot(**bytes);
    if (producers) {
      producers_.restore(std::move(*producers));
      last_snapshot_ = snapshot;
      break;
    }
    folder_.notes.push_back(path + ": " + producers.error().detail + "; an older one is used");
    if (auto removed = disk.remove(path); !removed) return removed;
    folder_.names_changed = true;
  }
  if (auto recalled = recall_batches(last_snapshot_); !recalled) return recalled;
  return replay_producers(last_snapshot_, end);
}

Result<> Log::recall_batches(Offset end) {
  std::uint64_t left = producers_.all().empty() ? 0 : recalled_bytes;
  for (std::size_t i = segments_.size(); i-- > 0 && left > 0;) {
    Segment& segment = *segments_[i];
    if (segment.base_offset() >= end) continue;
    const std::uint64_t bytes = std::min(segment.bytes(), left);
    left -= bytes;
    const auto found = batches_in_tail(segment, bytes, end);
    if (!found && found.error().code == model::ErrorCode::kafka_storage_error)
      return fail(found.error());
    // What is damaged there is found by who reads it.
    if (!found) return {};
    producers_.recall(*found);
  }
  return {};
}

Result<std::vector<ProducerFacts>> Log::batches_in_tail(Segment& segment, std::uint64_t bytes,
                                                        Offset end) {
  std::vector<ProducerFacts> batches;
  Offset from = segment.base_offset();
  if (bytes < segment.bytes()) {
    const auto bound = segment.bound_of_bytes_before(segment.bytes() - bytes);
    if (!bound) return fail(bound.error());
    from = bound->value_or(end);
  }
  const auto first = segment.find(from);
  if (!first) return fail(first.error());
  const auto file = segment.file();
  if (!file) return fail(file.error());
  if (!*first || !*file) return batches;
  BatchScan scan(**file, (*first)->position, segment.bytes(), lookup_window_bytes);
  for (;;) {
    const auto header = scan.next();
    if (!header) return fail(header.error());
    if (!*header || (*header)->base_offset() >= end) return batches;
    if ((*header)->has_producer_id() && !(*header)->is_control())
      batches.push_back(data_facts(**header, (*header)->base_offset()));
  }
}

Result<> Log::replay_producers(Offset from, Offset end) {
  if (from >= end) return {};
  for (std::size_t i = segment_of(from); i < segments_.size(); ++i) {
    Segment& segment = *segments_[i];
    if (segment.base_offset() >= end) break;
    const auto first = segment.find(from);
    if (!first) return fail(first.error());
    if (!*first) continue;
    const auto file = segment.file();
    if (!file) return fail(file.error());
    ASSERT(*file != nullptr);
    BatchScan scan(**file, (*first)->position, segment.bytes(), recovery_window_bytes);
    for (;;) {
      const auto header = scan.next();
      if (!header) {
        return fail(header.error().code,
                    segment.path(FileKind::log) + ": " + header.error().detail);
      }
      if (!*header || (*header)->base_offset() >= end) break;
      if (!(*header)->has_producer_id() || (*header)->last_offset() < from) continue;
      if (auto entered = enter_scanned(scan, **header, nullptr); !entered) return entered;
    }
  }
  return {};
}

// Data batches need their header only, however large they are; markers are read whole.
Result<> Log::enter_scanned(BatchScan& scan, const record::HeaderView& header,
                            Segment* aborted_go_to) {
  if (!header.has_producer_id()) return {};
  if (!header.is_control()) {
    const auto update =
        producers_.check(data_facts(header, header.base_offset()), AppendOrigin::replication);
    if (!update) return fail(update.error());
    (void)producers_.apply(*update);
    return {};
  }
  const auto batch = scan.whole();
  if (!batch) return fail(batch.error());
  const auto facts = producer_facts(*batch, batch->base_offset());
  if (!facts) return fail(facts.error());
  if (!*facts) return {};
  const auto update = producers_.check(**facts, AppendOrigin::replication);
  if (!update) return fail(update.error());
  const auto aborted = producers_.apply(*update);
  if (aborted && aborted_go_to != nullptr) aborted_go_to->note_aborted(*aborted);
  return {};
}

}  // namespace gregor::log
