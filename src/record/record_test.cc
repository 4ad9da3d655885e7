// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "base/varint.h"
#include "record/test_batches.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using model::ErrorCode;
using model::Offset;
using model::Timestamp;

std::vector<OwnedRecord> some_records() {
  return {{1000, "a", "1", {}},
          {1005, "b", std::nullopt, {{"h", "x"}, {"", std::nullopt}}},
          {1005, std::nullopt, "", {}}};
}

ErrorCode code_of(const auto& result) { return result ? ErrorCode::none : result.error().code; }

// A batch around hand-written records, with a right CRC.
Bytes batch_of(std::int32_t count, BytesView records, Codec codec = Codec::none) {
  Bytes batch = build({{0, std::nullopt, std::nullopt, {}}});
  batch.resize(batch_header_bytes);
  base::append(batch, compress(codec, records));
  base::store_big_endian(batch.data() + at::attributes, static_cast<std::int16_t>(codec));
  base::store_big_endian(batch.data() + at::record_count, count);
  base::store_big_endian(batch.data() + at::last_offset_delta, std::max(count - 1, 0));
  reseal(batch);
  return batch;
}

RC_GTEST_PROP(Record, WhatWasBuiltIsReadAgainInEveryCodec, (std::vector<OwnedRecord> records)) {
  RC_PRE(!records.empty());
  const BatchOptions options{.base_offset = Offset(*rc::gen::inRange(0, 1 << 30)),
                             .codec = *any_codec()};
  const Bytes bytes = build(records, options);
  const auto batch = ValidBatch::parse(bytes).value();
  RC_ASSERT(batch.codec() == options.codec);
  Decompressor decompressor;
  RecordReader reader(batch, decompressor);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto record = reader.next().value();
    RC_ASSERT(record.has_value());
    RC_ASSERT(own(*record) == records[i]);
    RC_ASSERT(record->offset == options.base_offset + static_cast<std::int64_t>(i));
    RC_ASSERT(record->sequence == model::no_sequence);
  }
  RC_ASSERT(!reader.next().value().has_value());
}

RC_GTEST_PROP(Record, SizesAddUpToTheRecordsPart, (std::vector<OwnedRecord> records)) {
  RC_PRE(!records.empty());
  const Bytes bytes = build(records);
  const auto batch = ValidBatch::parse(bytes).value();
  Decompressor decompressor;
  std::size_t sum = 0;
  const auto walked = for_each_record(batch, decompressor,
                                      [&](const RecordView& record) { sum += record.size_bytes; });
  RC_ASSERT(walked.has_value());
  RC_ASSERT(sum == batch.records().size());
}

TEST(Record, LogAppendTimeIsTheTimeOfEveryRecord) {
  const Bytes bytes = build(some_records(), {.log_append_time = Timestamp(5)});
  const auto records = read_all(ValidBatch::parse(bytes).value()).value();
  for (const OwnedRecord& record : records) EXPECT_EQ(record.timestamp, 5);
}

TEST(Record, SequenceNumbersFollowTheOffsetsAndWrap) {
  const Bytes bytes =
      build(some_records(),
            {.base_sequence = model::SequenceNumber(std::numeric_limits<std::int32_t>::max() - 1)});
  std::vector<std::int32_t> sequences;
  Decompressor decompressor;
  ASSERT_TRUE(for_each_record(
      ValidBatch::parse(bytes).value(), decompressor,
      [&](const RecordView& record) { sequences.push_back(record.sequence.value()); }));
  EXPECT_EQ(sequences, (std::vector<std::int32_t>{2147483646, 2147483647, 0}));
}

