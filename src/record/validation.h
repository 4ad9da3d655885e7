// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The gate for what producers send: what Kafka 4.1 refuses is refused here, with the same codes.
// Two steps, because Kafka's answers differ between them (a request that fails the first reports
// no log start offset):
//   take_produced_batch   the shape of a partition's records in a Produce request
//   validate_produced     everything that depends on the topic's settings
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/batch.h"
#include "record/compression.h"

namespace gregor::record {

struct NotTaken : model::Error {
  enum class Fault : std::uint8_t {
    no_format,  // bytes that are no batch of any format
    shape,      // not one batch of the right format
    header,     // one batch, whose fields make no sense
  };
  Fault fault = Fault::shape;
};

// The one batch of a partition in a Produce request of `version`. Bytes after it that cannot be a
// further batch because they are too few are ignored, as Kafka does.
//   invalid_record                no complete batch, more than one, or a format before v2
//   corrupt_message               bytes that are no batch of any format
//   unsupported_compression_type  zstd in a request below version 7, or an unknown codec
std::expected<BatchView, NotTaken> take_produced_batch(base::BytesView records,
                                                       model::ApiVersion version);

// Whether the records of a compressed batch are unpacked to be checked. Walking them is the
// default, as in Kafka: nobody else looks at them before consumers do, and a consumer that meets a
// malformed record stops. trust_header believes count, offsets and timestamps of a compressed batch
// as far as its header agrees with itself.
enum class CompressedRecords : std::uint8_t { walk, trust_header };

// The topic's settings, in the words of Kafka: max.message.bytes, message.timestamp.type,
// message.timestamp.before.max.ms and .after.max.ms, and whether cleanup.policy has "compact".
struct ProduceRules {
  std::size_t batch_bytes_max = 1'048'588;
  TimestampType timestamp_type = TimestampType::create_time;
  std::int64_t before_ms_max = std::numeric_limits<std::int64_t>::max();
  std::int64_t after_ms_max = 3'600'000;
  bool key_required = false;
  CompressedRecords compressed_records = CompressedRecords::walk;
  std::uint64_t records_bytes_max = decompressed_bytes_max;  // unpacked
};

struct ProducedBatch {
  ValidBatch batch;
  // What patched_header is to write: the topic's own clock, or the maximum found in the records.
  TimestampStamp stamp;
  // Of the first record with the largest timestamp (-1 if none has one); of the last record when
  // all have the same or the header was trusted.
  std::int32_t offset_delta_of_max_timestamp;
};

struct RecordRefusal {
  std::int32_t index;  // of the record in the batch
  std::string detail;
};

// Why a batch was refused; when single records are to blame, which (the first few: a batch can
// hold more bad records than a response should name).
inline constexpr std::size_t record_refusals_max = 100;
struct Refusal {
  model::Error error;
  std::vector<RecordRefusal> records;
};

// In this order:
//   invalid_record     base offset not 0
//   message_too_large  more bytes than batch_bytes_max
//   corrupt_message    wrong CRC
//   invalid_record     no records, count and offsets that disagree, a control batch, a producer id
//                      without sequence; records that do not fit the declared sizes; offset deltas
//                      other than 0, 1, 2, …; a missing key where one is required
//   invalid_timestamp  a record's time too far from `now`, or LogAppendTime claimed by a producer
//   message_too_large  the records unpack to more than records_bytes_max
// What cannot be unpacked although its CRC is right is invalid_record, because clients send again
// what is answered with corrupt_message.
std::expected<ProducedBatch, Refusal> validate_produced(const BatchView& batch,
                                                        const ProduceRules& rules,
                                                        model::Timestamp now,
                                                        Decompressor& decompressor);

}  // namespace gregor::record
