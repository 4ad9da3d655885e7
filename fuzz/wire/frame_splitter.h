// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A stream of bytes, cut into frames as the one who reads it does: by the size before each.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace gregor::fuzz::wire {

// Larger ones are nobody's answer; a broker refuses them too (socket.request.max.bytes is less).
inline constexpr std::size_t frame_bytes_max = std::size_t{256} << 20;

class FrameSplitter {
 public:
  void add(base::BytesView bytes) { base::append(unread_, bytes); }

  // The next whole frame, without its size.
  std::optional<base::Bytes> next();

  // Whether the stream goes on with a size that none can have: there is no frame after that.
  [[nodiscard]] bool broken() const { return broken_; }
  // Whether a frame has begun that is not there to its end (or that can have none).
  [[nodiscard]] bool unfinished() const { return broken_ || !unread_.empty(); }

 private:
  base::Bytes unread_;
  bool broken_ = false;
};

}  // namespace gregor::fuzz::wire
