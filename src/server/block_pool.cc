// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/block_pool.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gregor::server {

Block BlockPool::take(std::size_t needed, std::size_t useful) {
  ASSERT(needed <= useful);
  const std::size_t fresh = std::min(useful, 2 * needed);
  if (fresh < kept_block_bytes_min) return Block(fresh);
  // The smallest that holds all that is useful, else the largest of all.
  auto found = std::ranges::lower_bound(kept_, useful, {}, &Block::size);
  if (found == kept_.end() && !kept_.empty()) --found;
  if (found == kept_.end() || found->size() < needed) return Block(fresh);
  Block block = std::move(*found);
  kept_.erase(found);
  kept_bytes_ -= block.size();
  return block;
}

void BlockPool::give_back(Block block) {
  if (block.size() < kept_block_bytes_min) return;
  kept_bytes_ += block.size();
  kept_.insert(std::ranges::upper_bound(kept_, block.size(), {}, &Block::size), std::move(block));
  // The smallest go first: they are the cheapest to make anew.
  auto end_of_surplus = kept_.begin();
  for (; kept_bytes_ > kept_blocks_bytes_max; ++end_of_surplus)
    kept_bytes_ -= end_of_surplus->size();
  kept_.erase(kept_.begin(), end_of_surplus);
}

}  // namespace gregor::server
