// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/validation.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <vector>

#include "record/test_batches.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using model::ApiVersion;
using model::ErrorCode;
using model::Offset;
using model::Timestamp;

constexpr Timestamp now{1'700'000'000'000};
constexpr std::int64_t hour = 3'600'000;

std::vector<OwnedRecord> produced_records() {
  return {{now.value(), "a", "1", {}},
          {now.value() + 5, "b", std::nullopt, {{"h", "x"}}},
          {now.value() - 5, "c", "", {}}};
}

// What a producer is told: the code of the first step that fails.
ErrorCode answer(BytesView records, const ProduceRules& rules = {},
                 ApiVersion version = ApiVersion(9)) {
  const auto batch = take_produced_batch(records, version);
  if (!batch) return batch.error().code;
  Decompressor decompressor;
  const auto produced = validate_produced(*batch, rules, now, decompressor);
  return produced ? ErrorCode::none : produced.error().error.code;
}

ErrorCode answer_to_changed(const std::function<void(Bytes&)>& change,
                            const ProduceRules& rules = {}) {
  Bytes bytes = build(produced_records());
  change(bytes);
  reseal(bytes);
  return answer(bytes, rules);
}

template <class T>
std::function<void(Bytes&)> put(std::size_t at, T value) {
  return [=](Bytes& batch) { base::store_big_endian(batch.data() + at, value); };
}

TEST(Validation, AcceptsWhatProducersSendInEveryCodec) {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    EXPECT_EQ(answer(build(produced_records(), {.codec = codec})), ErrorCode::none);
    EXPECT_EQ(answer(build(produced_records(), {.codec = codec,
                                                .producer_id = model::ProducerId(1),
                                                .producer_epoch = model::ProducerEpoch(0),
                                                .base_sequence = model::SequenceNumber(0),
                                                .transactional = true})),
              ErrorCode::none);
  }
}

// As Kafka 4.1 answers each of them.
TEST(Validation, ShapeOfTheRequest) {
  const Bytes good = build(produced_records());
  const BytesView view = good;
  Bytes two = good;
  base::append(two, good);
  EXPECT_EQ(answer({}), ErrorCode::invalid_record);
  EXPECT_EQ(answer(two), ErrorCode::invalid_record);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(answer(view.first(size)), ErrorCode::invalid_record) << size;
  EXPECT_EQ(answer(BytesView(two).first(good.size() + 30)), ErrorCode::none) << "ignored tail";
  EXPECT_EQ(answer_to_changed(put(at::magic, std::int8_t{1})), ErrorCode::invalid_record);
  EXPECT_EQ(answer_to_changed(put(at::magic, std::int8_t{0})), ErrorCode::invalid_record);
  EXPECT_EQ(answer_to_changed(put(at::magic, std::int8_t{3})), ErrorCode::corrupt_message);
  EXPECT_EQ(answer_to_changed(put(at::attributes, std::int16_t{6})),
            ErrorCode::unsupported_compression_type);
  Bytes junk_follows = good;
  junk_follows.resize(good.size() + 40);
  EXPECT_EQ(answer(junk_follows), ErrorCode::corrupt_message) << "a batch of length 0";
  Bytes no_header(40);
  base::store_big_endian(no_header.data() + at::magic, batch_magic);
  base::store_big_endian(no_header.data() + at::length, std::int32_t{28});
  EXPECT_EQ(answer(no_header), ErrorCode::corrupt_message);
}

TEST(Validation, TellsWhatHasNoFormatFromABadHeader) {
  using enum NotTaken::Fault;
  const auto fault_after = [](const std::function<void(Bytes&)>& change) {
    Bytes bytes = build(produced_records());
    change(bytes);
    return take_produced_batch(bytes, ApiVersion(9)).error().fault;
  };
  EXPECT_EQ(fault_after(put(at::magic, std::int8_t{3})), no_format);
  EXPECT_EQ(fault_after(put(at::length, std::int32_t{0})), no_format);
  EXPECT_EQ(fault_after(put(at::magic, std::int8_t{1})), shape);
  EXPECT_EQ(fault_after([](Bytes& bytes) { bytes.pop_back(); }), shape);
  EXPECT_EQ(fault_after(put(at::attributes, std::int16_t{6})), header);
  EXPECT_EQ(fault_after(put(at::last_offset_delta, std::int32_t{-1})), header);
}

