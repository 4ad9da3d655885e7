// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the targets share: inputs are read from their front, never fail, and are zeros beyond their
// end; files are read whole; bytes are disturbed without regard to what they mean.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"

namespace gregor::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const std::byte*>(data), size) {}
  explicit Input(base::BytesView bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] base::BytesView rest() const { return rest_; }

  base::BytesView take(std::size_t size) {
    const base::BytesView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }

  // Big-endian, of so many bytes.
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const std::byte byte : take(bytes)) value = value << 8 | std::to_integer<unsigned>(byte);
    return value;
  }

 private:
  base::BytesView rest_;
};

inline void append_u8(base::Bytes& to, std::uint64_t value) {
  to.push_back(static_cast<std::byte>(value));
}
inline void append_u16(base::Bytes& to, std::uint64_t value) {
  base::append_big_endian(to, static_cast<std::uint16_t>(value));
}
inline void append_text(base::Bytes& to, std::string_view text) {
  base::append(to, base::as_bytes(text));
}

// One to four changes: bits, cuts, repeats, extremes, random bytes.
void disturb(base::Bytes& bytes, base::Prng& prng);

base::Bytes random_bytes(base::Prng& prng, std::size_t size_max);

// Empty if the file is absent.
base::Bytes read_file(const std::string& path);
// Of all files below the folder, sorted.
std::vector<std::string> files_below(const std::string& folder);

}  // namespace gregor::fuzz
