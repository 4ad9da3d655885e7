// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Makes batches: for the internal topics, markers, tools and tests. What clients produce is never
// rebuilt, except to compress it differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/compression.h"
#include "record/record.h"

namespace gregor::record {

struct NewRecord {
  model::Timestamp timestamp;
  std::optional<base::BytesView> key;
  std::optional<base::BytesView> value;
  std::span<const Header> headers = {};
};

struct BatchOptions {
  model::Offset base_offset{0};
  model::LeaderEpoch leader_epoch = model::no_leader_epoch;
  Codec codec = Codec::none;
  std::optional<int> level = std::nullopt;
  model::ProducerId producer_id = model::no_producer_id;
  model::ProducerEpoch producer_epoch = model::no_producer_epoch;
  model::SequenceNumber base_sequence = model::no_sequence;
  bool transactional = false;
  bool control = false;
  std::optional<model::Timestamp> log_append_time = std::nullopt;
  std::optional<model::Timestamp> delete_horizon = std::nullopt;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options) : options_(options) {}

  // Appends with the next offset.
  void add(const NewRecord& record);
  // Appends with this offset, which must be greater than the one before (holes are what compaction
  // leaves).
  void add_at(model::Offset offset, const NewRecord& record);
  // Lets the batch end later than with its last record, perhaps with no record at all.
  void end_at(model::Offset last_offset);

  [[nodiscard]] std::int32_t record_count() const { return count_; }
  // Of the batch before compression.
  [[nodiscard]] std::size_t size_bytes() const { return batch_header_bytes + records_.size(); }

  // The batch. Without records its timestamps are -1.
  [[nodiscard]] base::Bytes finish() const;

 private:
  BatchOptions options_;
  base::Bytes records_;
  std::int32_t count_ = 0;
  std::int32_t last_offset_delta_ = -1;
  model::Timestamp base_timestamp_ = model::no_timestamp;
  model::Timestamp max_timestamp_ = model::no_timestamp;
};

// The same batch with its records compressed by `codec`: everything else in the header stays. Fails
// only as unpacking does.
model::Result<base::Bytes> recompress(const ValidBatch& batch, Codec codec,
                                      std::optional<int> level, Decompressor& decompressor,
                                      std::uint64_t bytes_max = decompressed_bytes_max);

}  // namespace gregor::record
