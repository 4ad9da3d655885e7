// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/producer_ids.h"

#include <utility>

#include "broker/elected.h"
#include "broker/shard_state.h"

namespace gregor::broker {

void ProducerIds::next(ShardState& shard, OnId on_id) {
  waiting_.push_back(std::move(on_id));
  serve(shard);
}

void ProducerIds::serve(ShardState& shard) {
  while (!waiting_.empty() && next_ < end_) {
    const OnId on_id = std::move(waiting_.front());
    waiting_.pop_front();
    on_id(shard, model::ProducerId(next_++));
  }
  if (!waiting_.empty() && !asked_) ask_for_block(shard);
}

void ProducerIds::ask_for_block(ShardState& shard) {
  asked_ = true;
  allocate_producer_ids(
      shard, [this](ShardState& later, const model::Result<controller::ProducerIdBlock>& block) {
        asked_ = false;
        if (block) {
          next_ = block->first.value();
          end_ = next_ + block->count;
          serve(later);
          return;
        }
        // Whatever is in the way passes, and every client asks again on this (as in Kafka).
        for (const OnId& on_id : std::exchange(waiting_, {}))
          on_id(later,
                model::fail(model::ErrorCode::coordinator_load_in_progress, block.error().detail));
      });
}

}  // namespace gregor::broker
