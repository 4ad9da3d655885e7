// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <rapidcheck/gtest.h>
#include <snappy.h>
#include <zstd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.h"
#include "record/test_batches.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using model::ErrorCode;

constexpr Codec all_codecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};
constexpr Codec real_codecs[] = {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};

model::Result<Bytes> unpack(Codec codec, BytesView input,
                            std::uint64_t bytes_max = decompressed_bytes_max) {
  Decompressor decompressor;
  return decompress(decompressor, codec, input, bytes_max);
}

// Some runs, some noise.
Bytes sample(std::uint64_t seed, std::size_t size) {
  base::Prng prng(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const auto byte = static_cast<std::byte>(prng.next());
    bytes.insert(bytes.end(), prng.chance(1, 20) ? prng.below(3000) : 1, byte);
  }
  bytes.resize(size);
  return bytes;
}

RC_GTEST_PROP(Compression, UnpacksToWhatWasPacked, (std::uint64_t seed)) {
  const Bytes bytes = sample(seed, *rc::gen::inRange<std::size_t>(0, 200'000));
  const Codec codec = *any_codec();
  const Bytes packed = compress(codec, bytes);
  RC_ASSERT(unpack(codec, packed).value() == bytes);
}

TEST(Compression, OneDecompressorServesAllCodecsInTurnWhateverCameBefore) {
  Decompressor decompressor;
  const Bytes garbage = sample(3, 400);
  Bytes room(100);
  for (int round = 0; round < 3; ++round)
    for (const Codec codec : all_codecs) {
      const Bytes bytes = sample(static_cast<std::uint64_t>(round), 70'000);
      const Bytes packed = compress(codec, bytes);
      EXPECT_EQ(decompress(decompressor, codec, garbage).has_value(), codec == Codec::none);
      EXPECT_EQ(decompress(decompressor, codec, packed).value(), bytes);
      const auto half = BytesView(packed).first(packed.size() / 2);
      EXPECT_EQ(decompress(decompressor, codec, half).has_value(), codec == Codec::none);
      EXPECT_EQ(decompress(decompressor, codec, packed).value(), bytes);
      decompressor.start(codec, packed);
      EXPECT_TRUE(decompressor.read(room).has_value());
      EXPECT_EQ(decompress(decompressor, codec, packed).value(), bytes) << "after one left off";
    }
}

TEST(Compression, EveryLevelIsAcceptedAndOthersAreClamped) {
  const Bytes bytes = sample(5, 20'000);
  for (const Codec codec : all_codecs) {
    const auto levels = compression_levels(codec);
    if (!levels) continue;
    for (int level = std::max(levels->min, -5); level <= levels->max; ++level)
      EXPECT_EQ(unpack(codec, compress(codec, bytes, level)).value(), bytes);
    for (const int level :
         {levels->standard, levels->min - 1, levels->max + 1, 1 << 30, -(1 << 30)})
      EXPECT_EQ(unpack(codec, compress(codec, bytes, level)).value(), bytes);
  }
}

TEST(Compression, ReadsThroughAWindowOfAnySize) {
  const Bytes bytes = sample(7, 5'000);
  for (const Codec codec : all_codecs)
    for (const std::size_t window : {std::size_t{1}, std::size_t{7}, std::size_t{4999}}) {
      const Bytes packed = compress(codec, bytes);
      Decompressor decompressor;
      decompressor.start(codec, packed);
      Bytes output;
      Bytes room(window);
      for (;;) {
        const std::size_t got = decompressor.read(room).value();
        if (got == 0) break;
        base::append(output, BytesView(room).first(got));
      }
      EXPECT_EQ(output, bytes) << name_of(codec) << " by " << window;
    }
}

TEST(Compression, RefusesEveryTruncation) {
  const Bytes bytes = sample(11, 3'000);
  for (const Codec codec : real_codecs) {
    const Bytes packed = compress(codec, bytes);
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const auto result = unpack(codec, BytesView(packed).first(size));
      // Cut between two blocks, the xerial framing is a shorter one.
      if (codec == Codec::snappy && result) {
        EXPECT_LT(result->size(), bytes.size());
        continue;
      }
      ASSERT_FALSE(result.has_value()) << name_of(codec) << " cut at " << size;
      EXPECT_EQ(result.error().code, ErrorCode::corrupt_message);
    }
  }
}

TEST(Compression, RefusesWhatFollowsTheEnd) {
  const Bytes bytes = sample(13, 1'000);
  for (const Codec codec : real_codecs) {
    Bytes packed = compress(codec, bytes);
    packed.insert(packed.end(), 9, std::byte{0x2a});
    const auto result = unpack(codec, packed);
    ASSERT_FALSE(result.has_value()) << name_of(codec);
    EXPECT_EQ(result.error().code, ErrorCode::corrupt_message);
  }
}

RC_GTEST_PROP(Compression, RandomInputNeverDoesMoreThanFail, (std::vector<std::uint8_t> raw)) {
  const Codec codec = *any_codec();
  Bytes input = *rc::gen::arbitrary<bool>() ? compress(codec, sample(17, 2'000)) : Bytes{};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::size_t at = input.empty() ? 0 : (std::size_t{raw[i]} * 7919 + i * 31) % input.size();
    if (i % 2 == 0 && !input.empty())
      input[at] = static_cast<std::byte>(raw[i]);
    else
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::byte>(raw[i]));
  }
  constexpr std::uint64_t limit = 1 << 20;
  const auto result = unpack(codec, input, limit);
  RC_ASSERT(!result || result->size() <= limit);
}

// 64 MiB of zeros take 300 KiB at most.
TEST(Compression, BombsEndAtTheLimit) {
  const Bytes zeros(64 << 20);
  for (const Codec codec : {Codec::gzip, Codec::lz4, Codec::zstd, Codec::snappy}) {
    const Bytes packed = compress(codec, zeros);
    const auto result = unpack(codec, packed, 1 << 20);
    ASSERT_FALSE(result.has_value()) << name_of(codec);
    EXPECT_EQ(result.error().code, ErrorCode::message_too_large) << name_of(codec);
    EXPECT_EQ(unpack(codec, packed).value().size(), zeros.size()) << name_of(codec);
  }
}

TEST(Compression, ExactlyTheLimitIsAllowed) {
  const Bytes bytes = sample(19, 100'000);
  for (const Codec codec : all_codecs) {
    EXPECT_TRUE(unpack(codec, compress(codec, bytes), bytes.size()).has_value());
    EXPECT_FALSE(unpack(codec, compress(codec, bytes), bytes.size() - 1).has_value());
  }
}

TEST(Compression, SnappyIsReadRawAndFramedAndFramesMayFollowEachOther) {
  const Bytes bytes = sample(23, 100'000);
  std::string raw;
  snappy::Compress(reinterpret_cast<const char*>(bytes.data()), bytes.size(), &raw);
  EXPECT_EQ(unpack(Codec::snappy, base::as_bytes(raw)).value(), bytes);

  Bytes twice = compress(Codec::snappy, bytes);
  EXPECT_EQ(base::as_text(BytesView(twice).first(8)), std::string_view("\x82SNAPPY\0", 8));
  base::append(twice, compress(Codec::snappy, bytes));
  Bytes expected = bytes;
  base::append(expected, bytes);
  EXPECT_EQ(unpack(Codec::snappy, twice).value(), expected);
}

// Five bytes that promise 4 GiB, raw and framed.
TEST(Compression, SnappyRefusesToAllocateWhatABlockOnlyPromises) {
  const Bytes promise = base::to_bytes(base::as_bytes("\xff\xff\xff\xff\x0f"));
  const auto raw = unpack(Codec::snappy, promise, std::uint64_t{1} << 40);
  ASSERT_FALSE(raw.has_value());
  EXPECT_THAT(raw.error().detail, testing::HasSubstr("cannot unpack")) << "before it is tried";
  Bytes framed = compress(Codec::snappy, {});
  base::append_big_endian(framed, static_cast<std::int32_t>(promise.size()));
  base::append(framed, promise);
  EXPECT_FALSE(unpack(Codec::snappy, framed, std::uint64_t{1} << 40).has_value());
  EXPECT_EQ(unpack(Codec::snappy, framed).error().code, ErrorCode::message_too_large);
}

TEST(Compression, Lz4FramesOfOtherWritersAreRead) {
  const Bytes bytes = sample(29, 300'000);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  preferences.frameInfo.blockMode = LZ4F_blockLinked;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
  preferences.frameInfo.contentSize = bytes.size();
  Bytes packed(LZ4F_compressFrameBound(bytes.size(), &preferences));
  packed.resize(
      LZ4F_compressFrame(packed.data(), packed.size(), bytes.data(), bytes.size(), &preferences));
  EXPECT_EQ(unpack(Codec::lz4, packed).value(), bytes);
  packed.back() ^= std::byte{1};
  EXPECT_EQ(unpack(Codec::lz4, packed).error().code, ErrorCode::corrupt_message);
}

// Flags: version 01, independent blocks, no checksums, no content size; blocks of 64 KiB.
TEST(Compression, Lz4IsWrittenWithTheFlagsOfTheJavaClient) {
  const Bytes packed = compress(Codec::lz4, sample(31, 200'000));
  EXPECT_EQ(packed[4], std::byte{0x60});
  EXPECT_EQ(packed[5], std::byte{0x40});
}

TEST(Compression, MembersAndFramesMayFollowEachOther) {
  const Bytes bytes = sample(37, 10'000);
  Bytes expected = bytes;
  base::append(expected, bytes);
  for (const Codec codec : {Codec::gzip, Codec::lz4, Codec::zstd}) {
    Bytes twice = compress(codec, bytes);
    base::append(twice, compress(codec, bytes));
    EXPECT_EQ(unpack(codec, twice).value(), expected) << name_of(codec);
  }
}

// A zstd frame header that asks for a window of 2 GiB.
TEST(Compression, ZstdRefusesAWindowBeyondItsLimit) {
  const std::string_view frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
  const auto result = unpack(Codec::zstd, base::as_bytes(frame));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::corrupt_message);
  EXPECT_THAT(result.error().detail, testing::HasSubstr("memory"));
}

TEST(Codec, HasTheNamesOfKafkasSettings) {
  std::vector<std::string_view> names;
  for (const Codec codec : all_codecs) names.push_back(name_of(codec));
  EXPECT_THAT(names, testing::ElementsAre("none", "gzip", "snappy", "lz4", "zstd"));
  EXPECT_EQ(name_of(TimestampType::create_time), "CreateTime");
  EXPECT_EQ(name_of(TimestampType::log_append_time), "LogAppendTime");
}

}  // namespace
}  // namespace gregor::record
