// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Control records: what brokers write between the clients' records.
//   key   := version : i16, type : i16
//   value := version : i16, coordinator_epoch : i32       of an end-of-transaction marker
// Fields that newer versions append are ignored.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/record.h"

namespace gregor::record {

enum class ControlType : std::int16_t {
  abort = 0,
  commit = 1,
  leader_change = 2,
  snapshot_header = 3,
  snapshot_footer = 4,
  kraft_version = 5,
  kraft_voters = 6,
  unknown = -1,  // newer than this list: to be skipped
};

// invalid_record when the key is missing, too short or of a negative version.
model::Result<ControlType> parse_control_type(const RecordView& record);

struct EndTransactionMarker {
  bool commit;
  std::int32_t coordinator_epoch;
  friend bool operator==(const EndTransactionMarker&, const EndTransactionMarker&) = default;
};

// invalid_record unless the record is a commit or abort marker with a whole value.
model::Result<EndTransactionMarker> parse_end_transaction_marker(const RecordView& record);

// The batch that ends a producer's transaction in one partition: one record, transactional and
// control, no sequence number, base offset 0.
base::Bytes build_end_transaction_marker(const EndTransactionMarker& marker,
                                         model::ProducerId producer_id,
                                         model::ProducerEpoch producer_epoch, model::Timestamp now);

}  // namespace gregor::record
