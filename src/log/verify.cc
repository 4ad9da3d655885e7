// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Verification, first part: the batches of the segments.
#include "log/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "log/verifier.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::Offset;

bool VerifyReport::sound() const {
  return std::ranges::none_of(
      findings, [](const Finding& f) { return f.severity == Finding::Severity::error; });
}

Result<VerifyReport> verify_folder(Disk& disk, const std::string& folder) {
  return Verifier(disk, folder).run();
}

void Verifier::add(Severity severity, std::string detail) {
  if (report_.findings.size() < findings_max) {
    report_.findings.push_back({severity, file_, std::move(detail)});
  } else {
    ++unlisted_;
  }
}

Result<VerifyReport> Verifier::run() {
  if (auto sorted = sort_out(); !sorted) return fail(sorted.error());
  for (auto at = segments_.begin(); at != segments_.end(); ++at) {
    if (!at->second.contains(FileKind::log)) {
      file_ = file_name(at->first, at->second.begin()->first);
      add(Severity::error, "there is no segment that this belongs to");
      continue;
    }
    for (const Offset snapshot : snapshots_) {
      if (!end_ || snapshot != *end_ || snapshot > at->first) continue;
      if (auto checked = check_snapshot(snapshot); !checked) return fail(checked.error());
    }
    const bool last = std::next(at) == segments_.end();
    if (auto walked = walk_segment(at->first, last); !walked) return fail(walked.error());
    if (auto checked = check_indexes(at->first, last); !checked) return fail(checked.error());
  }
  for (const Offset snapshot : snapshots_) {
    if (!end_ || snapshot != *end_) continue;
    if (auto checked = check_snapshot(snapshot); !checked) return fail(checked.error());
  }
  if (auto checked = check_epochs(); !checked) return fail(checked.error());
  if (unlisted_ > 0) {
    report_.findings.push_back(
        {Severity::error, "", fmt::format("{} more findings are not listed", unlisted_)});
  }
  return std::move(report_);
}

Result<> Verifier::sort_out() {
  const auto entries = disk_.list(folder_);
  if (!entries) return fail(entries.error());
  for (const FolderEntry& entry : *entries) {
    file_ = entry.name;
    if (entry.is_folder) {
      add(Severity::note, "a folder, where none is expected");
    } else if (const auto name = parse_file_name(entry.name);
               name && name->base_offset.value() <= offset_max) {
      if (name->kind == FileKind::snapshot) {
        snapshots_.push_back(name->base_offset);
      } else {
        segments_[name->base_offset][name->kind] = entry.size;
      }
    } else if (entry.name == leader_epoch_checkpoint_name) {
      has_epochs_ = true;
    } else if (entry.name != partition_metadata_name && !entry.name.ends_with(deleted_suffix)) {
      add(Severity::note, "not a file of a log");
    }
  }
  return {};
}

void Verifier::note_gap(Offset base) {
  if (!end_) {
    complete_ = base == Offset{0};
    return;
  }
  if (base == *end_) return;
  complete_ = false;
  const auto detail = fmt::format("the segment before ends at offset {}", end_->value());
  add(base < *end_ ? Severity::error : Severity::note, detail);
}

Result<> Verifier::walk_segment(Offset base, bool last) {
  file_ = file_name(base, FileKind::log);
  ++report_.segments;
  last_offsets_.clear();
  largest_times_.clear();
  largest_time_ = model::no_timestamp;
  aborted_.clear();
  note_gap(base);
  end_ = std::max(base, end_.value_or(base));
  const auto file = disk_.open(folder_ + "/" + file_, OpenMode::read);
  if (!file) return fail(file.error());
  if (!*file) return fail(ErrorCode::kafka_storage_error, file_ + ": no such file");
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  report_.bytes += *size;
  BatchScan scan(**file, 0, *size, recovery_window_bytes);
  for (;;) {
    const auto header = scan.next();
    if (!header && header.error().code == ErrorCode::kafka_storage_error) {
      return fail(header.error());
    }
    if (!header) {
      broken_ = true;
      add(Severity::error,
          header.error().detail +
              (last ? " (an unclean stop leaves that; the next start mends it)" : ""));
      return {};
    }
    if (!*header) return {};
    const auto place = place_of(**header, scan.position());
    if (place.base_offset < base ||
        place.last_offset - base > std::numeric_limits<std::int32_t>::max()) {
      add(Severity::error, fmt::format("at byte {}: offset {} does not belong into this segment",
                                       place.position, place.base_offset.value()));
    }
    const bool keeps = (*header)->has_producer_id();
    const auto sound = take_batch(scan, **header);
    if (!sound) return fail(sound.error());
    if (!*sound) continue;
    if (auto taken = take_records(**file, place, keeps); !taken) return taken;
  }
}

// False: the batch's content is not to be looked at.
Result<bool> Verifier::take_batch(BatchScan& scan, const record::HeaderView& header) {
  ++report_.batches;
  const BatchPlace place = place_of(header, scan.position());
  const std::string where =
      fmt::format("at byte {} (offset {}): ", place.position, place.base_offset.value());
  if (place.base_offset < *end_) {
    add(Severity::error, where + fmt::format("the batch before ends at {}", end_->value() - 1));
  } else if (place.base_offset > *end_) {
    complete_ = false;
    add(Severity::note, where + fmt::format("a hole since offset {}", end_->value()));
  }
  if (place.leader_epoch >= model::LeaderEpoch{0}) {
    if (place.leader_epoch < epoch_) {
      add(Severity::error, where + fmt::format("leader epoch {} after {}",
                                               place.leader_epoch.value(), epoch_.value()));
    } else if (place.leader_epoch > epoch_) {
      epochs_.assign(place.leader_epoch, place.base_offset);
      epoch_ = place.leader_epoch;
    }
  }
  if (header.record_count() != std::int64_t{header.last_offset_delta()} + 1) complete_ = false;
  last_offsets_.push_back({place.position, place.last_offset});
  if (place.max_timestamp > largest_time_) {
    largest_time_ = place.max_timestamp;
    largest_times_[place.last_offset] = place.max_timestamp;
  }
  end_ = std::max(*end_, place.last_offset + 1);
  const auto crc_matches = scan.crc_matches();
  if (!crc_matches) return fail(crc_matches.error());
  if (!*crc_matches) {
    add(Severity::error, where + "wrong checksum");
    complete_ = false;
  }
  return *crc_matches;
}

Result<> Verifier::take_records(const File& file, const BatchPlace& place, bool keeps_producers) {
  base::Bytes bytes(place.bytes);
  const auto got = file.read_at(place.position, bytes);
  if (!got) return fail(got.error());
  const auto batch = record::BatchView::parse(base::BytesView(bytes).first(*got));
  if (!batch) return fail(batch.error());
  record::Decompressor decompressor;
  std::uint64_t records = 0;
  const auto walked =
      record::for_each_record(*batch, decompressor, [&](const record::RecordView&) { ++records; });
  report_.records += records;
  if (!walked) {
    add(Severity::error,
        fmt::format("at byte {}: record {}: {}", place.position, records, walked.error().detail));
    return {};
  }
  if (!keeps_producers) return {};
  const auto facts = producer_facts(*batch, place.base_offset);
  if (!facts) {
    add(Severity::error, fmt::format("at byte {}: {}", place.position, facts.error().detail));
    return {};
  }
  if (!*facts) return {};
  const auto update = producers_.check(**facts, AppendOrigin::replication);
  if (!update) return fail(update.error());
  if (const auto aborted = producers_.apply(*update)) aborted_.push_back(*aborted);
  return {};
}

}  // namespace gregor::log
