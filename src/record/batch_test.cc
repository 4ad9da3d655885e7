// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/batch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <vector>

#include "base/prng.h"
#include "record/test_batches.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using model::ErrorCode;
using model::Offset;
using model::Timestamp;

Bytes two_records(const BatchOptions& options = {}) {
  return build({{1000, "key", "value", {}}, {999, std::nullopt, "second", {}}}, options);
}

template <class T>
void put(Bytes& batch, std::size_t at, T value) {
  base::store_big_endian(batch.data() + at, value);
}

TEST(Batch, HeaderSaysWhatWasBuilt) {
  const Bytes bytes = two_records({.base_offset = Offset(70),
                                   .leader_epoch = model::LeaderEpoch(5),
                                   .producer_id = model::ProducerId(9),
                                   .producer_epoch = model::ProducerEpoch(3),
                                   .base_sequence = model::SequenceNumber(40),
                                   .transactional = true});
  const auto batch = ValidBatch::parse(bytes).value();
  EXPECT_EQ(batch.base_offset(), Offset(70));
  EXPECT_EQ(batch.last_offset(), Offset(71));
  EXPECT_EQ(batch.next_offset(), Offset(72));
  EXPECT_EQ(batch.partition_leader_epoch(), model::LeaderEpoch(5));
  EXPECT_EQ(batch.size_bytes(), bytes.size());
  EXPECT_EQ(batch.codec(), Codec::none);
  EXPECT_EQ(batch.timestamp_type(), TimestampType::create_time);
  EXPECT_TRUE(batch.is_transactional());
  EXPECT_FALSE(batch.is_control());
  EXPECT_EQ(batch.delete_horizon(), std::nullopt);
  EXPECT_EQ(batch.base_timestamp(), Timestamp(1000));
  EXPECT_EQ(batch.max_timestamp(), Timestamp(1000));
  EXPECT_TRUE(batch.has_producer_id());
  EXPECT_EQ(batch.producer_id(), model::ProducerId(9));
  EXPECT_EQ(batch.producer_epoch(), model::ProducerEpoch(3));
  EXPECT_EQ(batch.base_sequence(), model::SequenceNumber(40));
  EXPECT_EQ(batch.last_sequence(), model::SequenceNumber(41));
  EXPECT_EQ(batch.record_count(), 2);
  EXPECT_EQ(batch.records().size(), bytes.size() - 61);
}

TEST(Batch, HeaderAloneIsEnoughToScanALog) {
  const Bytes bytes = two_records();
  const auto header = HeaderView::parse(BytesView(bytes).first(batch_header_bytes));
  EXPECT_EQ(header.value().size_bytes(), bytes.size());
  EXPECT_EQ(peek_batch_size(BytesView(bytes).first(batch_prefix_bytes)), bytes.size());
  EXPECT_EQ(peek_batch_size(BytesView(bytes).first(batch_prefix_bytes - 1)), std::nullopt);
}

TEST(Batch, TakesTheFirstOfSeveral) {
  const Bytes first = two_records();
  Bytes both = first;
  base::append(both, build({{5, "other", "batch", {}}}));
  EXPECT_EQ(base::to_bytes(ValidBatch::parse(both).value().bytes()), first);
}

TEST(Batch, EveryTruncationIsRefused) {
  const Bytes bytes = two_records();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto batch = BatchView::parse(BytesView(bytes).first(size));
    ASSERT_FALSE(batch.has_value()) << size;
    EXPECT_EQ(batch.error().code, ErrorCode::corrupt_message);
  }
}

TEST(Batch, EveryFlippedBitIsNoticedExceptWhereTheLeaderWrites) {
  for (const Codec codec : {Codec::none, Codec::lz4}) {
    const Bytes bytes = two_records({.codec = codec});
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      Bytes flipped = bytes;
      flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      const bool leader_writes =
          bit / 8 < at::length || (bit / 8 >= at::leader_epoch && bit / 8 < at::magic);
      const bool negative_offset = bit == 7;
      ASSERT_EQ(ValidBatch::parse(flipped).has_value(), leader_writes && !negative_offset)
          << "bit " << bit;
    }
  }
}

TEST(Batch, OldFormatsAreRefusedByName) {
  for (const std::int8_t magic : {std::int8_t{0}, std::int8_t{1}}) {
    // An old message may be shorter than a header of today.
    Bytes message(batch_prefix_bytes + 10);
    put(message, at::length, static_cast<std::int32_t>(message.size() - batch_overhead_bytes));
    put(message, at::magic, magic);
    const auto header = HeaderView::parse(message);
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().code, ErrorCode::unsupported_for_message_format);
    EXPECT_EQ(peek_batch_size(message), message.size());
  }
}

