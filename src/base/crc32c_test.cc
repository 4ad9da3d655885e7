// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <vector>

#include "base/prng.h"

namespace gregor::base {
namespace {

Bytes random_bytes(std::uint64_t seed, std::size_t size) {
  Prng prng(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return bytes;
}

// The definition, one bit at a time.
std::uint32_t by_definition(BytesView bytes) {
  std::uint32_t state = 0xffffffff;
  for (const std::byte byte : bytes) {
    state ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~state;
}

// From RFC 3720, appendix B.4, and the customary check value.
TEST(Crc32c, KnownSums) {
  Bytes ascending;
  for (int i = 0; i < 32; ++i) ascending.push_back(static_cast<std::byte>(i));
  const Bytes descending(ascending.rbegin(), ascending.rend());
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(Bytes(32, std::byte{0})), 0x8a9136aaU);
  EXPECT_EQ(crc32c(Bytes(32, std::byte{0xff})), 0x62a8ab43U);
  EXPECT_EQ(crc32c(ascending), 0x46dd794eU);
  EXPECT_EQ(crc32c(descending), 0x113fdb5cU);
}

// Every length up to three lanes of the middle size and more, at every alignment.
TEST(Crc32c, HardwareAgreesWithTableAtEveryAlignmentAndLength) {
  if (!crc32c_hardware_available()) GTEST_SKIP() << "this processor has no crc32 instruction";
  const Bytes bytes = random_bytes(1, 2000);
  for (std::size_t start = 0; start < 16; ++start)
    for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
      const BytesView part = BytesView(bytes).subspan(start, size);
      ASSERT_EQ(crc32c_extend_by_hardware(7, part), crc32c_extend_by_table(7, part))
          << start << '+' << size;
    }
}

RC_GTEST_PROP(Crc32c, LargeInputsGiveTheSameSumBothWays, (std::uint64_t seed)) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 50'000);
  const auto start = *rc::gen::inRange<std::size_t>(0, 64);
  const Bytes bytes = random_bytes(seed, start + size);
  const BytesView part = BytesView(bytes).subspan(start);
  const std::uint32_t expected = crc32c_extend_by_table(0, part);
  RC_ASSERT(crc32c(part) == expected);
  if (crc32c_hardware_available()) RC_ASSERT(crc32c_extend_by_hardware(0, part) == expected);
}

RC_GTEST_PROP(Crc32c, AgreesWithTheDefinition, (const std::vector<std::uint8_t>& raw)) {
  const BytesView bytes = std::as_bytes(std::span(raw));
  RC_ASSERT(crc32c(bytes) == by_definition(bytes));
}

RC_GTEST_PROP(Crc32c, MayBeTakenInPieces, (std::uint64_t seed)) {
  const Bytes bytes = random_bytes(seed, 5000);
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const BytesView all = bytes;
  RC_ASSERT(crc32c_extend(crc32c(all.first(cut)), all.subspan(cut)) == crc32c(all));
}

}  // namespace
}  // namespace gregor::base
