// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ranges.h"
#include "model/settings_rows_elsewhere.h"
#include "model/settings_rows_group.h"
#include "model/settings_rows_log.h"
#include "model/settings_rows_network.h"
#include "model/settings_rows_replication.h"
#include "model/settings_rows_sasl.h"
#include "model/settings_rows_security.h"
#include "model/settings_rows_topic.h"
#include "model/settings_rows_transaction.h"
#include "model/settings_rows_zookeeper.h"

namespace gregor::model {
namespace {

// One table of several, sorted by name, while compiling; pointers are sorted first, since rows are
// large.
template <std::size_t... sizes>
constexpr auto sorted_table(const SettingDefinition (&... rows)[sizes]) {
  constexpr std::size_t total = (sizes + ...);
  std::array<const SettingDefinition*, total> order{};
  std::size_t used = 0;
  ((std::ranges::for_each(rows, [&](const auto& row) { order[used++] = &row; })), ...);
  std::ranges::sort(order, {}, [](const SettingDefinition* row) { return row->name; });
  std::array<SettingDefinition, total> table{};
  for (std::size_t i = 0; i < total; ++i) table[i] = *order[i];
  return table;
}

constexpr auto broker_table = sorted_table(
    settings_rows::elsewhere_rows, settings_rows::group_rows, settings_rows::log_rows,
    settings_rows::network_rows, settings_rows::replication_rows, settings_rows::sasl_rows,
    settings_rows::security_rows, settings_rows::transaction_rows, settings_rows::zookeeper_rows);

constexpr auto topic_table = sorted_table(settings_rows::topic_rows);

const SettingDefinition* find(std::span<const SettingDefinition> among, std::string_view name) {
  const auto at = std::ranges::lower_bound(among, name, {}, &SettingDefinition::name);
  return at != among.end() && at->name == name ? &*at : nullptr;
}

using Names = std::span<const std::string_view>;
// Settings that are given in several units; the first that is given counts.
constexpr std::array<std::string_view, 3> retention_names = {
    "log.retention.ms", "log.retention.minutes", "log.retention.hours"};
constexpr std::array<std::string_view, 2> roll_names = {"log.roll.ms", "log.roll.hours"};
constexpr std::array<std::string_view, 2> jitter_names = {"log.roll.jitter.ms",
                                                          "log.roll.jitter.hours"};
constexpr std::array<Names, 3> families = {retention_names, roll_names, jitter_names};
// The first falls back on the second, which is also a setting of its own.
constexpr std::array<std::string_view, 2> flush_names = {"log.flush.interval.ms",
                                                         "log.flush.scheduler.interval.ms"};

}  // namespace

std::span<const SettingDefinition> broker_settings() { return broker_table; }
std::span<const SettingDefinition> topic_settings() { return topic_table; }

const SettingDefinition* find_broker_setting(std::string_view name) {
  const SettingDefinition* found = find(broker_table, name);
  if (found != nullptr) return found;
  const auto bare = without_listener_prefix(name);
  return bare ? find(broker_table, *bare) : nullptr;
}

const SettingDefinition* find_topic_setting(std::string_view name) {
  return find(topic_table, name);
}

std::optional<std::string_view> without_listener_prefix(std::string_view name) {
  constexpr std::string_view prefix = "listener.name.";
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::size_t dot = name.find('.', prefix.size());
  if (dot == std::string_view::npos || dot + 1 == name.size()) return std::nullopt;
  const std::string_view key = name.substr(dot + 1);
  constexpr std::array<std::string_view, 5> of_a_mechanism = {
      "connections.max.reauth.ms", "sasl.jaas.config", "sasl.login.callback.handler.class",
      "sasl.login.class", "sasl.server.callback.handler.class"};
  const auto base = std::ranges::find_if(
      of_a_mechanism, [&](std::string_view candidate) { return key.ends_with(candidate); });
  return base == of_a_mechanism.end() ? key : *base;
}

std::vector<std::string> broker_synonyms(std::string_view name) {
  for (const Names family : families)
    if (base::contains(family, name)) return {family.begin(), family.end()};
  if (name == flush_names.front()) return {flush_names.begin(), flush_names.end()};
  std::vector<std::string> found = {std::string(name)};
  if (const auto bare = without_listener_prefix(name)) found.emplace_back(*bare);
  return found;
}

}  // namespace gregor::model
