// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What has arrived on one connection and is not consumed: cuts it into frames.
//   frame := length : i32 big-endian, > 0 and at most socket.request.max.bytes
//            payload : `length` bytes
// Bytes are read into the scratch buffer that all connections of a shard share, and complete frames
// are handed out in place. Only what is left at the end of a turn is kept, in memory of the
// connection's own, which grows with what has arrived (at most twice of it), never with what was
// declared. An idle connection keeps nothing.
// The order of calls in a turn: room, arrived, next_frame…, settle.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "model/result.h"
#include "server/block_pool.h"

namespace gregor::server {

class ReceiveBuffer {
 public:
  ReceiveBuffer(BlockPool& pool, std::uint32_t frame_bytes_max)
      : pool_(pool), frame_bytes_max_(frame_bytes_max) {}
  ~ReceiveBuffer() { release(); }
  ReceiveBuffer(const ReceiveBuffer&) = delete;
  ReceiveBuffer& operator=(const ReceiveBuffer&) = delete;

  // Where the next bytes are to be read: first the rest of an unfinished frame, then the scratch
  // buffer. `own_only` leaves out the scratch buffer, so that no memory is taken; both parts may be
  // empty then.
  using Room = std::array<base::MutableBytesView, 2>;
  [[nodiscard]] Room room(base::MutableBytesView scratch, bool own_only) const;

  // `count` bytes have been read into `room`.
  void arrived(const Room& room, std::size_t count);

  // The payload of the next frame, valid until the next call; nullopt if none is complete. An error
  // when the declared length is impossible.
  model::Result<std::optional<base::BytesView>> next_frame();

  // Saves what is left of the scratch buffer, which may be used for others afterwards.
  void settle();

  [[nodiscard]] std::size_t held() const { return end_ - begin_; }    // bytes not consumed
  [[nodiscard]] std::size_t memory() const { return block_.size(); }  // that it occupies

 private:
  [[nodiscard]] base::BytesView own() const { return {block_.data() + begin_, held()}; }
  // Length prefix and payload of the frame at the front; nullopt while the prefix is incomplete.
  [[nodiscard]] std::optional<std::size_t> frame_bytes(base::BytesView front) const;
  [[nodiscard]] model::Result<> check_length(base::BytesView front) const;
  void keep(base::BytesView bytes, std::size_t useful);
  void release();

  BlockPool& pool_;
  const std::uint32_t frame_bytes_max_;
  Block block_;  // own memory: bytes begin_ … end_ come before those of scratch_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  base::BytesView scratch_;  // not consumed yet
};

}  // namespace gregor::server
