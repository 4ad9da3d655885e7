// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_alter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "model/broker_settings.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

std::unexpected<Error> invalid_request(std::string detail) {
  return fail(ErrorCode::invalid_request, std::move(detail));
}

std::unexpected<Error> invalid_config(std::string detail) {
  return fail(ErrorCode::invalid_config, std::move(detail));
}

// What is wrong with a request before anything is known of the settings in it.
template <class Entries, class NeedsValue>
Result<> check_shape(const Entries& entries, NeedsValue needs_value) {
  std::set<std::string_view> names;
  std::vector<std::string_view> without_value;
  for (const auto& entry : entries) {
    if (!names.insert(entry.name).second)
      return invalid_request("Error due to duplicate config keys");
    if (entry.value && entry.value->size() > setting_value_bytes_max)
      return invalid_request(
          fmt::format("The value of {} has {} bytes, of which at most {} are kept", entry.name,
                      entry.value->size(), setting_value_bytes_max));
    if (!entry.value && needs_value(entry)) without_value.push_back(entry.name);
  }
  if (without_value.empty()) return {};
  return invalid_request(
      fmt::format("Null value not supported for : {}", fmt::join(without_value, ",")));
}

Result<SettingMap> as_map(std::span<const NamedValue> wanted) {
  if (auto shape = check_shape(wanted, [](const NamedValue&) { return true; }); !shape)
    return fail(shape.error());
  SettingMap map;
  for (const NamedValue& entry : wanted) map.emplace(entry.name, *entry.value);
  return map;
}

// A list that is not set is changed from its default, as Kafka does, not from what a broker says.
std::string changed_list(const SettingMap& current, const SettingDefinition& definition,
                         const SettingChange& change) {
  const auto at = current.find(change.name);
  std::vector<std::string> elements =
      split_list(at == current.end() ? definition.default_text.value_or("") : at->second);
  std::vector<std::string> named = split_list(*change.value);
  if (named.empty()) named.emplace_back();  // appending nothing at all is a mistake to report
  if (change.operation == AlterOperation::subtract) {
    const std::set<std::string_view> gone(named.begin(), named.end());
    std::erase_if(elements, [&](const std::string& element) { return gone.contains(element); });
  } else {
    std::set<std::string> present(elements.begin(), elements.end());
    std::ranges::copy_if(named, std::back_inserter(elements), [&](const std::string& element) {
      return present.insert(element).second;
    });
  }
  return fmt::format("{}", fmt::join(elements, ","));
}

// Performs one change, without a check of the value that results.
template <class NotAList>
Result<> perform(SettingMap& settings, const SettingChange& change,
                 const SettingDefinition* definition, NotAList not_a_list) {
  switch (change.operation) {
    case AlterOperation::set:
      settings.insert_or_assign(change.name, *change.value);
      return {};
    case AlterOperation::remove:
      settings.erase(change.name);
      return {};
    case AlterOperation::append:
    case AlterOperation::subtract:
      if (definition == nullptr || definition->type != SettingType::list)
        return invalid_config(not_a_list(change));
      settings.insert_or_assign(change.name, changed_list(settings, *definition, change));
      return {};
  }
  return invalid_request(
      fmt::format("Unknown operation {} for {}", static_cast<int>(change.operation), change.name));
}

std::string_view verb_of(AlterOperation operation) {
  return operation == AlterOperation::append ? "append" : "subtract";
}

Result<> check_shape_of_changes(std::span<const SettingChange> changes) {
  return check_shape(changes, [](const SettingChange& change) {
    return change.operation != AlterOperation::remove;
  });
}

Result<> check_topic_together(const SettingMap& overrides, const TopicSettings& defaults) {
  const TopicSettings settings = topic_settings_from(defaults, overrides);
  if (settings.min_compaction_lag_ms > settings.max_compaction_lag_ms)
    return invalid_config(fmt::format(
        "conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})",
        settings.min_compaction_lag_ms, settings.max_compaction_lag_ms));
  if (settings.remote_storage_enable)
    return invalid_config(
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with "
        "remote log storage.");
  return {};
}

Result<SettingMap> checked_topic(SettingMap overrides, const TopicSettings& defaults) {
  for (const auto& [name, value] : overrides)
    if (auto valid = validate_topic_override(name, value); !valid) return fail(valid.error());
  if (auto valid = check_topic_together(overrides, defaults); !valid) return fail(valid.error());
  return overrides;
}

