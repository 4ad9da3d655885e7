// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A table of a TOML file, of which every key must be known: each is taken once, with the type that
// it must have, and what nobody took is an error. The first error of a file is kept.
#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/broker_settings.h"

namespace gregor::simulation {

class TomlSection {
 public:
  // `what` it is, for errors: "a step". Both outlive it.
  TomlSection(const toml::table& table, std::string_view what, std::string& error)
      : table_(table), what_(what), error_(error) {}

  [[nodiscard]] int line() const { return static_cast<int>(table_.source().begin.line); }
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  template <class Value>
  Value take(std::string_view key, Value otherwise) {
    taken_.insert(key);
    const toml::node* const node = table_.get(key);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value<Value>()) return *value;
    fail(key, "has another type");
    return otherwise;
  }
  // A number of seconds, perhaps with a fraction, in microseconds.
  std::int64_t take_seconds(std::string_view key);
  // Two of them, the first not greater.
  std::pair<std::int64_t, std::int64_t> take_range(std::string_view key,
                                                   std::pair<std::int64_t, std::int64_t> otherwise);
  std::vector<std::int64_t> take_numbers(std::string_view key);
  std::vector<std::string> take_strings(std::string_view key);
  // Values of any simple type, as text.
  model::SettingMap take_settings(std::string_view key);
  // [[key]]
  std::vector<const toml::table*> take_tables(std::string_view key);

  // All keys have been taken.
  void end();
  void fail(std::string_view key, std::string_view why);

 private:
  const toml::table& table_;
  std::string_view what_;
  std::string& error_;
  std::set<std::string_view> taken_;
};

}  // namespace gregor::simulation
