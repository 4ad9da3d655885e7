// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Ids for producers, unique in the cluster and for all times: taken from blocks that the controller
// allocates. What is left of a block when the node stops is never given out.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::broker {

struct ShardState;

class ProducerIds {
 public:
  using OnId = std::function<void(ShardState&, model::Result<model::ProducerId>)>;

  // At once if there is one at hand, else when the controller has given the next block.
  void next(ShardState& shard, OnId on_id);

 private:
  void ask_for_block(ShardState& shard);
  void serve(ShardState& shard);

  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
  bool asked_ = false;
  std::deque<OnId> waiting_;
};

}  // namespace gregor::broker
