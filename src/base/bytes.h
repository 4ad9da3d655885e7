// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Views of bytes, and big-endian integers at unaligned places: the byte order of Kafka's wire and
// files.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gregor::base {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;
using MutableBytesView = std::span<std::byte>;

inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(BytesView view) { return {view.begin(), view.end()}; }

template <std::integral T>
constexpr T to_big_endian(T value) {
  if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big)
    return value;
  else if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<unsigned short>(value)));
  else if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<unsigned int>(value)));
  else
    return static_cast<T>(__builtin_bswap64(static_cast<unsigned long long>(value)));
}

// Reads sizeof(T) bytes at `from`; the caller has checked that they are there.
template <std::integral T>
T load_big_endian(const std::byte* from) {
  T raw;
  std::memcpy(&raw, from, sizeof(T));
  return to_big_endian(raw);
}

// Writes sizeof(T) bytes at `to`; the caller has checked that there is room.
template <std::integral T>
void store_big_endian(std::byte* to, T value) {
  const T raw = to_big_endian(value);
  std::memcpy(to, &raw, sizeof(T));
}

template <std::integral T>
void append_big_endian(Bytes& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof(T));
  store_big_endian(to.data() + at, value);
}

inline void append(Bytes& to, BytesView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

}  // namespace gregor::base
