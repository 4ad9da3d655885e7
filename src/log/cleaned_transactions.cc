// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/cleaned_transactions.h"

#include "log/producer_state.h"

namespace gregor::log {

using model::fail;
using model::Result;

void CleanedTransactions::expect(const std::vector<AbortedTransaction>& aborted) {
  for (const AbortedTransaction& one : aborted) expected_.emplace(one.first_offset, one);
}

void CleanedTransactions::begin_up_to(model::Offset offset) {
  while (!expected_.empty() && expected_.begin()->first <= offset) {
    const AbortedTransaction& one = expected_.begin()->second;
    aborted_.try_emplace(one.producer_id, Open{.transaction = one});
    expected_.erase(expected_.begin());
  }
}

bool CleanedTransactions::is_aborted(const record::HeaderView& batch) {
  begin_up_to(batch.last_offset());
  if (!batch.is_transactional()) return false;
  const auto found = aborted_.find(batch.producer_id());
  if (found == aborted_.end()) {
    committed_.insert(batch.producer_id());
    return false;
  }
  found->second.seen = true;
  return true;
}

Result<CleanedTransactions::Marker> CleanedTransactions::take_marker(
    const record::BatchView& batch) {
  begin_up_to(batch.last_offset());
  // What an earlier pass has left of a marker, for the sake of its producer.
  if (batch.record_count() == 0) return Marker{.needed = false, .aborted = std::nullopt};
  const auto facts = producer_facts(batch, batch.base_offset());
  if (!facts) return fail(facts.error());
  if (!*facts) return Marker{};  // of another kind: not ours to judge
  // With batches that no index calls aborted an abort marker must stay, too: it is what a rebuilt
  // index would follow from.
  Marker marker{.needed = committed_.erase(batch.producer_id()) > 0, .aborted = std::nullopt};
  const auto found = aborted_.find(batch.producer_id());
  if ((*facts)->marker->commit || found == aborted_.end()) return marker;
  if (found->second.seen) marker = {.needed = true, .aborted = found->second.transaction};
  aborted_.erase(found);
  return marker;
}

}  // namespace gregor::log
