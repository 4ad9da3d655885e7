// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/record.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/varint.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::read_varint;
using model::ErrorCode;
using model::fail;
using model::Result;

// Cuts a length and as many bytes from the front; a negative length gives nullopt in `bytes`.
// False if the front is malformed.
bool take_nullable(BytesView& from, std::optional<BytesView>& bytes) {
  const auto length = read_varint(from);
  if (!length) return false;
  if (*length < 0) {
    bytes.reset();
    return true;
  }
  const auto size = static_cast<std::size_t>(*length);
  if (size > from.size()) return false;
  bytes = from.first(size);
  from = from.subspan(size);
  return true;
}

bool take_header(BytesView& from, Header& header) {
  std::optional<BytesView> key;
  if (!take_nullable(from, key) || !key) return false;
  header.key = base::as_text(*key);
  return take_nullable(from, header.value);
}

// Whether `from` is `count` headers and nothing else.
bool are_headers(BytesView from, std::int32_t count) {
  // A header has two bytes at least, so that a wrong count does not keep us busy.
  if (count < 0 || static_cast<std::size_t>(count) > from.size() / 2) return false;
  Header header;
  for (std::int32_t i = 0; i < count; ++i)
    if (!take_header(from, header)) return false;
  return from.empty();
}

}  // namespace

Header HeadersView::Iterator::operator*() const {
  BytesView rest = rest_;
  Header header;
  const bool good = take_header(rest, header);
  ASSERT(good);
  return header;
}

HeadersView::Iterator& HeadersView::Iterator::operator++() {
  Header header;
  const bool good = take_header(rest_, header);
  ASSERT(good);
  --left_;
  return *this;
}

bool parse_record(BytesView body, EncodedRecord& record) {
  if (body.empty()) return false;
  BytesView rest = body.subspan(1);  // the attributes have no meaning yet
  const auto timestamp_delta = base::read_varlong(rest);
  if (!timestamp_delta) return false;
  const auto offset_delta = read_varint(rest);
  if (!offset_delta) return false;
  if (!take_nullable(rest, record.key) || !take_nullable(rest, record.value)) return false;
  const auto header_count = read_varint(rest);
  if (!header_count || !are_headers(rest, *header_count)) return false;
  record.timestamp_delta = *timestamp_delta;
  record.offset_delta = *offset_delta;
  record.headers = HeadersView(rest, *header_count);
  return true;
}

RecordReader::RecordReader(const BatchView& batch, Decompressor& decompressor,
                           std::uint64_t bytes_max)
    : batch_(batch), bodies_(batch, decompressor, bytes_max) {
  if (batch.timestamp_type() == TimestampType::log_append_time)
    log_append_time_ = batch.max_timestamp();
}

Result<std::optional<RecordView>> RecordReader::next() {
  BytesView body;
  if (!bodies_.next(body)) {
    if (bodies_.error()) return fail(*bodies_.error());
    return std::nullopt;
  }
  EncodedRecord encoded;
  if (!parse_record(body, encoded))
    return fail(bodies_.refuse(ErrorCode::invalid_record, "the parts of a record do not fit"));
  const std::int32_t delta = encoded.offset_delta;
  if (delta <= last_offset_delta_ || delta > batch_.last_offset_delta())
    return fail(bodies_.refuse(ErrorCode::invalid_record,
                               fmt::format("record with offset delta {} after {} in a batch of {}",
                                           delta, last_offset_delta_, batch_.last_offset_delta())));
  last_offset_delta_ = delta;
  const model::SequenceNumber first = batch_.base_sequence();
  return RecordView{
      .offset = batch_.base_offset() + delta,
      .timestamp =
          log_append_time_.value_or(add_delta(batch_.base_timestamp(), encoded.timestamp_delta)),
      .sequence = first < model::SequenceNumber(0) ? model::no_sequence : advance(first, delta),
      .key = encoded.key,
      .value = encoded.value,
      .headers = encoded.headers,
      .size_bytes = base::varint_bytes(static_cast<std::int32_t>(body.size())) + body.size(),
  };
}

Result<std::optional<TimestampAndOffset>> find_max_timestamp(const BatchView& batch,
                                                             Decompressor& decompressor,
                                                             std::uint64_t bytes_max) {
  std::optional<TimestampAndOffset> found;
  const auto walked = for_each_record(
      batch, decompressor,
      [&found](const RecordView& record) {
        if (!found || record.timestamp > found->timestamp)
          found = TimestampAndOffset{record.timestamp, record.offset};
      },
      bytes_max);
  if (!walked) return fail(walked.error());
  return found;
}

}  // namespace gregor::record