TEST(Validation, ZstdNeedsVersionSeven) {
  const Bytes zstd = build(produced_records(), {.codec = Codec::zstd});
  EXPECT_EQ(answer(zstd, {}, ApiVersion(6)), ErrorCode::unsupported_compression_type);
  EXPECT_EQ(answer(zstd, {}, ApiVersion(7)), ErrorCode::none);
  EXPECT_EQ(answer(build(produced_records(), {.codec = Codec::lz4}), {}, ApiVersion(3)),
            ErrorCode::none);
}

TEST(Validation, HeaderFields) {
  EXPECT_EQ(answer_to_changed([](Bytes&) {}), ErrorCode::none);
  for (const std::int64_t offset : {std::int64_t{1}, std::int64_t{-1}})
    EXPECT_EQ(answer_to_changed(put(at::base_offset, offset)), ErrorCode::invalid_record);
  for (const std::int32_t delta : {-1, 0, 1, 3, std::numeric_limits<std::int32_t>::max()})
    EXPECT_EQ(answer_to_changed(put(at::last_offset_delta, delta)), ErrorCode::invalid_record);
  for (const std::int32_t count : {-1, 0, 1, 2, 4, std::numeric_limits<std::int32_t>::max()})
    EXPECT_EQ(answer_to_changed(put(at::record_count, count)), ErrorCode::invalid_record);
  EXPECT_EQ(answer_to_changed(put(at::attributes, control_bit)), ErrorCode::invalid_record);
  EXPECT_EQ(answer_to_changed(put(at::producer_id, std::int64_t{5})), ErrorCode::invalid_record)
      << "a producer id without sequence number";
  EXPECT_EQ(answer_to_changed(put(at::leader_epoch, std::int32_t{99})), ErrorCode::none);
}

TEST(Validation, OffsetsOfRecordsCountFromZero) {
  const std::vector<std::vector<std::int64_t>> orders = {
      {0, 1, 2}, {0, 1, 3}, {1, 2, 3}, {0, 2, 3}};
  for (const auto& order : orders)
    for (const Codec codec : {Codec::none, Codec::gzip}) {
      BatchBuilder builder({.codec = codec});
      for (const std::int64_t offset : order)
        builder.add_at(Offset(offset), {.timestamp = now, .key = {}, .value = {}});
      Bytes bytes = builder.finish();
      put(at::last_offset_delta, std::int32_t{2})(bytes);
      reseal(bytes);
      EXPECT_EQ(answer(bytes), order.back() == 2 ? ErrorCode::none : ErrorCode::invalid_record);
    }
}

TEST(Validation, EmptyBatchesAreRefused) {
  BatchBuilder builder({});
  builder.end_at(Offset(0));
  EXPECT_EQ(answer(builder.finish()), ErrorCode::invalid_record);
}

TEST(Validation, ChecksumIsComparedAfterOffsetAndSize) {
  Bytes bytes = build(produced_records());
  bytes.back() ^= std::byte{1};
  EXPECT_EQ(answer(bytes), ErrorCode::corrupt_message);
  EXPECT_EQ(answer(bytes, {.batch_bytes_max = bytes.size() - 1}), ErrorCode::message_too_large);
  base::store_big_endian(bytes.data() + at::base_offset, std::int64_t{1});
  EXPECT_EQ(answer(bytes, {.batch_bytes_max = bytes.size() - 1}), ErrorCode::invalid_record);
}

