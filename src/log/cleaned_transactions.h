// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What compaction has to know of transactions while it walks over a log from its beginning:
//   - the records of aborted transactions go, whatever their keys
//   - a marker may go only when no batch of its transaction is left before it: if a record outlived
//     its abort marker, a reader would take it for committed (KAFKA-14055, KAFKA-13727)
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "log/segment_indexes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"

namespace gregor::log {

class CleanedTransactions {
 public:
  // The aborted transactions that touch the batches that come next, as Log::aborted_transactions
  // finds them; they may be named again.
  void expect(const std::vector<AbortedTransaction>& aborted);

  // Each batch of the walk goes to one of the two, in order.
  // A data batch: whether it belongs to an aborted transaction.
  [[nodiscard]] bool is_aborted(const record::HeaderView& batch);
  struct Marker {
    bool needed = true;                         // a batch of its transaction has been seen
    std::optional<AbortedTransaction> aborted;  // that stays in the transaction index with it
  };
  [[nodiscard]] model::Result<Marker> take_marker(const record::BatchView& batch);

 private:
  struct Open {
    AbortedTransaction transaction;
    bool seen = false;  // a batch of it
  };
  void begin_up_to(model::Offset offset);

  std::multimap<model::Offset, AbortedTransaction> expected_;  // by first offset
  std::map<model::ProducerId, Open> aborted_;                  // begun, marker not reached
  std::set<model::ProducerId> committed_;                      // likewise, with a batch seen
};

}  // namespace gregor::log
