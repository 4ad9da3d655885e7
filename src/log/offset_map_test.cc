// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/offset_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gregor::log {
namespace {

using model::Offset;

TEST(OffsetMap, RemembersTheLastOffsetOfEachKeyAsAMapDoes) {
  for (const std::size_t bytes_max : {std::size_t{1} << 19, std::size_t{4} << 20}) {
    OffsetMap map(bytes_max, 0.9, {3, 4});
    std::map<std::string, Offset> expected;
    for (std::int64_t i = 0; i < 10'000; ++i) {
      const std::string key = "key " + std::to_string(i * 7'919 % 3'000);
      ASSERT_TRUE(map.put(base::as_bytes(key), Offset{i}));
      expected[key] = Offset{i};
    }
    EXPECT_EQ(map.keys(), 3'000);
    for (const auto& [key, offset] : expected) EXPECT_EQ(map.find(base::as_bytes(key)), offset);
    EXPECT_EQ(map.find(base::as_bytes("key")), std::nullopt);
    EXPECT_EQ(map.find({}), std::nullopt);
  }
}

TEST(OffsetMap, NeverTakesMoreThanItsMemory) {
  for (const std::size_t bytes_max :
       {std::size_t{0}, std::size_t{100}, std::size_t{5'000}, std::size_t{2'000'000}}) {
    OffsetMap map(bytes_max, 0.9, {5, 6});
    std::int64_t taken = 0;
    while (map.put(base::as_bytes(std::to_string(taken)), Offset{taken})) ++taken;
    EXPECT_GE(taken, 1);
    EXPECT_EQ(map.keys(), taken);
    EXPECT_LE(map.bytes(), std::max<std::size_t>(bytes_max, 48));
    EXPECT_GE(static_cast<std::size_t>(taken) * 24 * 5, bytes_max * 1) << "most of it is used";
    // A full map still knows its keys, and takes later offsets of them.
    EXPECT_EQ(map.find(base::as_bytes("0")), Offset{0});
    EXPECT_TRUE(map.put(base::as_bytes("0"), Offset{taken}));
    EXPECT_EQ(map.find(base::as_bytes("0")), Offset{taken});
    EXPECT_EQ(map.find(base::as_bytes(std::to_string(taken))), std::nullopt);
  }
}

TEST(OffsetMap, AnEmptyKeyIsAKey) {
  OffsetMap map(1'000, 0.9, {});
  EXPECT_TRUE(map.put({}, Offset{3}));
  EXPECT_EQ(map.find({}), Offset{3});
}

}  // namespace
}  // namespace gregor::log
