// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A coordinator learns its partition's past from the log, record by record. Offsets that a producer
// committed in a transaction count from the marker on that commits it, and not at all otherwise.

#include <algorithm>

#include "broker/group_host.h"
#include "broker/shard_state.h"
#include "record/control.h"
#include "record/record.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

class Replay {
 public:
  Replay(ShardState& shard, group::Coordinator& coordinator)
      : shard_(shard), coordinator_(coordinator) {}

  model::Result<> take(const record::BatchView& batch) {
    model::Result<> result;
    const auto read =
        record::for_each_record(batch, shard_.decompressor, [&](const record::RecordView& one) {
          if (batch.is_control())
            result = end_transaction(batch.producer_id(), one);
          else if (batch.is_transactional())
            undecided_[batch.producer_id()].push_back(copy_of(one));
          else
            coordinator_.step(shard_.now, group::Replayed{one.key, one.value}, effects_);
          return result.has_value();
        });
    return read ? result : model::fail(read.error());
  }

 private:
  struct Record {
    std::optional<base::Bytes> key;
    std::optional<base::Bytes> value;
  };

  static Record copy_of(const record::RecordView& record) {
    Record copy;
    if (record.key) copy.key = base::to_bytes(*record.key);
    if (record.value) copy.value = base::to_bytes(*record.value);
    return copy;
  }

  model::Result<> end_transaction(model::ProducerId producer, const record::RecordView& record) {
    const auto type = record::parse_control_type(record);
    if (!type) return model::fail(type.error());
    const auto found = undecided_.find(producer);
    if (found == undecided_.end()) return {};
    if (*type == record::ControlType::commit) {
      for (const Record& one : found->second) {
        std::optional<base::BytesView> key;
        std::optional<base::BytesView> value;
        if (one.key) key = *one.key;
        if (one.value) value = *one.value;
        coordinator_.step(shard_.now, group::Replayed{key, value}, effects_);
      }
    }
    undecided_.erase(found);
    return {};
  }

  ShardState& shard_;
  group::Coordinator& coordinator_;
  group::Effects effects_;  // a replay has none
  std::map<model::ProducerId, std::vector<Record>> undecided_;
};

}  // namespace

model::Result<> GroupHost::replay(ShardState& shard, Partition& partition, Hosted& hosted) {
  log::Log& log = partition.log();
  const auto bytes_max =
      static_cast<std::size_t>(std::max(shard.settings().offsets_load_buffer_size, 1));
  Replay replay(shard, hosted.coordinator);
  base::Bytes bytes;
  for (model::Offset at = log.log_start(); at < log.high_watermark();) {
    const auto slice = log.read({at, log.high_watermark(), bytes_max, true});
    if (!slice) return model::fail(slice.error());
    if (slice->bytes == 0) break;
    bytes.resize(slice->bytes);
    const auto read = slice->file->read_at(slice->position, bytes);
    if (!read) return model::fail(read.error());
    base::BytesView rest(bytes.data(), *read);
    const model::Offset before = at;
    while (!rest.empty()) {
      const auto batch = record::BatchView::parse(rest);
      if (!batch) break;  // cut off: it comes first in the next slice
      at = batch->next_offset();
      rest = rest.subspan(batch->size_bytes());
      if (auto taken = replay.take(*batch); !taken) return taken;
    }
    if (at <= before)
      return model::fail(ErrorCode::corrupt_message, "no whole batch at " + to_string(at));
  }
  return {};
}

}  // namespace gregor::broker
