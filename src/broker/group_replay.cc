// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/group_replay.h"

#include <algorithm>

#include "broker/partition.h"
#include "broker/shard_state.h"
#include "record/control.h"

namespace gregor::broker {

using model::ErrorCode;

GroupReplay::Record GroupReplay::copy_of(const record::RecordView& record) {
  Record copy;
  if (record.key) copy.key = base::to_bytes(*record.key);
  if (record.value) copy.value = base::to_bytes(*record.value);
  return copy;
}

model::Result<> GroupReplay::take(ShardState& shard, group::Coordinator& coordinator,
                                  const record::BatchView& batch) {
  group::Effects none;  // a replay has no effects
  model::Result<> result;
  const auto read =
      record::for_each_record(batch, shard.decompressor, [&](const record::RecordView& one) {
        if (batch.is_control())
          result = end_transaction(shard, coordinator, batch.producer_id(), one);
        else if (batch.is_transactional())
          undecided_[batch.producer_id()].push_back(copy_of(one));
        else
          coordinator.step(shard.now, group::Replayed{one.key, one.value}, none);
        return result.has_value();
      });
  return read ? result : model::fail(read.error());
}

model::Result<> GroupReplay::end_transaction(ShardState& shard, group::Coordinator& coordinator,
                                             model::ProducerId producer,
                                             const record::RecordView& record) {
  const auto type = record::parse_control_type(record);
  if (!type) return model::fail(type.error());
  const auto found = undecided_.find(producer);
  if (found == undecided_.end()) return {};
  group::Effects none;
  if (*type == record::ControlType::commit) {
    for (const Record& one : found->second) {
      std::optional<base::BytesView> key;
      std::optional<base::BytesView> value;
      if (one.key) key = *one.key;
      if (one.value) value = *one.value;
      coordinator.step(shard.now, group::Replayed{key, value}, none);
    }
  }
  undecided_.erase(found);
  return {};
}

model::Result<bool> GroupReplay::advance(ShardState& shard, Partition& partition,
                                         group::Coordinator& coordinator) {
  log::Log& log = partition.log();
  const auto bytes_max =
      static_cast<std::size_t>(std::max(shard.settings().offsets_load_buffer_size, 1));
  base::Bytes bytes;
  at_ = std::max(at_, log.log_start());
  // To the end, not to the high watermark: what a new leader has, its followers will have. Until
  // they do, nobody is told of it.
  // A slice ends where its segment does: small segments are read together.
  for (std::size_t done = 0; at_ < log.log_end() && done < bytes_max;) {
    const auto slice = log.read({at_, log.log_end(), bytes_max, true});
    if (!slice) return model::fail(slice.error());
    if (slice->bytes == 0) return true;
    bytes.resize(slice->bytes);
    const auto read = slice->file->read_at(slice->position, bytes);
    if (!read) return model::fail(read.error());
    done += *read;
    base::BytesView rest(bytes.data(), *read);
    const model::Offset before = at_;
    while (!rest.empty()) {
      const auto batch = record::BatchView::parse(rest);
      if (!batch) break;  // cut off: it comes first in the next slice
      at_ = batch->next_offset();
      rest = rest.subspan(batch->size_bytes());
      if (auto taken = take(shard, coordinator, *batch); !taken) return model::fail(taken.error());
    }
    if (at_ <= before)
      return model::fail(ErrorCode::corrupt_message, "no whole batch at " + to_string(at_));
  }
  return at_ >= log.log_end();
}

}  // namespace gregor::broker
