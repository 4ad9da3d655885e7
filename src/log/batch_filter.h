// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What compaction leaves of a batch. Of its records those stay that are
//   - the last of their key as far as the map knows, and have a value, or
//   - tombstones (no value), the last of their key, until the batch's delete horizon has passed.
//     The horizon is written into the header the first time that a batch with tombstones is cleaned
//     (KIP-534): now + delete.retention.ms, so that every reader has that long to see them.
//   - at or above `end`: not cleaned yet
//   - markers of transactions, which wait for their horizon, too, once they are not needed
// Records without a key, and those of aborted transactions, go. Offsets never change: what is left
// keeps its offsets, and the batch its range. A batch of which nothing is left goes, unless someone
// must still see its header: then it stays without records.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "log/cleaned_transactions.h"
#include "log/offset_map.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/compression.h"
#include "record/record.h"

namespace gregor::log {

struct FilterRules {
  model::Offset end;  // records from here on are not in the map
  std::int64_t delete_retention_ms = 0;
};

class BatchFilter {
 public:
  // `map` outlives the filter.
  BatchFilter(const OffsetMap& map, const FilterRules& rules) : map_(map), rules_(rules) {}

  // What the batch belongs to, from CleanedTransactions.
  struct Fate {
    bool aborted = false;        // a data batch of an aborted transaction
    bool marker_needed = true;   // a control batch
    bool header_needed = false;  // must stay, if without records
  };
  // The bytes to be written, empty if the batch goes: good as long as the batch's own, and until
  // the next call. Fails as reading the records does.
  [[nodiscard]] model::Result<base::BytesView> apply(const record::BatchView& batch, Fate fate,
                                                     model::Timestamp now,
                                                     record::Decompressor& decompressor);

 private:
  struct Count {
    std::int32_t kept = 0;
    bool tombstones = false;  // among them
  };
  [[nodiscard]] bool keeps(const record::BatchView& batch, const record::RecordView& record,
                           model::Timestamp now) const;
  [[nodiscard]] model::Result<Count> count(const record::BatchView& batch, model::Timestamp now,
                                           record::Decompressor& decompressor) const;
  [[nodiscard]] model::Result<> rebuild(const record::BatchView& batch,
                                        std::optional<model::Timestamp> horizon,
                                        model::Timestamp now, record::Decompressor& decompressor);
  base::BytesView header_alone(const record::BatchView& batch);

  const OffsetMap& map_;
  FilterRules rules_;
  base::Bytes rebuilt_;
};

}  // namespace gregor::log