TEST(Validation, SizeLimitIsInclusive) {
  const Bytes bytes = build(produced_records());
  EXPECT_EQ(answer(bytes, {.batch_bytes_max = bytes.size()}), ErrorCode::none);
  EXPECT_EQ(answer(bytes, {.batch_bytes_max = bytes.size() - 1}), ErrorCode::message_too_large);
}

TEST(Validation, TimestampsMustLieAroundTheBrokersOwn) {
  const ProduceRules narrow{.before_ms_max = 1000, .after_ms_max = 100};
  const struct {
    std::int64_t timestamp;
    ErrorCode wide, narrow;
  } cases[] = {
      {now.value(), ErrorCode::none, ErrorCode::none},
      {now.value() - 1000, ErrorCode::none, ErrorCode::none},
      {now.value() - 1001, ErrorCode::none, ErrorCode::invalid_timestamp},
      {now.value() + 100, ErrorCode::none, ErrorCode::none},
      {now.value() + 101, ErrorCode::none, ErrorCode::invalid_timestamp},
      {now.value() + hour, ErrorCode::none, ErrorCode::invalid_timestamp},
      {now.value() + hour + 1, ErrorCode::invalid_timestamp, ErrorCode::invalid_timestamp},
      {-1, ErrorCode::none, ErrorCode::none},
      {0, ErrorCode::none, ErrorCode::invalid_timestamp},
      {std::numeric_limits<std::int64_t>::max(), ErrorCode::invalid_timestamp,
       ErrorCode::invalid_timestamp},
      {std::numeric_limits<std::int64_t>::min(), ErrorCode::invalid_timestamp,
       ErrorCode::invalid_timestamp},
  };
  for (const auto& c : cases)
    for (const Codec codec : {Codec::none, Codec::gzip}) {
      const Bytes bytes = build({{c.timestamp, "k", "v", {}}}, {.codec = codec});
      EXPECT_EQ(answer(bytes), c.wide) << c.timestamp;
      EXPECT_EQ(answer(bytes, narrow), c.narrow) << c.timestamp;
      EXPECT_EQ(
          answer(bytes, {.timestamp_type = TimestampType::log_append_time, .before_ms_max = 1000}),
          ErrorCode::none);
    }
}

// With its own clock the topic refuses a producer that pretends to be it; otherwise the claim is
// overruled by the stamp, and the batch is judged by the time that it claims.
TEST(Validation, LogAppendTimeIsTheBrokersToSet) {
  const Bytes bytes = build(produced_records(), {.log_append_time = Timestamp(now.value() - 5000)});
  EXPECT_EQ(answer(bytes, {.timestamp_type = TimestampType::log_append_time}),
            ErrorCode::invalid_timestamp);
  EXPECT_EQ(answer(bytes), ErrorCode::none);
  EXPECT_EQ(answer(bytes, {.before_ms_max = 1000}), ErrorCode::invalid_timestamp);
  EXPECT_EQ(answer(build(produced_records(), {.log_append_time = model::no_timestamp})),
            ErrorCode::invalid_timestamp);
}

TEST(Validation, CompactedTopicsNeedKeys) {
  std::vector<OwnedRecord> records = produced_records();
  EXPECT_EQ(answer(build(records), {.key_required = true}), ErrorCode::none);
  records[1].key.reset();
  for (const Codec codec : {Codec::none, Codec::lz4}) {
    const Bytes bytes = build(records, {.codec = codec});
    EXPECT_EQ(answer(bytes), ErrorCode::none);
    EXPECT_EQ(answer(bytes, {.key_required = true}), ErrorCode::invalid_record);
    EXPECT_EQ(answer(bytes,
                     {.key_required = true, .compressed_records = CompressedRecords::trust_header}),
              ErrorCode::invalid_record)
        << "the header says nothing about keys, so that it cannot be trusted";
  }
}

