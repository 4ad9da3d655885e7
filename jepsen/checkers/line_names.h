// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The words of a history's lines.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

template <class Value, std::size_t n>
using Names = std::array<std::pair<std::string_view, Value>, n>;

inline constexpr Names<Type, 4> types{
    {{"invoke", Type::invoke}, {"ok", Type::ok}, {"fail", Type::fail}, {"info", Type::info}}};

inline constexpr Names<Function, 15> functions{{{"send", Function::send},
                                                {"poll", Function::poll},
                                                {"txn", Function::txn},
                                                {"list-offsets", Function::list_offsets},
                                                {"commit", Function::commit},
                                                {"fetch-offset", Function::fetch_offset},
                                                {"assign", Function::assign},
                                                {"subscribe", Function::subscribe},
                                                {"crash", Function::crash},
                                                {"read", Function::read},
                                                {"write", Function::write},
                                                {"cas", Function::cas},
                                                {"rebalance", Function::rebalance},
                                                {"fault", Function::fault},
                                                {"heal", Function::heal}}};

// Micro-operations that are [name, key, number]; which field the number is.
struct Plain {
  std::string_view name;
  Kind kind;
  bool is_value;
};
inline constexpr std::array<Plain, 11> plain{{{"end", Kind::end, false},
                                              {"stable-end", Kind::stable_end, false},
                                              {"commit", Kind::commit, false},
                                              {"fetched", Kind::fetched, false},
                                              {"generation", Kind::generation, false},
                                              {"assigned", Kind::assigned, false},
                                              {"revoked", Kind::revoked, false},
                                              {"stable", Kind::stable, false},
                                              {"read", Kind::read, true},
                                              {"write", Kind::write, true},
                                              {"send", Kind::send, true}}};
// … and those that are [name, key, [offset, value]].
inline constexpr Names<Kind, 3> pair_kinds{
    {{"send", Kind::send}, {"cas", Kind::cas}, {"source", Kind::source}}};

// Nothing where there is no such name.
template <class Table>
constexpr const typename Table::value_type* find_name(const Table& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Table::value_type::first);
  return found == table.end() ? nullptr : &*found;
}
constexpr const Plain* find_plain(std::string_view name) {
  const auto found = std::ranges::find(plain, name, &Plain::name);
  return found == plain.end() ? nullptr : &*found;
}

}  // namespace gregor::jepsen
