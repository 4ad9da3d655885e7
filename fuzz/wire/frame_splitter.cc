// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/frame_splitter.h"

#include <cstdint>

#include "protocol/frame.h"

namespace gregor::fuzz::wire {

std::optional<base::Bytes> FrameSplitter::next() {
  if (broken_ || unread_.size() < protocol::frame_size_bytes) return std::nullopt;
  const auto size = base::load_big_endian<std::int32_t>(unread_.data());
  broken_ = size < 0 || static_cast<std::size_t>(size) > frame_bytes_max;
  const std::size_t end = protocol::frame_size_bytes + static_cast<std::size_t>(size);
  if (broken_ || unread_.size() < end) return std::nullopt;
  const auto from = unread_.begin() + protocol::frame_size_bytes;
  const auto to = unread_.begin() + static_cast<std::ptrdiff_t>(end);
  base::Bytes frame(from, to);
  unread_.erase(unread_.begin(), to);
  return frame;
}

}  // namespace gregor::fuzz::wire
