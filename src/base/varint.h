// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Base-128 varints as in Protocol Buffers: seven bits a byte, lowest first, the high bit says that
// more follow.
//   unsigned: tag numbers, compact lengths.   zigzag: 0, -1, 1, -2, … for the signed fields of a
//   record.
// A number whose encoding is longer than its type can need is refused, so that no input loops or
// overflows; encodings that are merely not the shortest are accepted, as Kafka does.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace gregor::base {

inline constexpr std::size_t varint32_bytes_max = 5;
inline constexpr std::size_t varint64_bytes_max = 10;

constexpr std::uint32_t zigzag(std::int32_t v) {
  return (static_cast<std::uint32_t>(v) << 1) ^ static_cast<std::uint32_t>(v >> 31);
}
constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int32_t unzigzag(std::uint32_t v) {
  return static_cast<std::int32_t>((v >> 1) ^ (0U - (v & 1U)));
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>((v >> 1) ^ (std::uint64_t{0} - (v & 1U)));
}

// Each reads from the front of `from` and moves it past the number; nullopt (and `from` as it was)
// when the bytes end early or the number does not fit its type.
std::optional<std::uint32_t> read_unsigned_varint(BytesView& from);
std::optional<std::uint64_t> read_unsigned_varlong(BytesView& from);
std::optional<std::int32_t> read_varint(BytesView& from);
std::optional<std::int64_t> read_varlong(BytesView& from);

void append_unsigned_varint(Bytes& to, std::uint32_t value);
void append_unsigned_varlong(Bytes& to, std::uint64_t value);
inline void append_varint(Bytes& to, std::int32_t value) {
  append_unsigned_varint(to, zigzag(value));
}
inline void append_varlong(Bytes& to, std::int64_t value) {
  append_unsigned_varlong(to, zigzag(value));
}

std::size_t unsigned_varlong_bytes(std::uint64_t value);
inline std::size_t varint_bytes(std::int32_t value) {
  return unsigned_varlong_bytes(zigzag(value));
}
inline std::size_t varlong_bytes(std::int64_t value) {
  return unsigned_varlong_bytes(zigzag(value));
}

// The reading of many numbers in a row, as the fastest walk over records needs it: moves `at` past
// the number and sets `raw`; false, and nothing changed, where the above give nullopt. T is
// std::uint32_t or std::uint64_t.
template <class T>
bool take_longer_varint(const std::byte*& at, const std::byte* end, T& raw);

// Numbers of one and two bytes, which is nearly all of those inside records, take no call.
template <class T>
bool take_unsigned_varint(const std::byte*& at, const std::byte* end, T& raw) {
  if (end - at >= 1) [[likely]] {
    const auto first = std::to_integer<T>(at[0]);
    if (first < 0x80) {
      raw = first;
      at += 1;
      return true;
    }
    if (end - at >= 2) {
      const auto second = std::to_integer<T>(at[1]);
      if (second < 0x80) {
        raw = static_cast<T>((first & 0x7f) | (second << 7));
        at += 2;
        return true;
      }
    }
  }
  return take_longer_varint(at, end, raw);
}

inline bool take_varint(const std::byte*& at, const std::byte* end, std::int32_t& value) {
  std::uint32_t raw = 0;
  if (!take_unsigned_varint(at, end, raw)) return false;
  value = unzigzag(raw);
  return true;
}

inline bool take_varlong(const std::byte*& at, const std::byte* end, std::int64_t& value) {
  std::uint64_t raw = 0;
  if (!take_unsigned_varint(at, end, raw)) return false;
  value = unzigzag(raw);
  return true;
}

}  // namespace gregor::base
