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
inline std::optional<std::int32_t> read_varint(BytesView& from);
inline std::optional<std::int64_t> read_varlong(BytesView& from);

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

// Numbers of one and two bytes, which is nearly all of those inside records, are read without a
// call.
template <class T>
std::optional<T> read_short_varint(BytesView& from) {
  if (from.size() < 2) return std::nullopt;
  const auto first = std::to_integer<T>(from[0]);
  if (first < 0x80) {
    from = from.subspan(1);
    return first;
  }
  const auto second = std::to_integer<T>(from[1]);
  if (second >= 0x80) return std::nullopt;
  from = from.subspan(2);
  return static_cast<T>((first & 0x7f) | (second << 7));
}

inline std::optional<std::int32_t> read_varint(BytesView& from) {
  if (const auto raw = read_short_varint<std::uint32_t>(from)) return unzigzag(*raw);
  const auto raw = read_unsigned_varint(from);
  return raw ? std::optional(unzigzag(*raw)) : std::nullopt;
}

inline std::optional<std::int64_t> read_varlong(BytesView& from) {
  if (const auto raw = read_short_varint<std::uint64_t>(from)) return unzigzag(*raw);
  const auto raw = read_unsigned_varlong(from);
  return raw ? std::optional(unzigzag(*raw)) : std::nullopt;
}

}  // namespace gregor::base
