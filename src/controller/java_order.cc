// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/java_order.h"

#include <algorithm>
#include <tuple>

namespace gregor::controller {

namespace {

// Both maps mix the upper half of a hash into the lower one, start with 16 buckets and double them
// when three quarters are used.
std::uint32_t spread_hash(std::string_view text) {
  const std::uint32_t hash = java_hash(text);
  return hash ^ (hash >> 16);
}

std::uint32_t bucket_mask(std::size_t keys) {
  std::size_t buckets = 16;
  while (keys >= buckets / 4 * 3) buckets *= 2;
  return static_cast<std::uint32_t>(buckets - 1);
}

}  // namespace

std::uint32_t java_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = hash * 31 + static_cast<unsigned char>(c);
  return hash;
}

std::vector<std::string_view> in_properties_order(std::vector<std::string_view> keys) {
  const std::uint32_t mask = bucket_mask(keys.size());
  std::ranges::sort(keys, {},
                    [&](std::string_view key) { return std::tuple(spread_hash(key) & mask, key); });
  return keys;
}

std::vector<std::string> in_scala_order(std::vector<std::string> keys) {
  const std::uint32_t mask = bucket_mask(keys.size());
  // Within a bucket by the hash as a signed number.
  std::ranges::sort(keys, {}, [&](const std::string& key) {
    const std::uint32_t hash = spread_hash(key);
    return std::tuple(hash & mask, static_cast<std::int32_t>(hash));
  });
  return keys;
}

}  // namespace gregor::controller
