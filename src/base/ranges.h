// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What std::ranges does not have, or not in GCC 12.
#pragma once

#include <algorithm>
#include <functional>
#include <ranges>
#include <type_traits>
#include <vector>

namespace gregor::base {

template <std::ranges::input_range Range, class Value, class Projection = std::identity>
constexpr bool contains(const Range& range, const Value& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

// Whether no two elements are equal.
template <std::ranges::random_access_range Range>
constexpr bool distinct(Range elements) {
  std::ranges::sort(elements);
  return std::ranges::adjacent_find(elements) == std::ranges::end(elements);
}

// What `function` makes of each element, in their order.
template <std::ranges::sized_range Range, class Function>
constexpr auto mapped(const Range& range, Function function) {
  using Element = std::ranges::range_reference_t<const Range>;
  std::vector<std::decay_t<std::invoke_result_t<Function, Element>>> results;
  results.reserve(std::ranges::size(range));
  for (Element element : range) results.push_back(std::invoke(function, element));
  return results;
}

}  // namespace gregor::base