// Which of the names may not be changed at this level.
Result<> check_may_change(const std::set<std::string_view>& names, BrokerLevel level) {
  std::vector<std::string_view> read_only;
  std::vector<std::string_view> per_broker;
  for (const std::string_view name : names) {
    const SettingDefinition* definition = find_broker_setting(name);
    if (definition == nullptr) continue;
    if (definition->update == UpdateMode::read_only) read_only.push_back(name);
    if (definition->update == UpdateMode::per_broker) per_broker.push_back(name);
  }
  if (!read_only.empty())
    return invalid_request(fmt::format("Cannot update these configs dynamically: Set({})",
                                       fmt::join(read_only, ", ")));
  if (level == BrokerLevel::all_brokers && !per_broker.empty())
    return invalid_request(
        fmt::format("Cannot update these configs at default cluster level, broker id must be "
                    "specified: Set({})",
                    fmt::join(per_broker, ", ")));
  return {};
}

// `changed`: the names to be checked; what is stored besides may come from another broker.
Result<SettingMap> checked_broker(SettingMap settings, const std::set<std::string_view>& changed,
                                  BrokerLevel level, BrokerLevels levels) {
  if (auto allowed = check_may_change(changed, level); !allowed) return fail(allowed.error());
  for (const std::string_view name : changed) {
    const SettingDefinition* definition = find_broker_setting(name);
    const auto at = settings.find(name);
    if (definition == nullptr || at == settings.end()) continue;
    if (auto value = parse_value(*definition, at->second); !value)
      return invalid_request(std::move(value).error().detail);
  }
  (level == BrokerLevel::one_broker ? levels.dynamic_broker : levels.dynamic_default) = settings;
  if (auto loaded = broker_settings_from(effective_settings(levels)); !loaded)
    return invalid_request(std::move(loaded).error().detail);
  return settings;
}

}  // namespace

Result<> validate_topic_override(std::string_view name, std::string_view value) {
  const SettingDefinition* definition = find_topic_setting(name);
  if (definition == nullptr)
    return invalid_config(fmt::format("Unknown topic config name: {}", name));
  if (auto parsed = parse_value(*definition, value); !parsed)
    return fail(std::move(parsed).error());
  return {};
}

Result<SettingMap> settings_of_new_topic(std::span<const NamedValue> wanted,
                                         const TopicSettings& defaults) {
  std::vector<std::string_view> without_value;
  for (const NamedValue& entry : wanted)
    if (!entry.value) without_value.push_back(entry.name);
  if (!without_value.empty())
    return invalid_config(fmt::format("Null value not supported for topic configs: {}",
                                      fmt::join(without_value, ",")));
  return replace_topic_settings(wanted, defaults);
}

Result<SettingMap> replace_topic_settings(std::span<const NamedValue> wanted,
                                          const TopicSettings& defaults) {
  auto overrides = as_map(wanted);
  if (!overrides) return overrides;
  return checked_topic(*std::move(overrides), defaults);
}

Result<SettingMap> change_topic_settings(const SettingMap& overrides,
                                         std::span<const SettingChange> changes,
                                         const TopicSettings& defaults) {
  if (auto shape = check_shape_of_changes(changes); !shape) return fail(shape.error());
  SettingMap changed = overrides;
  for (const SettingChange& change : changes) {
    auto done =
        perform(changed, change, find_topic_setting(change.name), [](const SettingChange& refused) {
          return fmt::format("Can't {} to key {} because its type is not LIST.",
                             refused.operation == AlterOperation::append ? "APPEND" : "SUBTRACT",
                             refused.name);
        });
    if (!done) return fail(std::move(done).error());
    // What was stored before may come from a broker that knows other keys: it is not judged again.
    if (const auto at = changed.find(change.name); at != changed.end())
      if (auto valid = validate_topic_override(at->first, at->second); !valid)
        return fail(std::move(valid).error());
  }
  if (auto valid = check_topic_together(changed, defaults); !valid) return fail(valid.error());
  return changed;
}

Result<SettingMap> replace_broker_settings(std::span<const NamedValue> wanted, BrokerLevel level,
                                           const BrokerLevels& levels) {
  auto settings = as_map(wanted);
  if (!settings) return settings;
  std::set<std::string_view> names;
  for (const NamedValue& entry : wanted) names.insert(entry.name);
  return checked_broker(*std::move(settings), names, level, levels);
}

Result<SettingMap> change_broker_settings(std::span<const SettingChange> changes, BrokerLevel level,
                                          const BrokerLevels& levels) {
  if (auto shape = check_shape_of_changes(changes); !shape) return fail(shape.error());
  SettingMap settings =
      level == BrokerLevel::one_broker ? levels.dynamic_broker : levels.dynamic_default;
  std::set<std::string_view> names;
  for (const SettingChange& change : changes) {
    auto done = perform(settings, change, find_broker_setting(change.name),
                        [](const SettingChange& refused) {
                          return fmt::format("Config value {} is not allowed for config key: {}",
                                             verb_of(refused.operation), refused.name);
                        });
    if (!done) return fail(std::move(done).error());
    // Removing what cannot be set is harmless, and a way out of what should not be there.
    if (change.operation != AlterOperation::remove) names.insert(change.name);
  }
  return checked_broker(std::move(settings), names, level, levels);
}

}  // namespace gregor::model
