// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// No bytes make decode crash, read past their end (the sanitizer builds watch that) or take more
// memory than the limit and what has arrived permit.

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/units.h"
#include "base/varint.h"
#include "protocol/codec.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"
#include "protocol/random_message.h"
#include "protocol/test_support.h"

namespace {
// Bytes that were asked for since the counter was set to 0, freed or not.
std::size_t allocated_bytes = 0;
}  // namespace

// Counts for the whole test program; only the tests below look. Inlined, GCC would take the parts
// of a matching pair for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocated_bytes += size;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace gregor::protocol {
namespace {

using namespace base;

// Copies of the bytes, and texts of errors, come on top of the arrays' elements.
std::size_t allocation_limit(std::size_t input_bytes) {
  return decoded_elements_bytes_max + 8 * input_bytes + 64_KiB;
}

// Decodes from a buffer of exactly that size, so that a read past its end is a read past an
// allocation.
model::Result<AnyMessage> decode_exactly(const MessageType& type, BytesView input,
                                         model::ApiVersion version) {
  Bytes copy(input.begin(), input.end());
  BytesView rest = copy;
  allocated_bytes = 0;
  auto message = decode(type, rest, version);
  EXPECT_GT(allocated_bytes, 0U) << "the counter does not count";
  EXPECT_LE(allocated_bytes, allocation_limit(input.size()));
  if (message) message->keep(std::move(copy));
  return message;
}

TEST(HostileInput, EveryTruncationIsRefused) {
  Prng prng = seeded_prng();
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    const AnyMessage message = random_message(type, prng, version);
    const auto bytes = encode(message, version);
    ASSERT_TRUE(bytes) << bytes.error().detail;
    const std::size_t step = 1 + bytes->size() / 400;
    for (std::size_t size = 0; size < bytes->size(); size += step) {
      const auto result = decode_exactly(type, BytesView(*bytes).first(size), version);
      ASSERT_FALSE(result) << "cut to " << size << " of " << bytes->size();
      EXPECT_EQ(result.error().code, model::ErrorCode::invalid_request);
    }
  });
}

TEST(HostileInput, FlippedBitsAreRefusedOrGiveAMessageThatCanBeWritten) {
  Prng prng = seeded_prng();
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    const auto original = encode(random_message(type, prng, version), version);
    ASSERT_TRUE(original) << original.error().detail;
    for (int run = 0; run < 40 && !original->empty(); ++run) {
      Bytes bytes = *original;
      for (std::uint64_t flips = 1 + prng.below(3); flips > 0; --flips)
        bytes[prng.below(bytes.size())] ^= static_cast<std::byte>(1U << prng.below(8));
      const auto result = decode_exactly(type, bytes, version);
      ++(result ? accepted : refused);
      ASSERT_TRUE(!result || encode(*result, version));
    }
  });
  EXPECT_GT(accepted, 1000U);
  EXPECT_GT(refused, 1000U);
}

TEST(HostileInput, RandomBytesAreHarmless) {
  Prng prng = seeded_prng();
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    for (int run = 0; run < 40; ++run) {
      Bytes bytes(prng.below(200));
      // Few distinct values make lengths and tags that fit more often.
      for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(prng.chance(3, 4) ? prng.below(4) : prng.below(256));
      (void)decode_exactly(type, bytes, version);
    }
  });
}

// All the counts and lengths at once are as large as they can be.
TEST(HostileInput, HugeCountsAndLengthsAllocateNothing) {
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    for (const int filler : {0x7f, 0xfe, 0xff}) {
      const Bytes input(64, static_cast<std::byte>(filler));
      BytesView rest = input;
      allocated_bytes = 0;
      (void)decode(type, rest, version);
      EXPECT_LE(allocated_bytes, 64_KiB);
    }
  });
}

// A frame of a few MB that consists of the smallest possible elements, each far larger in memory.
TEST(HostileInput, ALongFrameOfSmallElementsMeetsTheMemoryLimit) {
  constexpr std::uint32_t count = 8 << 20;
  Bytes input(4 + std::size_t{count} * 2);  // Metadata v0: empty topic names
  store_big_endian(input.data(), count);
  const auto topics = decode_exactly(MetadataRequest::message_type, input, model::ApiVersion{0});
  ASSERT_FALSE(topics);
  EXPECT_NE(topics.error().detail.find("of memory"), std::string::npos) << topics.error().detail;

  Bytes tags{std::byte{1}, std::byte{1}};  // ApiVersions v3: two empty names, tags
  append_unsigned_varint(tags, count);
  for (std::uint32_t i = 0; i < count; ++i) tags.insert(tags.end(), {std::byte{9}, std::byte{0}});
  const auto tagged = decode_exactly(ApiVersionsRequest::message_type, tags, model::ApiVersion{3});
  ASSERT_FALSE(tagged);
  EXPECT_NE(tagged.error().detail.find("of memory"), std::string::npos) << tagged.error().detail;
}

// Their number is announced, so that they need not be moved again and again as they come.
TEST(HostileInput, AsManyUnknownTagsAsTheLimitPermitsTakeNoMoreThanIt) {
  constexpr std::size_t count = decoded_elements_bytes_max / sizeof(UnknownTag);
  Bytes tags{std::byte{1}, std::byte{1}};  // ApiVersions v3: two empty names, tags
  append_unsigned_varint(tags, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) tags.insert(tags.end(), {std::byte{9}, std::byte{0}});
  const auto request = decode_exactly(ApiVersionsRequest::message_type, tags, model::ApiVersion{3});
  ASSERT_TRUE(request) << request.error().detail;
  EXPECT_EQ(request->as<ApiVersionsRequest>().unknown_tags.size(), count);
}

TEST(HostileInput, ACountIsCheckedAgainstTheSmallestElement) {
  // Produce v9: no id, acks, timeout, then 60 topics in the 100 bytes that could hold 33.
  Bytes input(7 + 1 + 100);
  input[7] = std::byte{61};
  const auto result = decode_exactly(ProduceRequest::message_type, input, model::ApiVersion{9});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().detail.find("count 60 is more than"), std::string::npos)
      << result.error().detail;
}

}  // namespace
}  // namespace gregor::protocol
