// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading slices, and looking offsets up by time and epoch.
#include <fmt/format.h>

#include <algorithm>

#include "log/log.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

const BatchPlace* Log::RecentBatches::find(Offset offset) const {
  for (std::size_t i = 0; i < std::min(count, size); ++i) {
    const BatchPlace& place = places[i];
    if (place.base_offset <= offset && offset <= place.last_offset) return &place;
  }
  return nullptr;
}

Result<std::optional<BatchPlace>> Log::find_batch(std::size_t segment, Offset offset) {
  if (segment + 1 == segments_.size()) {
    if (const BatchPlace* place = recent_.find(offset)) return *place;
  }
  return segments_[segment]->find(offset);
}

// Where the batches that lie wholly below `limit` end in the segment.
Result<std::uint64_t> Log::end_of_slice(std::size_t segment, Offset limit) {
  const bool is_last = segment + 1 == segments_.size();
  const Offset segment_end = is_last ? offsets_.end() : segments_[segment + 1]->base_offset();
  if (limit >= segment_end) return segments_[segment]->bytes();
  const auto place = find_batch(segment, limit);
  if (!place) return fail(place.error());
  return *place ? (*place)->position : segments_[segment]->bytes();
}

Result<Offset> Log::upper_bound_of(std::size_t segment, std::uint64_t end,
                                   const ReadRequest& request) {
  const bool is_last = segment + 1 == segments_.size();
  const Offset segment_end = is_last ? offsets_.end() : segments_[segment + 1]->base_offset();
  Offset bound = std::min(request.limit, segment_end);
  if (end < segments_[segment]->bytes()) {
    const auto indexed = segments_[segment]->bound_of_bytes_before(end);
    if (!indexed) return fail(indexed.error());
    if (*indexed) bound = std::min(bound, **indexed);
  }
  return bound;
}

Result<Slice> Log::read(const ReadRequest& request) {
  if (request.from < offsets_.start() || request.from > offsets_.end()) {
    return fail(
        ErrorCode::offset_out_of_range,
        fmt::format("{}: offset {} is not within {} to {}", to_string(name_), request.from.value(),
                    offsets_.start().value(), offsets_.end().value()));
  }
  Slice nothing{.file = nullptr, .position = 0, .bytes = 0, .upper_bound = request.from};
  const Offset limit = std::min(request.limit, offsets_.end());
  if (request.from >= limit) return nothing;
  for (std::size_t i = segment_of(request.from); i < segments_.size(); ++i) {
    const auto first = find_batch(i, request.from);
    if (!first) return fail(first.error());
    if (!*first) continue;  // the segment's last records are gone by compaction
    if ((*first)->last_offset >= limit) return nothing;
    const auto end = end_of_slice(i, limit);
    if (!end) return fail(end.error());
    const std::uint64_t begin = (*first)->position;
    if (*end < (*first)->next_position()) {
      return fail(ErrorCode::corrupt_message,
                  segments_[i]->path(FileKind::log) + ": offsets do not grow");
    }
    std::uint64_t bytes = std::min<std::uint64_t>(*end - begin, request.bytes_max);
    if (bytes < (*first)->bytes) {
      if (!request.at_least_one_batch) return nothing;
      bytes = (*first)->bytes;
    }
    const auto bound = upper_bound_of(i, begin + bytes, request);
    if (!bound) return fail(bound.error());
    auto file = segments_[i]->file();
    if (!file) return fail(file.error());
    if (!*file) {
      return fail(ErrorCode::kafka_storage_error,
                  segments_[i]->path(FileKind::log) + " is missing");
    }
    return Slice{std::move(*file), begin, bytes, *bound};
  }
  return nothing;
}

namespace {

FoundOffset found_offset(const Segment::FoundRecord& found) {
  return {found.record.offset, found.record.timestamp, found.leader_epoch};
}

}  // namespace

Result<std::optional<FoundOffset>> Log::offset_for_timestamp(model::Timestamp timestamp,
                                                             record::Decompressor& decompressor) {
  for (std::size_t i = segment_of(offsets_.start()); i < segments_.size(); ++i) {
    const auto largest = segments_[i]->largest_timestamp();
    if (!largest) return fail(largest.error());
    if (largest->timestamp < timestamp) continue;
    const auto found = segments_[i]->find_timestamp(timestamp, offsets_.start(), decompressor);
    if (!found) return fail(found.error());
    if (*found) return found_offset(**found);
  }
  return std::nullopt;
}

Result<std::optional<FoundOffset>> Log::offset_of_max_timestamp(
    record::Decompressor& decompressor) {
  Segment* best = nullptr;
  model::Timestamp best_timestamp = model::no_timestamp;
  for (std::size_t i = segment_of(offsets_.start()); i < segments_.size(); ++i) {
    const auto largest = segments_[i]->largest_timestamp();
    if (!largest) return fail(largest.error());
    if (largest->timestamp <= best_timestamp) continue;
    best = segments_[i].get();
    best_timestamp = largest->timestamp;
  }
  if (best == nullptr) return std::nullopt;
  const auto found = best->find_largest_timestamp(decompressor);
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return found_offset(**found);
}

std::optional<EpochEnd> Log::end_of_epoch(LeaderEpoch epoch) const {
  return epochs_.end_of(epoch, offsets_.end());
}

Result<std::vector<AbortedTransaction>> Log::aborted_transactions(Offset from, Offset upper_bound) {
  std::vector<AbortedTransaction> found;
  for (std::size_t i = segment_of(from); i < segments_.size(); ++i) {
    const auto complete = segments_[i]->collect_aborted(from, upper_bound, found);
    if (!complete) return fail(complete.error());
    if (*complete) break;
  }
  return found;
}

}  // namespace gregor::log
