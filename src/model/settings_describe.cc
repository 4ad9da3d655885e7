// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_describe.h"

#include <algorithm>
#include <set>
#include <utility>

namespace gregor::model {
namespace {

using Synonyms = std::vector<DescribedSynonym>;

// What is not known may be a secret.
bool is_sensitive(const SettingDefinition* definition) {
  return definition == nullptr || definition->type == SettingType::password;
}

void append_if_set(Synonyms& to, const std::string& name, const SettingMap& map,
                   SettingSource source, bool secret) {
  const auto at = map.find(name);
  if (at == map.end()) return;
  to.push_back({name, secret ? std::nullopt : std::optional(at->second), source});
}

// Everything that says something about a broker's setting.
Synonyms all_synonyms_of(std::string_view name, const BrokerLevels& levels) {
  const std::vector<std::string> names = broker_synonyms(name);
  const bool secret = is_sensitive(find_broker_setting(name));
  Synonyms synonyms;
  for (const std::string& each : names)
    append_if_set(synonyms, each, levels.dynamic_broker, SettingSource::dynamic_broker, secret);
  for (const std::string& each : names)
    append_if_set(synonyms, each, levels.dynamic_default, SettingSource::dynamic_default, secret);
  for (const std::string& each : names)
    append_if_set(synonyms, each, levels.static_broker, SettingSource::static_broker, secret);
  for (const std::string& each : names) {
    const SettingDefinition* definition = find_broker_setting(each);
    // A default belongs to the bare key, not to that of a listener.
    if (definition == nullptr || definition->name != each || !definition->default_text) continue;
    synonyms.push_back({each, std::string(*definition->default_text), SettingSource::built_in});
  }
  return synonyms;
}

// Kafka leaves out what comes before the first mention of the name itself, so log.retention.ms has
// no synonyms if only minutes are set.
Synonyms from_first_mention(Synonyms synonyms, std::string_view name) {
  const auto first = std::ranges::find(synonyms, name, &DescribedSynonym::name);
  synonyms.erase(synonyms.begin(), first);
  return synonyms;
}

Synonyms synonyms_of(std::string_view name, const BrokerLevels& levels) {
  return from_first_mention(all_synonyms_of(name, levels), name);
}

SettingSource source_of(const Synonyms& synonyms) {
  return synonyms.empty() ? SettingSource::built_in : synonyms.front().source;
}

bool is_read_only(std::string_view name, const SettingDefinition* definition) {
  return definition == nullptr || definition->name != name ||
         definition->update == UpdateMode::read_only;
}

DescribedSetting describe(const std::string& name, std::optional<std::string> value,
                          Synonyms synonyms) {
  const SettingDefinition* definition = find_broker_setting(name);
  const bool secret = is_sensitive(definition);
  return {.name = name,
          .value = secret ? std::nullopt : std::move(value),
          .source = source_of(synonyms),
          .set_at = source_of(synonyms),
          .is_read_only = is_read_only(name, definition),
          .is_sensitive = secret,
          .type = definition == nullptr ? SettingType::unknown : definition->type,
          .documentation = definition == nullptr ? std::string_view{} : definition->documentation,
          .synonyms = std::move(synonyms)};
}

std::optional<std::string> text_of(const std::optional<SettingValue>& value) {
  return value ? std::optional(to_text(*value)) : std::nullopt;
}

// The value of a broker's key, known or not, where `effective` is set.
std::optional<std::string> text_in(const SettingMap& effective, const std::string& name) {
  const SettingDefinition* definition = find_broker_setting(name);
  if (definition == nullptr) return std::nullopt;
  // A listener's own setting has no default of its own.
  if (definition->name != name && !effective.contains(name)) return std::nullopt;
  return text_of(value_of(effective, name));
}

DescribedSetting describe_of_topic(const SettingDefinition& definition, const SettingMap& overrides,
                                   const BrokerLevels& levels, const SettingMap& effective) {
  Synonyms synonyms;
  std::optional<std::string> value;
  if (const auto own = overrides.find(definition.name); own != overrides.end()) {
    const auto parsed = parse_value(definition, own->second);
    value = parsed ? to_text(*parsed) : own->second;
    synonyms.push_back({own->first, value, SettingSource::topic});
  } else {
    value = text_of(inherited_value(definition, effective));
  }
  SettingSource set_at = source_of(synonyms);
  if (!definition.broker_key.empty()) {
    Synonyms inherited = all_synonyms_of(definition.broker_key, levels);
    if (synonyms.empty()) set_at = source_of(inherited);
    std::ranges::move(from_first_mention(std::move(inherited), definition.broker_key),
                      std::back_inserter(synonyms));
  }
  return {.name = std::string(definition.name),
          .value = std::move(value),
          .source = source_of(synonyms),
          .set_at = set_at,
          .is_read_only = false,
          .is_sensitive = false,
          .type = definition.type,
          .documentation = definition.documentation,
          .synonyms = std::move(synonyms)};
}

}  // namespace

std::vector<DescribedSetting> describe_topic(const SettingMap& overrides,
                                             const BrokerLevels& levels) {
  const SettingMap effective = effective_settings(levels);
  std::vector<DescribedSetting> described;
  for (const SettingDefinition& definition : topic_settings()) {
    if (definition.standing == Standing::hidden && !overrides.contains(definition.name)) continue;
    described.push_back(describe_of_topic(definition, overrides, levels, effective));
  }
  return described;
}

std::vector<DescribedSetting> describe_broker(const BrokerLevels& levels) {
  std::set<std::string, std::less<>> names;
  for (const SettingDefinition& definition : broker_settings())
    if (definition.standing != Standing::hidden) names.emplace(definition.name);
  for (const SettingMap* level :
       {&levels.static_broker, &levels.dynamic_default, &levels.dynamic_broker})
    for (const auto& [name, text] : *level) names.insert(name);

  const SettingMap effective = effective_settings(levels);
  std::vector<DescribedSetting> described;
  described.reserve(names.size());
  for (const std::string& name : names)
    described.push_back(describe(name, text_in(effective, name), synonyms_of(name, levels)));
  return described;
}

std::vector<DescribedSetting> describe_all_brokers(const BrokerLevels& levels) {
  std::vector<DescribedSetting> described;
  for (const auto& [name, text] : levels.dynamic_default) {
    Synonyms synonyms = synonyms_of(name, levels);
    std::erase_if(synonyms, [](const DescribedSynonym& synonym) {
      return synonym.source != SettingSource::dynamic_default;
    });
    described.push_back(describe(name, text, std::move(synonyms)));
  }
  return described;
}

}  // namespace gregor::model