TEST(Record, VisitorsMayStopEarly) {
  const Bytes bytes = build(some_records());
  Decompressor decompressor;
  int seen = 0;
  ASSERT_TRUE(for_each_record(ValidBatch::parse(bytes).value(), decompressor,
                              [&](const RecordView&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(Record, CompactedBatchesKeepTheirHoles) {
  BatchBuilder builder({.base_offset = Offset(100)});
  builder.add_at(Offset(103), {.timestamp = Timestamp(1), .key = {}, .value = {}});
  builder.add_at(Offset(110), {.timestamp = Timestamp(2), .key = {}, .value = {}});
  builder.end_at(Offset(120));
  const Bytes bytes = builder.finish();
  const auto batch = ValidBatch::parse(bytes).value();
  EXPECT_EQ(batch.last_offset(), Offset(120));
  std::vector<Offset> offsets;
  Decompressor decompressor;
  ASSERT_TRUE(for_each_record(batch, decompressor,
                              [&](const RecordView& r) { offsets.push_back(r.offset); }));
  EXPECT_EQ(offsets, (std::vector{Offset(103), Offset(110)}));
}

TEST(Record, ABatchMayBeEmptyWhateverItsCodec) {
  BatchBuilder builder({.base_offset = Offset(10), .codec = Codec::zstd});
  builder.end_at(Offset(19));
  const Bytes bytes = builder.finish();
  const auto batch = ValidBatch::parse(bytes).value();
  EXPECT_EQ(batch.record_count(), 0);
  EXPECT_EQ(batch.next_offset(), Offset(20));
  EXPECT_EQ(batch.max_timestamp(), model::no_timestamp);
  EXPECT_TRUE(read_all(batch).value().empty());
  EXPECT_TRUE(read_all(BatchView::parse(batch_of(0, {}, Codec::none)).value()).value().empty());
}

TEST(Record, FindsTheFirstRecordWithTheLargestTimestamp) {
  Decompressor decompressor;
  const Bytes bytes = build(some_records(), {.base_offset = Offset(50), .codec = Codec::lz4});
  EXPECT_EQ(find_max_timestamp(ValidBatch::parse(bytes).value(), decompressor).value(),
            (TimestampAndOffset{Timestamp(1005), Offset(51)}));
  const Bytes appended =
      build(some_records(), {.base_offset = Offset(50), .log_append_time = Timestamp(9)});
  EXPECT_EQ(find_max_timestamp(ValidBatch::parse(appended).value(), decompressor).value(),
            (TimestampAndOffset{Timestamp(9), Offset(50)}));
  EXPECT_EQ(find_max_timestamp(BatchView::parse(batch_of(0, {})).value(), decompressor).value(),
            std::nullopt);
}

TEST(Record, EveryOtherCountIsRefused) {
  const Bytes bytes = build(some_records());
  const BytesView records = ValidBatch::parse(bytes).value().records();
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
    for (const std::int32_t count : {0, 1, 2, 3, 4, std::numeric_limits<std::int32_t>::max()}) {
      const Bytes batch = batch_of(count, records, codec);
      EXPECT_EQ(code_of(read_all(BatchView::parse(batch).value())),
                count == 3 ? ErrorCode::none : ErrorCode::invalid_record)
          << count << ' ' << name_of(codec);
    }
}

TEST(Record, EveryCutThroughTheRecordsIsRefused) {
  const Bytes bytes = build(some_records());
  const BytesView records = ValidBatch::parse(bytes).value().records();
  for (const Codec codec : {Codec::none, Codec::lz4})
    for (std::size_t size = 0; size < records.size(); ++size) {
      const Bytes batch = batch_of(3, records.first(size), codec);
      ASSERT_EQ(code_of(read_all(BatchView::parse(batch).value())), ErrorCode::invalid_record)
          << size;
    }
}

// The last records may be whole while what ends the compressed data (a checksum, an end mark) is
// not, or while more records follow beyond the window.
TEST(Record, CompressedDataAreReadToTheirEnd) {
  const auto code_with = [](Bytes packed, std::int32_t count, Codec codec) {
    Bytes batch = batch_of(count, {}, Codec::none);
    base::append(batch, packed);
    base::store_big_endian(batch.data() + at::attributes, static_cast<std::int16_t>(codec));
    reseal(batch);
    return code_of(read_all(BatchView::parse(batch).value()));
  };
  const Bytes bytes = build(some_records());
  for (const Codec codec : {Codec::gzip, Codec::lz4}) {
    Bytes packed = compress(codec, ValidBatch::parse(bytes).value().records());
    EXPECT_EQ(code_with(packed, 3, codec), ErrorCode::none);
    packed.pop_back();
    EXPECT_EQ(code_with(packed, 3, codec), ErrorCode::corrupt_message) << name_of(codec);
  }
  // One record that ends where a block of xerial snappy does, and a byte in the next block.
  const Bytes one = build({{0, std::nullopt, std::string(40'000, 'x'), {}}});
  const BytesView record = ValidBatch::parse(one).value().records();
  Bytes packed = compress(Codec::snappy, record);
  EXPECT_EQ(code_with(packed, 1, Codec::snappy), ErrorCode::none);
  base::append(packed, compress(Codec::snappy, Bytes(1)));
  EXPECT_EQ(code_with(packed, 1, Codec::snappy), ErrorCode::invalid_record);
}

TEST(Record, OffsetsMustRiseWithinTheBatch) {
  const auto record_at = [](std::int32_t offset_delta) {
    Bytes body{std::byte{0}};
    base::append_varlong(body, 0);
    base::append_varint(body, offset_delta);
    for (const std::int32_t absent : {-1, -1, 0}) base::append_varint(body, absent);
    Bytes record;
    base::append_varint(record, static_cast<std::int32_t>(body.size()));
    base::append(record, body);
    return record;
  };
  const auto code_with = [&](std::int32_t first, std::int32_t second) {
    Bytes records = record_at(first);
    base::append(records, record_at(second));
    const Bytes batch = batch_of(2, records);
    return code_of(read_all(BatchView::parse(batch).value()));
  };
  EXPECT_EQ(code_with(0, 1), ErrorCode::none);
  EXPECT_EQ(code_with(0, 0), ErrorCode::invalid_record);
  EXPECT_EQ(code_with(1, 0), ErrorCode::invalid_record);
  EXPECT_EQ(code_with(-1, 0), ErrorCode::invalid_record);
  EXPECT_EQ(code_with(0, 2), ErrorCode::invalid_record);
}

// What a record may look like, piece by piece.
TEST(Record, PartsMustFitTheirLength) {
  const struct {
    const char* what;
    std::vector<int> body;
    bool good;
  } cases[] = {
      {"no key, no value, no headers", {0, 0, 0, 1, 1, 0}, true},
      {"any negative length means none", {0, 0, 0, 3, 5, 0}, true},
      {"attributes are ignored", {0xff, 0, 0, 1, 1, 0}, true},
      {"key of one byte", {0, 0, 0, 2, 'k', 1, 0}, true},
      {"value of one byte", {0, 0, 0, 1, 2, 'v', 0}, true},
      {"header with null value", {0, 0, 0, 1, 1, 2, 2, 'h', 1}, true},
      {"header with empty key and value", {0, 0, 0, 1, 1, 2, 0, 0}, true},
      {"header without key", {0, 0, 0, 1, 1, 2, 1, 0}, false},
      {"key longer than the record", {0, 0, 0, 12, 'k', 1, 0}, false},
      {"value longer than the record", {0, 0, 0, 1, 12, 'v', 0}, false},
      {"negative header count", {0, 0, 0, 1, 1, 1}, false},
      {"more headers than bytes", {0, 0, 0, 1, 1, 0x80, 0x80, 0x80, 0x80, 0x0f}, false},
      {"header value longer than the record", {0, 0, 0, 1, 1, 2, 0, 4}, false},
      {"a byte too many", {0, 0, 0, 1, 1, 0, 0}, false},
      {"timestamp of eleven bytes",
       {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 1, 1, 0},
       false},
      {"offset beyond 32 bits", {0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 1, 0}, false},
  };
  for (const auto& c : cases) {
    Bytes body;
    for (const int byte : c.body) body.push_back(static_cast<std::byte>(byte));
    EncodedRecord record;
    EXPECT_EQ(parse_record(body, record), c.good) << c.what;
    for (std::size_t size = 0; c.good && size < body.size(); ++size)
      EXPECT_FALSE(parse_record(BytesView(body).first(size), record)) << c.what << " cut " << size;
  }
}

TEST(Record, LengthsThatCannotBeAreRefusedWithoutUnpackingMore) {
  const std::vector<std::vector<int>> lengths = {
      {0}, {1}, {10}, {0xff, 0xff, 0xff, 0xff, 0x0f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  for (const Codec codec : {Codec::none, Codec::zstd})
    for (const auto& length : lengths) {
      Bytes records;
      for (const int byte : length) records.push_back(static_cast<std::byte>(byte));
      const Bytes batch = batch_of(1, records, codec);
      EXPECT_EQ(code_of(read_all(BatchView::parse(batch).value())), ErrorCode::invalid_record);
    }
}

TEST(Record, AHugeRecordStopsAtTheLimitAndTheWindowStaysSmall) {
  Bytes records;
  base::append_varint(records, 60 << 20);
  records.resize(60 << 20);
  for (const Codec codec : {Codec::gzip, Codec::lz4, Codec::zstd, Codec::snappy}) {
    const Bytes bytes = batch_of(1, records, codec);
    const auto batch = BatchView::parse(bytes).value();
    Decompressor decompressor;
    RecordReader reader(batch, decompressor, 1 << 20);
    EXPECT_EQ(code_of(reader.next()), ErrorCode::message_too_large);
    EXPECT_LE(decompressor.scratch().size(), 1U << 20) << name_of(codec);
  }
}

// As many records of no content as fit: a window of 64 KiB is all they need.
TEST(Record, ManyRecordsNeedNoMoreThanAWindow) {
  const std::vector<OwnedRecord> records(200'000);
  const Bytes bytes = build(records, {.codec = Codec::zstd});
  const auto batch = ValidBatch::parse(bytes).value();
  Decompressor decompressor;
  std::size_t count = 0;
  ASSERT_TRUE(for_each_record(batch, decompressor, [&](const RecordView&) { ++count; }));
  EXPECT_EQ(count, records.size());
  EXPECT_LE(decompressor.scratch().size(), 64U << 10);
}

TEST(Record, TimestampsWrapAsInKafkaInsteadOfOverflowing) {
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(add_delta(Timestamp(last), 1), Timestamp(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(add_delta(Timestamp(5), -7), Timestamp(-2));
}

}  // namespace
}  // namespace gregor::record
