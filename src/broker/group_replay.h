// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A coordinator learns its partition's past from the log, record by record, in slices, so that a
// large log does not keep its shard from everything else. Offsets that a producer committed in a
// transaction count from the marker on that commits it, and not at all otherwise.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "group/coordinator.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/record.h"

namespace gregor::broker {

class Partition;
struct ShardState;

class GroupReplay {
 public:
  explicit GroupReplay(model::Offset from) : at_(from) {}

  // Reads on, about offsets.load.buffer.size bytes; true: the log's end is reached.
  model::Result<bool> advance(ShardState& shard, Partition& partition,
                              group::Coordinator& coordinator);

 private:
  struct Record {
    std::optional<base::Bytes> key;
    std::optional<base::Bytes> value;
  };
  static Record copy_of(const record::RecordView& record);
  model::Result<> take(ShardState& shard, group::Coordinator& coordinator,
                       const record::BatchView& batch);
  model::Result<> end_transaction(ShardState& shard, group::Coordinator& coordinator,
                                  model::ProducerId producer, const record::RecordView& record);

  model::Offset at_;
  std::map<model::ProducerId, std::vector<Record>> undecided_;
};

}  // namespace gregor::broker
