// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a partition knows of the producers that write to it: enough to store each of their batches
// exactly once and in order, and to tell which transactions are undecided.
//
//   - The last five batches of a producer are remembered; a batch that repeats one of them is a
//     duplicate. A batch must begin with the sequence number after the last one (0 follows
//     2^31-1); otherwise out_of_order_sequence_number.
//   - A lower epoch than the known one: invalid_producer_epoch. A higher one must start at 0.
//   - A producer that is not known (any more) may start anywhere.
//   - A marker from a coordinator older than the last one: transaction_coordinator_fenced. An
//     untransactional batch inside a transaction: invalid_txn_state.
//   - What was replicated or is read back from disk has been decided by a leader: it is entered
//     without these checks.
//
// check() decides without changing anything, apply() enters what was decided: a batch that could
// not be written leaves no trace.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "log/segment_indexes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/control.h"

namespace gregor::log {

using model::Result;

enum class AppendOrigin : std::uint8_t {
  client,       // a Produce request
  coordinator,  // a group or transaction coordinator: sequence numbers are not checked
  replication   // decided elsewhere: nothing is checked
};

struct ProducerBatch {
  model::SequenceNumber last_sequence = model::no_sequence;
  model::Offset last_offset = model::no_offset;
  std::int32_t offset_delta = 0;
  model::Timestamp timestamp = model::no_timestamp;

  [[nodiscard]] model::Offset first_offset() const { return last_offset - offset_delta; }
  [[nodiscard]] model::SequenceNumber first_sequence() const;
  friend bool operator==(const ProducerBatch&, const ProducerBatch&) = default;
};

struct ProducerState {
  static constexpr std::size_t batches_max = 5;

  model::ProducerEpoch epoch = model::no_producer_epoch;
  std::int32_t coordinator_epoch = -1;  // of the last marker; -1: none seen
  model::Timestamp last_timestamp = model::no_timestamp;
  std::optional<model::Offset> transaction_start;  // while one is open
  std::uint8_t batch_count = 0;
  std::array<ProducerBatch, batches_max> batches;  // oldest first; those of this epoch

  [[nodiscard]] const ProducerBatch* last_batch() const {
    return batch_count == 0 ? nullptr : &batches[batch_count - std::size_t{1}];
  }
  void add(const ProducerBatch& batch);
  // One from before the oldest, if there is room and no batch is missing in between.
  void add_older(const ProducerBatch& batch);
  void set_epoch(model::ProducerEpoch to);
  friend bool operator==(const ProducerState&, const ProducerState&) = default;
};

// What a batch says about its producer, with the offsets that it gets in this log.
struct ProducerFacts {
  model::ProducerId producer_id;
  model::ProducerEpoch epoch;
  model::SequenceNumber base_sequence;
  model::SequenceNumber last_sequence;
  bool transactional = false;
  std::optional<record::EndTransactionMarker> marker;
  model::Offset first_offset;
  model::Offset last_offset;
  model::Timestamp timestamp;
};

// Of a batch that is not a control batch and has a producer id.
ProducerFacts data_facts(const record::HeaderView& header, model::Offset first_offset);

// nullopt for a batch that no producer state follows from: without producer id, or a control batch
// that ends no transaction (an empty one is what compaction leaves of a marker).
Result<std::optional<ProducerFacts>> producer_facts(const record::BatchView& batch,
                                                    model::Offset first_offset);

struct CompletedTransaction {
  model::ProducerId producer_id;
  model::Offset first_offset;
  model::Offset last_offset;  // of the marker
  bool aborted;
};

// The outcome of a check, to be applied once the batch is written.
struct ProducerUpdate {
  model::ProducerId producer_id;
  ProducerState after;
  std::optional<model::Offset> begun;
  std::optional<CompletedTransaction> completed;
};

class ProducerStates {
 public:
  using Producers = std::map<model::ProducerId, ProducerState>;

  // The batch of the last five that `facts` repeats.
  [[nodiscard]] std::optional<ProducerBatch> find_duplicate(const ProducerFacts& facts) const;
  [[nodiscard]] Result<ProducerUpdate> check(const ProducerFacts& facts, AppendOrigin origin) const;
  // The aborted transaction that the update completes, for the transaction index.
  std::optional<AbortedTransaction> apply(const ProducerUpdate& update);

  // The first offset of the oldest transaction that is open, or was completed at or above the high
  // watermark of the last call below.
  [[nodiscard]] std::optional<model::Offset> first_unstable() const;
  void on_high_watermark(model::Offset high_watermark);

  // Producers without open transaction that were silent for at least that long.
  void expire(model::Timestamp now, std::int64_t expiration_ms);
  void clear();
  // Takes the place of all that is known (from a snapshot).
  void restore(Producers producers);
  // Data batches from before those that are known, in the order of the log: a snapshot has the last
  // one of each producer only, and others may be sent again as well.
  void recall(std::span<const ProducerFacts> older);

  [[nodiscard]] const Producers& all() const { return producers_; }
  [[nodiscard]] std::size_t open_transactions() const { return open_.size(); }
  friend bool operator==(const ProducerStates&, const ProducerStates&) = default;

 private:
  [[nodiscard]] Result<> check_sequence(const ProducerState& known,
                                        const ProducerFacts& facts) const;
  [[nodiscard]] Result<> check_marker(const ProducerState& known, const ProducerFacts& facts) const;

  Producers producers_;
  std::map<model::Offset, model::ProducerId> open_;      // by first offset
  std::map<model::Offset, model::Offset> unreplicated_;  // completed: first offset -> marker
};

}  // namespace gregor::log
