// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where things lie in a segment: by offset, by timestamp, by transaction.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "log/segment.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::Offset;
using model::Timestamp;

Result<std::optional<OffsetIndexEntry>> Segment::index_floor(Offset offset) {
  const FilePlace where = place(FileKind::offset_index);
  const auto count = offsets_.count_while(
      [&](const OffsetIndexEntry& entry) { return base_offset_ + entry.relative_offset <= offset; },
      where);
  if (!count) return fail(count.error());
  if (*count == 0) return std::nullopt;
  auto entry = offsets_.at(*count - 1, where);
  if (!entry) return fail(entry.error());
  return *entry;
}

// Walks from a batch at `position` to the first one that ends at or after `offset`. If the first
// batch must end with a certain offset and does not, that is corrupt_message.
Result<std::optional<BatchPlace>> Segment::find_from(std::uint64_t position, Offset offset,
                                                     std::optional<Offset> first_batch_ends) {
  const auto opened = existing_file();
  if (!opened) return fail(opened.error());
  BatchScan scan(**opened, position, bytes_, lookup_window_bytes);
  for (;;) {
    const auto header = scan.next();
    if (!header) return blame(header.error());
    if (first_batch_ends && (!*header || (*header)->last_offset() != *first_batch_ends)) {
      return fail(ErrorCode::corrupt_message, "index entry of another batch");
    }
    if (!*header) return std::nullopt;
    if ((*header)->last_offset() >= offset) return place_of(**header, scan.position());
    first_batch_ends.reset();
  }
}

Result<std::optional<BatchPlace>> Segment::find(Offset offset) {
  if (bytes_ == 0) return std::nullopt;
  const auto floor = index_floor(offset);
  if (floor && !*floor) return find_from(0, offset, std::nullopt);
  if (floor) {
    auto found = find_from(position_of(**floor), offset, base_offset_ + (*floor)->relative_offset);
    if (found || found.error().code != ErrorCode::corrupt_message) return found;
  }
  if (auto rebuilt = rebuild_indexes(); !rebuilt) return fail(rebuilt.error());
  return find_from(0, offset, std::nullopt);
}

Result<std::optional<Offset>> Segment::bound_of_bytes_before(std::uint64_t position) {
  const FilePlace where = place(FileKind::offset_index);
  const auto count = offsets_.count_while(
      [&](const OffsetIndexEntry& entry) { return position_of(entry) < position; }, where);
  if (!count) return fail(count.error());
  if (*count == offsets_.count()) return std::nullopt;
  const auto entry = offsets_.at(*count, where);
  if (!entry) return fail(entry.error());
  return base_offset_ + entry->relative_offset;
}

Result<Segment::LargestTimestamp> Segment::largest_timestamp() {
  if (largest_) return *largest_;
  const auto last = times_.last(place(FileKind::time_index));
  if (!last) return fail(last.error());
  largest_ = {model::no_timestamp, base_offset_};
  if (*last) {
    largest_ = {(*last)->timestamp, base_offset_ + (*last)->relative_offset};
    last_time_entry_ = (*last)->timestamp;
  }
  return *largest_;
}

Result<base::Bytes> Segment::read_batch(const BatchPlace& place) {
  ASSERT(place.next_position() <= bytes_);
  const auto opened = existing_file();
  if (!opened) return fail(opened.error());
  base::Bytes bytes(place.bytes);
  const auto got = (*opened)->read_at(place.position, bytes);
  if (!got) return fail(got.error());
  if (*got < bytes.size()) {
    return fail(ErrorCode::kafka_storage_error, path(FileKind::log) + " became shorter");
  }
  return bytes;
}

namespace {

using Found = std::optional<Segment::FoundRecord>;

Result<Found> first_record_since(base::BytesView bytes, Timestamp timestamp, Offset from,
                                 record::Decompressor& decompressor) {
  const auto batch = record::BatchView::parse(bytes);
  if (!batch) return fail(batch.error());
  Found found;
  auto walked =
      record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
        if (record.timestamp < timestamp || record.offset < from) return true;
        found = {{record.timestamp, record.offset}, batch->partition_leader_epoch()};
        return false;
      });
  if (!walked) return fail(walked.error());
  return found;
}

}  // namespace

Result<Found> Segment::find_timestamp(Timestamp timestamp, Offset from,
                                      record::Decompressor& decompressor) {
  const FilePlace where = place(FileKind::time_index);
  const auto count = times_.count_while(
      [&](const TimeIndexEntry& entry) { return entry.timestamp <= timestamp; }, where);
  if (!count) return fail(count.error());
  Offset start = std::max(from, base_offset_);
  if (*count > 0) {
    const auto entry = times_.at(*count - 1, where);
    if (!entry) return fail(entry.error());
    start = std::max(start, base_offset_ + entry->relative_offset);
  }
  auto place = find(start);
  if (!place) return fail(place.error());
  while (*place) {
    if ((*place)->max_timestamp >= timestamp) {
      const auto bytes = read_batch(**place);
      if (!bytes) return fail(bytes.error());
      auto found = first_record_since(*bytes, timestamp, from, decompressor);
      if (!found || *found) return found;
    }
    place = find_from((*place)->next_position(), start, std::nullopt);
    if (!place) return fail(place.error());
  }
  return std::nullopt;
}

Result<Found> Segment::find_largest_timestamp(record::Decompressor& decompressor) {
  const auto largest = largest_timestamp();
  if (!largest) return fail(largest.error());
  if (largest->timestamp == model::no_timestamp) return std::nullopt;
  const auto place = find(largest->batch_last_offset);
  if (!place) return fail(place.error());
  if (!*place) return std::nullopt;
  const auto bytes = read_batch(**place);
  if (!bytes) return fail(bytes.error());
  const auto batch = record::BatchView::parse(*bytes);
  if (!batch) return fail(batch.error());
  const auto found = record::find_max_timestamp(*batch, decompressor);
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return FoundRecord{**found, batch->partition_leader_epoch()};
}

Result<bool> Segment::collect_aborted(Offset from, Offset to,
                                      std::vector<AbortedTransaction>& found) {
  const FilePlace where = place(FileKind::transaction_index);
  // Sorted by the marker's offset: those that ended before `from` are skipped at once.
  const auto skipped = transactions_.count_while(
      [&](const AbortedTransaction& entry) { return entry.last_offset < from; }, where);
  if (!skipped) return fail(skipped.error());
  for (std::uint64_t i = *skipped; i < transactions_.count(); ++i) {
    const auto entry = transactions_.at(i, where);
    if (!entry) return fail(entry.error());
    if (!TransactionIndexFormat::valid(*entry)) {
      return fail(ErrorCode::kafka_storage_error,
                  fmt::format("{}: entry {} is no aborted transaction", where.path(), i));
    }
    if (entry->first_offset < to) found.push_back(*entry);
    if (entry->last_stable_offset >= to) return true;
  }
  return false;
}

}  // namespace gregor::log