TEST(Batch, HeadersThatMakeNoSenseAreRefused) {
  const auto parse_with = [](std::size_t at, auto value) {
    Bytes bytes = two_records();
    put(bytes, at, value);
    const auto header = HeaderView::parse(bytes);
    return header ? ErrorCode::none : header.error().code;
  };
  constexpr auto i32_max = std::numeric_limits<std::int32_t>::max();
  constexpr auto i64_max = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_with(at::magic, std::int8_t{3}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::magic, std::int8_t{-1}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::length, std::int32_t{48}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::length, std::int32_t{-1}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::length, std::int32_t{49}), ErrorCode::none);
  EXPECT_EQ(parse_with(at::record_count, std::int32_t{-1}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::last_offset_delta, std::int32_t{-1}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::base_offset, std::int64_t{-1}), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::base_offset, i64_max - 1), ErrorCode::corrupt_message);
  EXPECT_EQ(parse_with(at::base_offset, i64_max - 2), ErrorCode::none);
  EXPECT_EQ(parse_with(at::last_offset_delta, i32_max), ErrorCode::none);
  for (std::int16_t codec = 5; codec <= 7; ++codec)
    EXPECT_EQ(parse_with(at::attributes, codec), ErrorCode::unsupported_compression_type);
}

TEST(Batch, PatchedHeaderPlacesTheBatchWithoutTouchingItsChecksum) {
  const Bytes bytes = two_records();
  const auto batch = ValidBatch::parse(bytes).value();
  const BatchHeader header = patched_header(batch, Offset(1234567), model::LeaderEpoch(8));
  Bytes appended = base::to_bytes(header);
  base::append(appended, batch.records());
  const auto again = ValidBatch::parse(appended).value();
  EXPECT_EQ(again.base_offset(), Offset(1234567));
  EXPECT_EQ(again.partition_leader_epoch(), model::LeaderEpoch(8));
  EXPECT_EQ(again.crc(), batch.crc());
}

TEST(Batch, StampedHeaderCarriesTheNewTimeAndARightChecksum) {
  const TimestampStamp stamps[] = {{TimestampType::log_append_time, Timestamp(77)},
                                   {TimestampType::create_time, Timestamp(77)},
                                   {TimestampType::log_append_time, Timestamp(1000)}};
  for (const TimestampStamp& stamp : stamps) {
    const Bytes bytes = two_records({.codec = Codec::gzip, .transactional = true});
    const auto batch = ValidBatch::parse(bytes).value();
    Bytes appended = base::to_bytes(patched_header(batch, Offset(3), model::LeaderEpoch(1), stamp));
    base::append(appended, batch.records());
    const auto again = ValidBatch::parse(appended).value();
    EXPECT_EQ(again.timestamp_type(), stamp.type);
    EXPECT_EQ(again.max_timestamp(), stamp.max);
    EXPECT_EQ(again.codec(), Codec::gzip);
    EXPECT_TRUE(again.is_transactional());
  }
}

TEST(Batch, AStampThatChangesNothingKeepsTheChecksum) {
  const Bytes bytes = two_records();
  const auto batch = ValidBatch::parse(bytes).value();
  const TimestampStamp same{TimestampType::create_time, Timestamp(1000)};
  EXPECT_EQ(patched_header(batch, Offset(3), model::LeaderEpoch(1), same),
            patched_header(batch, Offset(3), model::LeaderEpoch(1)));
}

TEST(Batch, SequenceNumbersWrapToZero) {
  constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
  const struct {
    std::int32_t base, distance, expected;
  } cases[] = {{0, 5, 5}, {last, 0, last}, {last, 1, 0}, {last - 1, 3, 1}, {last, last, last - 1}};
  for (const auto& c : cases)
    EXPECT_EQ(advance(model::SequenceNumber(c.base), c.distance).value(), c.expected);
  const Bytes bytes = two_records({.base_sequence = model::SequenceNumber(last)});
  EXPECT_EQ(HeaderView::parse(bytes).value().last_sequence(), model::SequenceNumber(0));
  EXPECT_EQ(HeaderView::parse(two_records()).value().last_sequence(), model::no_sequence);
}

RC_GTEST_PROP(Batch, RandomBytesNeverDoMoreThanFail, (std::vector<std::uint8_t> raw)) {
  Bytes bytes = base::to_bytes(std::as_bytes(std::span(raw)));
  // Often enough past the first hurdles: a whole header of the right format and length, CRC too.
  if (*rc::gen::arbitrary<bool>() && bytes.size() >= batch_prefix_bytes) {
    bytes.resize(bytes.size() + batch_header_bytes);
    put(bytes, at::magic, batch_magic);
    put(bytes, at::base_offset, std::int64_t{7});
    put(bytes, at::attributes, static_cast<std::int16_t>(*any_codec()));
    if (*rc::gen::arbitrary<bool>()) put(bytes, at::record_count, std::int32_t{2});
    if (*rc::gen::arbitrary<bool>()) put(bytes, at::last_offset_delta, std::int32_t{1});
    reseal(bytes);
  }
  (void)peek_batch_size(bytes);
  const auto batch = ValidBatch::parse(bytes);
  if (batch) (void)read_all(*batch, 1 << 20);
}

}  // namespace
}  // namespace gregor::record
