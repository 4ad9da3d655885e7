// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Buffers of one shard for requests that arrive in parts. Blocks come back and are used again,
// because fresh memory costs a page fault and a zeroed page per 4 KiB, more than the copy into it.
// Empty until the first large request.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace gregor::server {

// Uninitialised bytes.
class Block {
 public:
  Block() = default;
  explicit Block(std::size_t size)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}
  Block(Block&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  [[nodiscard]] std::byte* data() const { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

class BlockPool {
 public:
  // A block of at least `needed` bytes. Fresh memory is at most twice of that and at most `useful`;
  // a block that is kept here may be as large as it is.
  Block take(std::size_t needed, std::size_t useful);
  void give_back(Block block);

  [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  std::vector<Block> kept_;  // by size, ascending
  std::size_t kept_bytes_ = 0;
};

inline constexpr std::size_t kept_blocks_bytes_max = 4 << 20;
inline constexpr std::size_t kept_block_bytes_min = 16 << 10;

}  // namespace gregor::server
