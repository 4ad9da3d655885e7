// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/siphash.h"

#include <gtest/gtest.h>

namespace gregor::base {
namespace {

// From the authors' reference implementation: key 00 01 … 0f, input 00 01 … of each length.
TEST(SipHash, AgreesWithTheReference) {
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const Hash128 expected[] = {{0xe6a825ba047f81a3, 0x930255c71472f66d},
                              {0x44af996bd8c187da, 0x45fc229b11597634},
                              {0xc75da4a48d227781, 0xe4ff0af6de8ba3fc}};
  Bytes input;
  for (const Hash128& one : expected) {
    EXPECT_EQ(siphash128(input, key).low, one.low) << input.size();
    EXPECT_EQ(siphash128(input, key).high, one.high) << input.size();
    input.push_back(static_cast<std::byte>(input.size()));
  }
}

TEST(SipHash, DependsOnKeyAndOnEveryByte) {
  const SipKey key{1, 2};
  Bytes input(40);
  const Hash128 whole = siphash128(input, key);
  EXPECT_NE(whole, siphash128(input, {1, 3}));
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = std::byte{1};
    EXPECT_NE(whole, siphash128(input, key)) << i;
    input[i] = std::byte{0};
  }
  EXPECT_NE(whole, siphash128(BytesView(input).first(39), key));
}

}  // namespace
}  // namespace gregor::base
