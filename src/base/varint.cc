// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/varint.h"

#include <bit>
#include <limits>

namespace gregor::base {
namespace {

// take(at, end, number), for a view instead of two pointers.
template <class T, class Take>
std::optional<T> read(BytesView& from, const Take& take) {
  const std::byte* at = from.data();
  T number{};
  if (!take(at, from.data() + from.size(), number)) return std::nullopt;
  from = from.subspan(static_cast<std::size_t>(at - from.data()));
  return number;
}

}  // namespace

template <class T>
bool take_longer_varint(const std::byte*& at, const std::byte* end, T& raw) {
  constexpr unsigned bits = std::numeric_limits<T>::digits;
  constexpr std::ptrdiff_t bytes_max = (bits + 6) / 7;
  T value = 0;
  for (std::ptrdiff_t i = 0; i < bytes_max && i < end - at; ++i) {
    const auto byte = std::to_integer<T>(at[i]);
    const auto shift = static_cast<unsigned>(7 * i);
    // The last byte may carry only the bits that are left of the type.
    if (shift + 7 > bits && (byte & 0x7f) >> (bits - shift) != 0) return false;
    value |= static_cast<T>((byte & 0x7f) << shift);
    if ((byte & 0x80) == 0) {
      at += i + 1;
      raw = value;
      return true;
    }
  }
  return false;
}

template bool take_longer_varint(const std::byte*&, const std::byte*, std::uint32_t&);
template bool take_longer_varint(const std::byte*&, const std::byte*, std::uint64_t&);

std::optional<std::uint32_t> read_unsigned_varint(BytesView& from) {
  return read<std::uint32_t>(from, take_unsigned_varint<std::uint32_t>);
}

std::optional<std::uint64_t> read_unsigned_varlong(BytesView& from) {
  return read<std::uint64_t>(from, take_unsigned_varint<std::uint64_t>);
}

std::optional<std::int32_t> read_varint(BytesView& from) {
  return read<std::int32_t>(from, take_varint);
}

std::optional<std::int64_t> read_varlong(BytesView& from) {
  return read<std::int64_t>(from, take_varlong);
}

void append_unsigned_varint(Bytes& to, std::uint32_t value) { append_unsigned_varlong(to, value); }

void append_unsigned_varlong(Bytes& to, std::uint64_t value) {
  while (value >= 0x80) {
    to.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<std::byte>(value));
}

std::size_t unsigned_varlong_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

}  // namespace gregor::base
