// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/crc32c.h"

#include <array>

#include "base/assert.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace gregor::base {
namespace {

// A CRC state is a polynomial over GF(2) with its coefficients reflected: the highest bit is the
// coefficient of x^0. Appending a zero bit multiplies it by x modulo the CRC's polynomial.
constexpr std::uint32_t polynomial = 0x82f63b78;

constexpr std::uint32_t times_x(std::uint32_t state) {
  return (state >> 1) ^ ((state & 1U) != 0 ? polynomial : 0U);
}

// table[k][b]: what byte b contributes once k further bytes have followed it.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t state = b;
    for (int bit = 0; bit < 8; ++bit) state = times_x(state);
    tables[0][b] = state;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t before = tables[k - 1][b];
      tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
    }
  return tables;
}

constexpr Tables tables = make_tables();

std::uint64_t load_little_endian(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

std::uint32_t by_table(std::uint32_t state, const std::byte* at, std::size_t size) {
  for (; size >= 8; at += 8, size -= 8) {
    const std::uint64_t word = load_little_endian(at) ^ state;
    state = 0;
    for (std::size_t k = 0; k < 8; ++k) state ^= tables[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; size > 0; ++at, --size)
    state = (state >> 8) ^ tables[0][(state ^ std::to_integer<std::uint32_t>(*at)) & 0xff];
  return state;
}

#if defined(__x86_64__)

// The instruction takes three cycles but one can start in every cycle. So three lanes of equal
// length run side by side; then the first two states are moved over the bytes that follow them,
// which is linear: table lookups for the four bytes of a state (as in Adler's crc32c.c, of which
// only the idea is used).
using Shift = std::array<std::array<std::uint32_t, 256>, 4>;

// Moves a state over `bytes` zero bytes, a power of two: squares the operator "one bit" as often.
constexpr Shift make_shift(std::size_t bytes) {
  std::array<std::uint32_t, 32> image{};  // image[i]: where the state with only bit i goes
  for (std::size_t i = 0; i < 32; ++i) image[i] = times_x(std::uint32_t{1} << i);
  const auto apply = [&image](std::uint32_t state) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 32; ++i)
      if (((state >> i) & 1U) != 0) sum ^= image[i];
    return sum;
  };
  for (std::size_t bits = 1; bits < 8 * bytes; bits *= 2) {
    std::array<std::uint32_t, 32> squared{};
    for (std::size_t i = 0; i < 32; ++i) squared[i] = apply(image[i]);
    image = squared;
  }
  Shift shift{};
  for (std::size_t k = 0; k < 4; ++k)
    for (std::uint32_t b = 0; b < 256; ++b) shift[k][b] = apply(b << (8 * k));
  return shift;
}

template <std::size_t bytes>
std::uint32_t shifted(std::uint32_t state) {
  static_assert(std::has_single_bit(bytes));
  static constexpr Shift shift = make_shift(bytes);
  return shift[0][state & 0xff] ^ shift[1][(state >> 8) & 0xff] ^ shift[2][(state >> 16) & 0xff] ^
         shift[3][state >> 24];
}

// Consumes all whole triples of lanes.
template <std::size_t lane_bytes>
__attribute__((target("sse4.2"))) std::uint64_t by_lanes(std::uint64_t state, const std::byte*& at,
                                                         std::size_t& size) {
  for (; size >= 3 * lane_bytes; at += 3 * lane_bytes, size -= 3 * lane_bytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const std::byte* word = at; word != at + lane_bytes; word += 8) {
      state = _mm_crc32_u64(state, load_little_endian(word));
      second = _mm_crc32_u64(second, load_little_endian(word + lane_bytes));
      third = _mm_crc32_u64(third, load_little_endian(word + 2 * lane_bytes));
    }
    state = shifted<lane_bytes>(static_cast<std::uint32_t>(state)) ^ second;
    state = shifted<lane_bytes>(static_cast<std::uint32_t>(state)) ^ third;
  }
  return state;
}

__attribute__((target("sse4.2"))) std::uint32_t by_hardware(std::uint32_t start,
                                                            const std::byte* at, std::size_t size) {
  std::uint64_t state = start;
  state = by_lanes<4096>(state, at, size);
  state = by_lanes<512>(state, at, size);
  state = by_lanes<64>(state, at, size);
  for (; size >= 8; at += 8, size -= 8) state = _mm_crc32_u64(state, load_little_endian(at));
  auto narrow = static_cast<std::uint32_t>(state);
  for (; size > 0; ++at, --size) narrow = _mm_crc32_u8(narrow, std::to_integer<unsigned char>(*at));
  return narrow;
}

#else

std::uint32_t by_hardware(std::uint32_t state, const std::byte* at, std::size_t size) {
  return by_table(state, at, size);
}

#endif

}  // namespace

bool crc32c_hardware_available() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("sse4.2") != 0;
#else
  return false;
#endif
}

std::uint32_t crc32c_extend_by_hardware(std::uint32_t crc, BytesView bytes) {
  ASSERT(crc32c_hardware_available());
  return ~by_hardware(~crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c_extend_by_table(std::uint32_t crc, BytesView bytes) {
  return ~by_table(~crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c_extend(std::uint32_t crc, BytesView bytes) {
  return crc32c_hardware_available() ? ~by_hardware(~crc, bytes.data(), bytes.size())
                                     : ~by_table(~crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c(BytesView bytes) { return crc32c_extend(0, bytes); }

}  // namespace gregor::base
