// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/nearest_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace gregor::model {
namespace {

// Longer names tell nothing and would be slow to compare.
constexpr std::size_t comparable_name_bytes_max = 128;

// Of a name; cheaper to compare than names.
class Letters {
 public:
  explicit Letters(std::string_view name) : size_(name.size()) {
    for (const char letter : name) ++count_[static_cast<unsigned char>(letter)];
  }
  // How many the one has that the other lacks: no more than the edit distance. Beyond the limit it
  // may be more.
  [[nodiscard]] std::size_t apart_from(std::string_view other, std::size_t limit) const {
    const auto [shorter, longer] = std::minmax({size_, other.size()});
    if (longer - shorter > limit) return longer - shorter;
    auto left = count_;
    std::size_t common = 0;
    for (const char letter : other)
      if (left[static_cast<unsigned char>(letter)]-- > 0) ++common;
    return longer - common;
  }

 private:
  std::size_t size_;
  std::array<std::int16_t, 256> count_{};
};

// Letters to insert, delete or exchange to turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const SettingDefinition> among) {
  if (name.empty() || name.size() > comparable_name_bytes_max) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t distance_max = std::min(name.size() / 2, slips_max);
  const Letters letters(name);
  for (const SettingDefinition& row : among) {
    if (letters.apart_from(row.name, distance_max) > distance_max) continue;
    const std::size_t distance = edit_distance(name, row.name);
    if (nearest ? distance >= distance_max : distance > distance_max) continue;
    nearest = row.name;
    distance_max = distance;
  }
  return nearest;
}

}  // namespace gregor::model
