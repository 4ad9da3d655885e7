// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/varint.h"

#include <bit>
#include <limits>

namespace gregor::base {
namespace {

template <class T, std::size_t bytes_max>
std::optional<T> read(BytesView& from) {
  constexpr unsigned bits = std::numeric_limits<T>::digits;
  T value = 0;
  for (std::size_t i = 0; i < bytes_max && i < from.size(); ++i) {
    const auto byte = std::to_integer<T>(from[i]);
    const auto shift = static_cast<unsigned>(7 * i);
    // The last byte may carry only the bits that are left of the type.
    if (shift + 7 > bits && (byte & 0x7f) >> (bits - shift) != 0) return std::nullopt;
    value |= static_cast<T>((byte & 0x7f) << shift);
    if ((byte & 0x80) == 0) {
      from = from.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> read_unsigned_varint(BytesView& from) {
  return read<std::uint32_t, varint32_bytes_max>(from);
}

std::optional<std::uint64_t> read_unsigned_varlong(BytesView& from) {
  return read<std::uint64_t, varint64_bytes_max>(from);
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