TEST(Validation, NamesTheRecordsToBlame) {
  std::vector<OwnedRecord> records = produced_records();
  records[1].key.reset();
  records[2].timestamp = now.value() + 2 * hour;
  const Bytes bytes = build(records);
  Decompressor decompressor;
  const auto produced =
      validate_produced(BatchView::parse(bytes).value(), {.key_required = true}, now, decompressor);
  ASSERT_FALSE(produced.has_value());
  EXPECT_EQ(produced.error().error.code, ErrorCode::invalid_timestamp) << "the graver of the two";
  ASSERT_EQ(produced.error().records.size(), 2U);
  EXPECT_EQ(produced.error().records[0].index, 1);
  EXPECT_EQ(produced.error().records[1].index, 2);
}

TEST(Validation, NamesOnlySoManyRecords) {
  const Bytes bytes = build(std::vector<OwnedRecord>(5000), {.codec = Codec::zstd});
  Decompressor decompressor;
  const auto produced =
      validate_produced(BatchView::parse(bytes).value(), {.key_required = true}, now, decompressor);
  ASSERT_FALSE(produced.has_value());
  EXPECT_EQ(produced.error().records.size(), record_refusals_max);
}

TEST(Validation, FindsTheMaximumThatTheProducerMisstated) {
  for (const Codec codec : {Codec::none, Codec::snappy}) {
    Bytes bytes = build(produced_records(), {.codec = codec});
    put(at::max_timestamp, now.value() - 77)(bytes);
    reseal(bytes);
    Decompressor decompressor;
    const auto produced =
        validate_produced(BatchView::parse(bytes).value(), {}, now, decompressor).value();
    EXPECT_EQ(produced.stamp, (TimestampStamp{TimestampType::create_time, now + 5}));
    EXPECT_EQ(produced.offset_delta_of_max_timestamp, 1);
  }
}

TEST(Validation, StampsTheBrokersClockWhereTheTopicWantsIt) {
  const Bytes bytes = build(produced_records());
  Decompressor decompressor;
  const auto produced =
      validate_produced(BatchView::parse(bytes).value(),
                        {.timestamp_type = TimestampType::log_append_time}, now, decompressor)
          .value();
  EXPECT_EQ(produced.stamp, (TimestampStamp{TimestampType::log_append_time, now}));
  EXPECT_EQ(produced.offset_delta_of_max_timestamp, 2);
}

TEST(Validation, RecordsWithoutTimesHaveNoMaximum) {
  const Bytes bytes = build({{-1, "k", "v", {}}});
  Decompressor decompressor;
  const auto produced =
      validate_produced(BatchView::parse(bytes).value(), {}, now, decompressor).value();
  EXPECT_EQ(produced.stamp.max, model::no_timestamp);
  EXPECT_EQ(produced.offset_delta_of_max_timestamp, -1);
}

TEST(Validation, TrustInTheHeaderIsTheCallersChoice) {
  Bytes bytes = build(produced_records(), {.codec = Codec::lz4});
  bytes.resize(bytes.size() - 10);  // the frame ends early
  reseal(bytes);
  EXPECT_EQ(answer(bytes), ErrorCode::invalid_record);
  const ProduceRules trusting{.compressed_records = CompressedRecords::trust_header};
  EXPECT_EQ(answer(bytes, trusting), ErrorCode::none);
  put(at::max_timestamp, now.value() + 2 * hour)(bytes);
  reseal(bytes);
  EXPECT_EQ(answer(bytes, trusting), ErrorCode::invalid_timestamp);
}

TEST(Validation, BombsAreAnsweredLikeLargeMessages) {
  const std::vector<OwnedRecord> records{{now.value(), "k", std::string(4 << 20, 'x'), {}}};
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const Bytes bytes = build(records, {.codec = codec});
    EXPECT_EQ(answer(bytes), ErrorCode::none) << name_of(codec);
    EXPECT_EQ(answer(bytes, {.records_bytes_max = 1 << 20}), ErrorCode::message_too_large);
  }
}

}  // namespace
}  // namespace gregor::record
