// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/body_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gregor::record {
namespace {

using model::ErrorCode;

// Stays in the second-level cache, and is more than most batches unpack to.
constexpr std::size_t window_bytes = 64 << 10;

// What a record needs at least: attributes, and one byte for each of six numbers less the length.
constexpr std::int32_t body_bytes_min = 6;

}  // namespace

BodyReader::BodyReader(const BatchView& batch, Decompressor& decompressor, std::uint64_t bytes_max)
    : decompressor_(decompressor),
      compressed_(batch.codec() != Codec::none && batch.record_count() > 0),
      records_left_(batch.record_count()),
      bytes_max_(bytes_max) {
  if (compressed_)
    decompressor_.start(batch.codec(), batch.records(), bytes_max);
  else
    rest_ = batch.records();
}

// The record at the front of rest_ is not whole: there is more to unpack, or it is malformed.
bool BodyReader::next_beyond_window(base::BytesView& body) {
  for (;;) {
    base::BytesView rest = rest_;
    const auto length = base::read_varint(rest);
    if (!length && rest_.size() >= base::varint32_bytes_max)
      return stop(ErrorCode::invalid_record, "record length is no 32-bit number");
    if (length && *length < body_bytes_min)
      return stop(ErrorCode::invalid_record, fmt::format("record length {}", *length));
    if (length && static_cast<std::size_t>(*length) <= rest.size()) return next(body);
    if (length && static_cast<std::uint64_t>(*length) > bytes_max_)
      return stop(ErrorCode::message_too_large,
                  fmt::format("record length {} is over the limit {}", *length, bytes_max_));
    if (refill()) continue;
    if (error_) return false;
    return stop(ErrorCode::invalid_record,
                fmt::format("records end early, {} more are declared", records_left_));
  }
}

// Adds to the window what the decompressor has; false if that is nothing.
bool BodyReader::refill() {
  if (!compressed_ || exhausted_) return false;
  base::Bytes& window = decompressor_.scratch();
  const std::size_t unread = rest_.size();
  if (unread > 0) std::memmove(window.data(), rest_.data(), unread);
  // The window grows only when a record that has arrived in part fills it.
  if (window.size() < window_bytes)
    window.resize(window_bytes);
  else if (window.size() - unread < window.size() / 2)
    window.resize(2 * window.size());
  const auto got = decompressor_.read(base::MutableBytesView(window).subspan(unread));
  if (!got) return stop(got.error().code, got.error().detail);
  exhausted_ = *got == 0;
  rest_ = base::BytesView(window).first(unread + *got);
  return !exhausted_;
}

bool BodyReader::finish() {
  if (error_) return false;
  if (rest_.empty()) refill();
  if (!error_ && !rest_.empty())
    return stop(ErrorCode::invalid_record,
                fmt::format("{} or more bytes follow the last record", rest_.size()));
  return false;
}

bool BodyReader::stop(ErrorCode code, std::string detail) {
  refuse(code, std::move(detail));
  return false;
}

const model::Error& BodyReader::refuse(ErrorCode code, std::string detail) {
  error_ = model::Error{code, std::move(detail)};
  records_left_ = 0;
  return *error_;
}

}  // namespace gregor::record
