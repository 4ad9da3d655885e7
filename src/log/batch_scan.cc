// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/batch_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/crc32c.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

// CRC-32 (IEEE 802.3, reflected), which the formats before v2 use; four bits at a time, because it
// is needed once in the life of a log at most.
std::uint32_t crc32_extend(std::uint32_t crc, base::BytesView bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 16> made{};
    for (std::uint32_t i = 0; i < 16; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 4; ++bit) value = (value >> 1) ^ (0xedb88320U & (0U - (value & 1U)));
      made[i] = value;
    }
    return made;
  }();
  crc = ~crc;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    crc = table[crc & 15U] ^ (crc >> 4);
    crc = table[crc & 15U] ^ (crc >> 4);
  }
  return ~crc;
}

}  // namespace

BatchPlace place_of(const record::HeaderView& header, std::uint64_t position) {
  return {.position = position,
          .bytes = header.size_bytes(),
          .base_offset = header.base_offset(),
          .last_offset = header.last_offset(),
          .max_timestamp = header.max_timestamp(),
          .leader_epoch = header.partition_leader_epoch()};
}

BatchScan::BatchScan(const File& file, std::uint64_t begin, std::uint64_t end,
                     std::size_t window_bytes)
    : file_(file),
      position_(begin),
      next_position_(begin),
      end_(end),
      window_bytes_(window_bytes),
      window_(std::make_unique_for_overwrite<std::byte[]>(window_bytes)) {
  ASSERT(window_bytes >= record::batch_header_bytes);
}

std::unexpected<model::Error> BatchScan::bad(const std::string& why) const {
  return fail(ErrorCode::corrupt_message, fmt::format("at byte {}: {}", position_, why));
}

// The bytes from `position` on: at least `wanted` of them, or fewer when the file ends.
Result<base::BytesView> BatchScan::window_at(std::uint64_t position, std::size_t wanted) {
  ASSERT(wanted <= window_bytes_);
  const std::uint64_t window_end = window_begin_ + window_size_;
  if (position < window_begin_ || position + wanted > window_end) {
    const std::size_t ask = std::min<std::uint64_t>(window_bytes_, end_ - position);
    const auto got = file_.read_at(position, {window_.get(), ask});
    if (!got) return fail(got.error());
    window_begin_ = position;
    window_size_ = *got;
  }
  const std::size_t skip = position - window_begin_;
  return base::BytesView(window_.get() + skip, window_size_ - skip);
}

Result<std::optional<record::HeaderView>> BatchScan::next() {
  position_ = next_position_;
  if (position_ >= end_) return std::nullopt;
  const std::uint64_t left = end_ - position_;
  const std::size_t wanted = std::min<std::uint64_t>(left, record::batch_header_bytes);
  const auto window = window_at(position_, wanted);
  if (!window) return fail(window.error());
  const base::BytesView front = window->first(std::min(window->size(), wanted));
  const auto bytes = record::peek_batch_size(front);
  if (!bytes) return bad(fmt::format("no batch among the last {} bytes", left));
  if (*bytes > left) return bad(fmt::format("a batch of {} bytes, but only {} left", *bytes, left));
  auto header = record::HeaderView::parse(front);
  if (!header) {
    if (header.error().code != ErrorCode::unsupported_for_message_format) {
      return bad(header.error().detail);
    }
    const auto older = is_older_format(*bytes);
    if (!older) return fail(older.error());
    if (!*older) return bad("neither a batch of version 2 nor one of an older format");
    return fail(ErrorCode::unsupported_for_message_format,
                fmt::format("at byte {}: {}", position_, header.error().detail));
  }
  next_position_ = position_ + *bytes;
  return *header;
}

// Garbage may look like an old format by its magic byte; only a right checksum proves it.
//   old := offset : i64, size : i32, crc : u32 (of what follows), magic : i8, …
Result<bool> BatchScan::is_older_format(std::uint64_t bytes) {
  constexpr std::size_t crc_at = 12;
  constexpr std::size_t checked_from = 16;
  const auto front = window_at(position_, checked_from + 1);
  if (!front) return fail(front.error());
  if (front->size() <= checked_from || bytes <= checked_from) return false;
  const auto expected = base::load_big_endian<std::uint32_t>(front->data() + crc_at);
  std::uint32_t crc = 0;
  std::uint64_t at = position_ + checked_from;
  const std::uint64_t end = position_ + bytes;
  while (at < end) {
    const auto window = window_at(at, 1);
    if (!window) return fail(window.error());
    if (window->empty()) return false;
    const std::size_t take = std::min<std::uint64_t>(window->size(), end - at);
    crc = crc32_extend(crc, window->first(take));
    at += take;
  }
  return crc == expected;
}

Result<bool> BatchScan::crc_matches() {
  const std::uint64_t bytes = next_position_ - position_;
  ASSERT(bytes >= record::batch_header_bytes);
  if (bytes <= window_bytes_) {
    const auto batch = whole();
    if (!batch) return fail(batch.error());
    return batch->crc_matches();
  }
  const auto front = window_at(position_, record::batch_header_bytes);
  if (!front) return fail(front.error());
  const auto expected = base::load_big_endian<std::uint32_t>(front->data() + record::at::crc);
  std::uint32_t crc = 0;
  std::uint64_t at = position_ + record::at::attributes;
  while (at < next_position_) {
    const auto window = window_at(at, 1);
    if (!window) return fail(window.error());
    if (window->empty()) return bad("the file became shorter while it was read");
    const std::size_t take = std::min<std::uint64_t>(window->size(), next_position_ - at);
    crc = base::crc32c_extend(crc, window->first(take));
    at += take;
  }
  return crc == expected;
}

Result<record::HeaderView> BatchScan::header() {
  ASSERT(next_position_ > position_);
  const auto window = window_at(position_, record::batch_header_bytes);
  if (!window) return fail(window.error());
  return record::HeaderView::parse(*window);
}

Result<record::BatchView> BatchScan::whole() {
  const std::uint64_t bytes = next_position_ - position_;
  ASSERT(bytes >= record::batch_header_bytes);
  if (bytes > window_bytes_) return bad(fmt::format("a batch of {} bytes is too large", bytes));
  const auto window = window_at(position_, bytes);
  if (!window) return fail(window.error());
  auto batch = record::BatchView::parse(*window);
  if (!batch) return bad(batch.error().detail);
  return *batch;
}

}  // namespace gregor::log
