// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/builder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "record/control.h"
#include "record/test_batches.h"

namespace gregor::record {
namespace {

using base::Bytes;
using model::ErrorCode;
using model::Offset;
using model::Timestamp;

// Everything that a batch says apart from how it is compressed.
auto meaning_of(const BatchView& batch) {
  return std::tuple(batch.base_offset(), batch.last_offset(), batch.partition_leader_epoch(),
                    batch.attributes() & ~codec_bits, batch.base_timestamp(), batch.max_timestamp(),
                    batch.producer_id(), batch.producer_epoch(), batch.base_sequence(),
                    batch.record_count());
}

RC_GTEST_PROP(Recompress, ChangesNothingButTheCodec, (const std::vector<OwnedRecord>& records)) {
  RC_PRE(!records.empty());
  const Bytes bytes = build(records, {.base_offset = Offset(5),
                                      .leader_epoch = model::LeaderEpoch(2),
                                      .codec = *any_codec(),
                                      .producer_id = model::ProducerId(77),
                                      .producer_epoch = model::ProducerEpoch(1),
                                      .base_sequence = model::SequenceNumber(6),
                                      .transactional = *rc::gen::arbitrary<bool>()});
  const auto batch = ValidBatch::parse(bytes).value();
  const Codec codec = *any_codec();
  Decompressor decompressor;
  const Bytes changed = recompress(batch, codec, std::nullopt, decompressor).value();
  const auto again = ValidBatch::parse(changed).value();
  RC_ASSERT(again.codec() == codec);
  RC_ASSERT(meaning_of(again) == meaning_of(batch));
  RC_ASSERT(read_all(again).value() == records);
}

TEST(Recompress, StopsAtTheLimit) {
  const std::vector<OwnedRecord> records{{0, std::nullopt, std::string(50'000, 'x'), {}}};
  const Bytes bytes = build(records, {.codec = Codec::gzip});
  const auto batch = ValidBatch::parse(bytes).value();
  Decompressor decompressor;
  const auto result = recompress(batch, Codec::zstd, std::nullopt, decompressor, 10'000);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::message_too_large);
}

TEST(Recompress, LeavesAnEmptyBatchAlone) {
  BatchBuilder builder({});
  builder.end_at(Offset(3));
  const Bytes bytes = builder.finish();
  Decompressor decompressor;
  EXPECT_EQ(recompress(ValidBatch::parse(bytes).value(), Codec::lz4, std::nullopt, decompressor),
            bytes);
}

TEST(Builder, KeepsTimesOfRecordsBesideADeleteHorizon) {
  const std::vector<OwnedRecord> records{{2000, "k", std::nullopt, {}}, {1000, "l", "v", {}}};
  const Bytes bytes = build(records, {.delete_horizon = Timestamp(86'400'000)});
  const auto batch = ValidBatch::parse(bytes).value();
  EXPECT_EQ(batch.delete_horizon(), Timestamp(86'400'000));
  EXPECT_EQ(batch.max_timestamp(), Timestamp(2000));
  EXPECT_EQ(read_all(batch).value(), records);
}

TEST(Builder, SizeIsKnownBeforeTheEnd) {
  BatchBuilder builder({});
  add_to(builder, {1, "key", "value", {{"h", "x"}}});
  add_to(builder, {2, std::nullopt, std::nullopt, {}});
  EXPECT_EQ(builder.record_count(), 2);
  EXPECT_EQ(builder.size_bytes(), builder.finish().size());
}

TEST(Builder, SmallestTimestampsAndLargestMakeABatchToo) {
  const std::vector<OwnedRecord> records{{std::numeric_limits<std::int64_t>::max(), {}, {}, {}},
                                         {std::numeric_limits<std::int64_t>::min(), {}, {}, {}}};
  const Bytes bytes = build(records);
  EXPECT_EQ(read_all(ValidBatch::parse(bytes).value()).value(), records);
}

TEST(Control, MarkersRoundTrip) {
  for (const bool commit : {true, false}) {
    const EndTransactionMarker marker{.commit = commit, .coordinator_epoch = 12};
    const Bytes bytes = build_end_transaction_marker(marker, model::ProducerId(4),
                                                     model::ProducerEpoch(6), Timestamp(99));
    const auto batch = ValidBatch::parse(bytes).value();
    EXPECT_TRUE(batch.is_control());
    EXPECT_TRUE(batch.is_transactional());
    EXPECT_EQ(batch.producer_id(), model::ProducerId(4));
    EXPECT_EQ(batch.producer_epoch(), model::ProducerEpoch(6));
    EXPECT_EQ(batch.base_sequence(), model::no_sequence);
    Decompressor decompressor;
    RecordReader reader(batch, decompressor);
    const auto record = reader.next().value();
    EXPECT_EQ(record->timestamp, Timestamp(99));
    EXPECT_EQ(parse_control_type(*record), commit ? ControlType::commit : ControlType::abort);
    EXPECT_EQ(parse_end_transaction_marker(*record), marker);
  }
}

TEST(Control, MalformedMarkersAreRefused) {
  const auto marker_of = [](const std::vector<int>& key, const std::vector<int>& value) {
    Bytes key_bytes;
    Bytes value_bytes;
    for (const int byte : key) key_bytes.push_back(static_cast<std::byte>(byte));
    for (const int byte : value) value_bytes.push_back(static_cast<std::byte>(byte));
    RecordView record{};
    record.key = key_bytes;
    record.value = value_bytes;
    return parse_end_transaction_marker(record).has_value();
  };
  EXPECT_TRUE(marker_of({0, 0, 0, 1}, {0, 0, 0, 0, 0, 7}));
  EXPECT_TRUE(marker_of({0, 1, 0, 0, 9}, {0, 1, 0, 0, 0, 7, 9})) << "newer versions may append";
  EXPECT_FALSE(marker_of({0, 0, 0}, {0, 0, 0, 0, 0, 7}));
  EXPECT_FALSE(marker_of({0, 0, 0, 1}, {0, 0, 0, 0, 0}));
  EXPECT_FALSE(marker_of({0xff, 0xff, 0, 1}, {0, 0, 0, 0, 0, 7}));
  EXPECT_FALSE(marker_of({0, 0, 0, 1}, {0xff, 0xff, 0, 0, 0, 7}));
  EXPECT_FALSE(marker_of({0, 0, 0, 2}, {0, 0, 0, 0, 0, 7})) << "a leader change";
  RecordView record{};
  EXPECT_FALSE(parse_control_type(record).has_value());
  const Bytes key(4);
  record.key = base::BytesView(key).first(3);
  EXPECT_FALSE(parse_control_type(record).has_value()) << "what follows the key is not its own";
}

TEST(Control, NewerTypesAreRecognisedAsUnknown) {
  const Bytes key = base::to_bytes(base::as_bytes(std::string_view("\0\0\0\x07", 4)));
  RecordView record{};
  record.key = key;
  EXPECT_EQ(parse_control_type(record), ControlType::unknown);
}

}  // namespace
}  // namespace gregor::record
