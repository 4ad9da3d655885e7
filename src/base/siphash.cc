// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/siphash.h"

#include <bit>
#include <cstring>

namespace gregor::base {

namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t finish(std::uint64_t& mark, std::uint64_t with) {
    mark ^= with;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// Little-endian, as the algorithm wants it on every machine.
std::uint64_t load_word(const std::byte* from, std::size_t bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    word |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  return word;
}

}  // namespace

Hash128 siphash128(BytesView bytes, const SipKey& key) {
  State state{key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d ^ 0xee,
              key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
  const std::size_t whole = bytes.size() / 8 * 8;
  for (std::size_t at = 0; at < whole; at += 8) state.take(load_word(bytes.data() + at, 8));
  const std::uint64_t length = std::uint64_t{bytes.size()} << 56;
  state.take(length | load_word(bytes.data() + whole, bytes.size() - whole));
  const std::uint64_t low = state.finish(state.v2, 0xee);
  const std::uint64_t high = state.finish(state.v1, 0xdd);
  return {low, high};
}

}  // namespace gregor::base
