// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/toml_section.h"

#include <fmt/format.h>

#include <cmath>

namespace gregor::simulation {
namespace {

constexpr double seconds_max = 3600;

}  // namespace

void TomlSection::fail(std::string_view key, std::string_view why) {
  if (!error_.empty()) return;
  const toml::node* const node = table_.get(key);
  const auto at = node == nullptr ? table_.source() : node->source();
  error_ = fmt::format("line {}: \"{}\" of {} {}", at.begin.line, key, what_, why);
}

std::int64_t TomlSection::take_seconds(std::string_view key) {
  const auto value = take<double>(key, 0.0);
  if (!(value >= 0 && value <= seconds_max)) fail(key, "is no number of seconds up to 3600");
  return error_.empty() ? std::llround(value * 1e6) : 0;
}

std::pair<std::int64_t, std::int64_t> TomlSection::take_range(
    std::string_view key, std::pair<std::int64_t, std::int64_t> otherwise) {
  taken_.insert(key);
  const toml::node* const node = table_.get(key);
  if (node == nullptr) return otherwise;
  const toml::array* const array = node->as_array();
  const auto number = [&](std::size_t i) { return (*array)[i].value<double>().value_or(-1); };
  if (array == nullptr || array->size() != 2 || !(number(0) >= 0 && number(0) <= number(1)) ||
      number(1) > seconds_max) {
    fail(key, "is no pair of seconds, the least and the most");
    return otherwise;
  }
  return {std::llround(number(0) * 1e6), std::llround(number(1) * 1e6)};
}

std::vector<std::int64_t> TomlSection::take_numbers(std::string_view key) {
  taken_.insert(key);
  std::vector<std::int64_t> numbers;
  const toml::node* const node = table_.get(key);
  if (node == nullptr) return numbers;
  const toml::array* const array = node->as_array();
  if (array == nullptr || !array->is_homogeneous<std::int64_t>()) {
    fail(key, "is no list of numbers");
    return numbers;
  }
  for (const toml::node& one : *array) numbers.push_back(one.value_or(std::int64_t{0}));
  return numbers;
}

std::vector<std::string> TomlSection::take_strings(std::string_view key) {
  taken_.insert(key);
  std::vector<std::string> strings;
  const toml::node* const node = table_.get(key);
  if (node == nullptr) return strings;
  if (!node->is_array()) fail(key, "is no list of strings");
  if (const toml::array* const array = node->as_array())
    for (const toml::node& one : *array) {
      if (!one.is_string()) fail(key, "is no list of strings");
      strings.push_back(one.value_or(std::string()));
    }
  return strings;
}

model::SettingMap TomlSection::take_settings(std::string_view key) {
  taken_.insert(key);
  model::SettingMap settings;
  const toml::node* const node = table_.get(key);
  if (node == nullptr) return settings;
  const toml::table* const table = node->as_table();
  if (table == nullptr) {
    fail(key, "is no table");
    return settings;
  }
  for (const auto& [name, value] : *table) {
    if (const auto text = value.value_exact<std::string>())
      settings[std::string(name.str())] = *text;
    else if (const auto number = value.value_exact<std::int64_t>())
      settings[std::string(name.str())] = std::to_string(*number);
    else if (const auto flag = value.value_exact<bool>())
      settings[std::string(name.str())] = *flag ? "true" : "false";
    else
      fail(key, fmt::format("has a value of {} that is no text, number or truth", name.str()));
  }
  return settings;
}

std::vector<const toml::table*> TomlSection::take_tables(std::string_view key) {
  taken_.insert(key);
  std::vector<const toml::table*> tables;
  const toml::node* const node = table_.get(key);
  if (node == nullptr) return tables;
  const toml::array* const array = node->as_array();
  if (array == nullptr) fail(key, "is no list of tables");
  if (array != nullptr)
    for (const toml::node& one : *array) {
      if (const toml::table* const table = one.as_table())
        tables.push_back(table);
      else
        fail(key, "is no list of tables");
    }
  return tables;
}

void TomlSection::end() {
  for (const auto& [key, value] : table_)
    if (!taken_.contains(key.str())) fail(key.str(), "is not known");
}

}  // namespace gregor::simulation
