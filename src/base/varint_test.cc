// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/varint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/test_bytes.h"

namespace gregor::base {
namespace {

RC_GTEST_PROP(Varint, RoundTripsInTheLengthThatItAnnounces, (std::int32_t value)) {
  Bytes encoded;
  append_varint(encoded, value);
  RC_ASSERT(encoded.size() == varint_bytes(value));
  BytesView rest = encoded;
  RC_ASSERT(read_varint(rest) == value);
  RC_ASSERT(rest.empty());
}

RC_GTEST_PROP(Varint, LongRoundTripsInTheLengthThatItAnnounces, (std::int64_t value)) {
  Bytes encoded;
  append_varlong(encoded, value);
  RC_ASSERT(encoded.size() == varlong_bytes(value));
  BytesView rest = encoded;
  RC_ASSERT(read_varlong(rest) == value);
  RC_ASSERT(rest.empty());
}

TEST(Varint, KnownEncodings) {
  const struct {
    std::int32_t value;
    Bytes encoded;
  } cases[] = {
      {0, bytes({0})},
      {-1, bytes({1})},
      {1, bytes({2})},
      {63, bytes({0x7e})},
      {-64, bytes({0x7f})},
      {64, bytes({0x80, 1})},
      {2147483647, bytes({0xfe, 0xff, 0xff, 0xff, 0x0f})},
      {-2147483647 - 1, bytes({0xff, 0xff, 0xff, 0xff, 0x0f})},
  };
  for (const auto& c : cases) {
    Bytes encoded;
    append_varint(encoded, c.value);
    EXPECT_EQ(encoded, c.encoded) << c.value;
  }
}

TEST(Varint, RefusesWhatDoesNotFitOrEndsEarly) {
  for (const Bytes& input : {bytes({}), bytes({0x80}), bytes({0xff, 0xff, 0xff, 0xff, 0x1f}),
                             bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x00})}) {
    BytesView rest = input;
    EXPECT_FALSE(read_unsigned_varint(rest).has_value());
    EXPECT_EQ(rest.size(), input.size()) << "a refused number must not be consumed";
  }
  const Bytes too_long = bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02});
  BytesView rest = too_long;
  EXPECT_FALSE(read_unsigned_varlong(rest).has_value());
}

TEST(Varint, AcceptsAnEncodingThatIsNotTheShortest) {
  const Bytes padded = bytes({0x81, 0x80, 0x00, 0x55});
  BytesView rest = padded;
  EXPECT_EQ(read_unsigned_varint(rest), 1U);
  EXPECT_EQ(rest.size(), 1U);
}

}  // namespace
}  // namespace gregor::base
