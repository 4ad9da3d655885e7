// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Integers that do not compile into each other's place: offsets, epochs and ids are all integers,
// and a swap of two of them is the commonest bug of this field.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>

namespace gregor::base {

// An identifier: comparable and hashable, no arithmetic, no implicit way in or out.
template <class Tag, std::integral Rep>
class TypedId {
 public:
  using rep = Rep;
  constexpr TypedId() = default;
  constexpr explicit TypedId(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(TypedId, TypedId) = default;

 private:
  Rep value_{};
};

// A position on a line (an offset, an instant): positions subtract to a plain distance and move by
// one.
template <class Tag, std::signed_integral Rep>
class TypedPosition {
 public:
  using rep = Rep;
  constexpr TypedPosition() = default;
  constexpr explicit TypedPosition(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(TypedPosition, TypedPosition) = default;

  friend constexpr TypedPosition operator+(TypedPosition p, Rep distance) {
    return TypedPosition(p.value_ + distance);
  }
  friend constexpr TypedPosition operator-(TypedPosition p, Rep distance) {
    return TypedPosition(p.value_ - distance);
  }
  friend constexpr Rep operator-(TypedPosition a, TypedPosition b) { return a.value_ - b.value_; }
  constexpr TypedPosition& operator+=(Rep distance) { return *this = *this + distance; }
  constexpr TypedPosition& operator++() { return *this += 1; }

 private:
  Rep value_{};
};

template <class Tag, class Rep>
std::string to_string(TypedId<Tag, Rep> id) {
  return std::to_string(id.value());
}
template <class Tag, class Rep>
std::string to_string(TypedPosition<Tag, Rep> position) {
  return std::to_string(position.value());
}

}  // namespace gregor::base

template <class Tag, class Rep>
struct std::hash<gregor::base::TypedId<Tag, Rep>> {
  std::size_t operator()(gregor::base::TypedId<Tag, Rep> id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
template <class Tag, class Rep>
struct std::hash<gregor::base::TypedPosition<Tag, Rep>> {
  std::size_t operator()(gregor::base::TypedPosition<Tag, Rep> p) const noexcept {
    return std::hash<Rep>{}(p.value());
  }
};
