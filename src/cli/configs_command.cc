// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor configs`: what kafka-configs does for settings.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/answer.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/config_list.h"
#include "cli/config_requests.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* configs_details =
    "--topic NAME, --broker ID, --broker-logger ID, --group NAME and --client-metrics NAME are "
    "short\n"
    "for --entity-type … --entity-name NAME; --broker-defaults for all brokers' --entity-default.\n"
    "A value with commas goes into square brackets.\n"
    "\n"
    "Examples:\n"
    "  gregor configs --describe --topic orders             what was set for the topic\n"
    "  gregor configs --describe --all --topic orders       every setting, and where it comes "
    "from\n"
    "  gregor configs --alter --topic orders --add-config retention.ms=3600000,segment.ms=60000\n"
    "  gregor configs --alter --topic orders --delete-config segment.ms\n"
    "  gregor configs --describe --all --broker 0 --json\n"
    "  gregor configs --alter --broker-logger 0 --add-config root=DEBUG\n";

const std::map<std::string, ConfigType> entity_types = {
    {"topics", ConfigType::topic},
    {"brokers", ConfigType::broker},
    {"broker-loggers", ConfigType::broker_logger},
    {"client-metrics", ConfigType::client_metrics},
    {"groups", ConfigType::group},
};

struct ConfigsOptions {
  ClientOptions client;
  bool describe = false, alter = false, all = false;
  std::optional<ConfigType> type;
  std::optional<std::string> name;
  bool of_defaults = false;
  std::map<ConfigType, std::optional<std::string>> short_names;  // of --topic, --broker, …
  bool of_broker_defaults = false;
  std::vector<std::string> added;
  std::string added_file;
  std::vector<std::string> deleted;
};

std::string name_of(ConfigType type) {
  for (const auto& [name, known] : entity_types)
    if (known == type) return name;
  return "";
}

// "topic orders", "broker defaults"
std::string title_of(ConfigType type, const std::string& name) {
  std::string singular = name_of(type);
  if (singular.ends_with('s') && type != ConfigType::client_metrics) singular.pop_back();
  return name.empty() ? singular + " defaults" : singular + " " + name;
}

bool is_dynamic(const ConfigEntry& entry) {
  const auto source = static_cast<ConfigSource>(entry.config_source);
  return source != ConfigSource::static_broker && source != ConfigSource::default_value;
}

Json json_of(const ConfigEntry& entry) {
  Json synonyms = Json::array();
  for (const auto& synonym : entry.synonyms)
    synonyms.push_back({{"name", synonym.name},
                        {"value", synonym.value ? Json(*synonym.value) : Json(nullptr)},
                        {"source", name_of(static_cast<ConfigSource>(synonym.source))}});
  return {{"name", entry.name},
          {"value", entry.value ? Json(*entry.value) : Json(nullptr)},
          {"source", name_of(static_cast<ConfigSource>(entry.config_source))},
          {"read_only", entry.read_only},
          {"sensitive", entry.is_sensitive},
          {"synonyms", synonyms}};
}

std::string to_line(const ConfigEntry& entry) {
  std::string synonyms;
  for (const auto& synonym : entry.synonyms)
    synonyms += fmt::format("{}{}:{}={}", synonyms.empty() ? "" : ", ",
                            name_of(static_cast<ConfigSource>(synonym.source)), synonym.name,
                            synonym.value.value_or("null"));
  return fmt::format("  {}={} sensitive={} synonyms={{{}}}\n", entry.name,
                     entry.value.value_or("null"), entry.is_sensitive, synonyms);
}

// Without a name: every topic, every broker.
Result<std::vector<std::string>> names_meant(Cluster& cluster, const ConfigsOptions& options) {
  if (options.name) return std::vector{*options.name};
  if (options.of_defaults) return std::vector{std::string()};
  std::vector<std::string> names;
  if (options.type == ConfigType::topic) {
    const auto all = cluster.metadata(std::nullopt);
    if (!all) return model::fail(all.error());
    for (const auto& topic : all->topics) names.push_back(topic.name.value_or(""));
    std::ranges::sort(names);
  } else if (options.type == ConfigType::broker || options.type == ConfigType::broker_logger) {
    for (const model::BrokerId id : cluster.brokers()) names.push_back(to_string(id));
  } else {
    return model::fail(ErrorCode::invalid_request, "--entity-name is missing");
  }
  return names;
}

int describe(const ConfigsOptions& options) {
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const auto names = names_meant(*cluster, options);
  if (!names) return fail_with(names.error());
  Answer output("configs", "resources", options.client.json);
  for (const std::string& name : *names) {
    const std::string title = title_of(*options.type, name);
    Json item = {{"type", name_of(*options.type)},
                 {"name", name.empty() ? Json(nullptr) : Json(name)}};
    auto described = describe_configs(*cluster, *options.type, {name});
    if (!described) {
      output.add_failure(item, title, described.error());
      continue;
    }
    std::vector<ConfigEntry>& entries = described->at(name);
    if (!options.all) std::erase_if(entries, std::not_fn(is_dynamic));
    std::ranges::sort(entries, {}, &ConfigEntry::name);
    std::string text =
        fmt::format("{} configs for {} are:\n", options.all ? "All" : "Dynamic", title);
    item["configs"] = Json::array();
    for (const ConfigEntry& entry : entries) {
      item["configs"].push_back(json_of(entry));
      text += to_line(entry);
    }
    output.add(item, text);
  }
  return output.finish();
}

Result<std::vector<ConfigChange>> changes_in(const ConfigsOptions& options) {
  std::vector<ConfigChange> changes;
  const auto from_file = read_client_properties(options.added_file);
  if (!from_file) return model::fail(from_file.error());
  for (const auto& [key, value] : *from_file)
    changes.push_back({.key = key, .operation = ConfigOperation::set, .value = value});
  for (const std::string& list : options.added) {
    const auto pairs = parse_config_list(list);
    if (!pairs) return model::fail(pairs.error());
    for (const auto& [key, value] : *pairs)
      changes.push_back({.key = key, .operation = ConfigOperation::set, .value = value});
  }
  for (const std::string& list : options.deleted)
    for (std::string& key : parse_name_list(list))
      changes.push_back({.key = std::move(key), .operation = ConfigOperation::remove, .value = {}});
  return changes;
}

int alter(const ConfigsOptions& options) {
  if (!options.name && !options.of_defaults)
    return usage_error("configs: --alter needs an entity: --topic NAME, --broker ID, …");
  const auto changes = changes_in(options);
  if (!changes) return usage_error("configs: " + changes.error().detail);
  if (changes->empty())
    return usage_error("configs: --alter needs --add-config, --add-config-file or --delete-config");
  auto cluster = Cluster::connect(options.client);
  if (!cluster) return fail_with(cluster.error());
  const std::string name = options.name.value_or("");
  const std::string title = title_of(*options.type, name);
  const Json item = {{"type", name_of(*options.type)},
                     {"name", name.empty() ? Json(nullptr) : Json(name)}};
  Answer output("configs", "resources", options.client.json);
  if (const auto altered = alter_configs(*cluster, *options.type, name, *changes); altered)
    output.add(item, fmt::format("Completed updating config for {}.\n", title));
  else
    output.add_failure(item, title, altered.error());
  return output.finish();
}

int run_configs(const ConfigsOptions& options) {
  if (!options.type)
    return usage_error("configs: --entity-type or one of --topic, --broker, … is missing");
  if (options.of_defaults && options.type != ConfigType::broker)
    return usage_error("configs: only brokers have defaults");
  return options.describe ? describe(options) : alter(options);
}

void add_entity_options(CLI::App& command, ConfigsOptions& options) {
  auto* entity = command.add_option_group("entity", "whose settings");
  entity->add_option("--entity-type", options.type, "topics, brokers, broker-loggers, groups, …")
      ->transform(CLI::CheckedTransformer(entity_types));
  entity->add_option("--entity-name", options.name, "A topic's name, a broker's id, …");
  entity->add_flag("--entity-default", options.of_defaults, "What holds for all brokers");
  auto& named = options.short_names;
  entity->add_option("--topic", named[ConfigType::topic], "A topic");
  entity->add_option("--broker", named[ConfigType::broker], "A broker's id");
  entity->add_option("--broker-logger", named[ConfigType::broker_logger],
                     "A broker's id, for its loggers");
  entity->add_option("--group", named[ConfigType::group], "A group");
  entity->add_option("--client-metrics", named[ConfigType::client_metrics],
                     "A subscription to clients' metrics");
  entity->add_flag("--broker-defaults", options.of_broker_defaults, "What holds for all brokers");
}

// --topic NAME is --entity-type topics --entity-name NAME, and so on.
void spell_out(ConfigsOptions& options) {
  for (const auto& [type, name] : options.short_names)
    if (name) {
      options.type = type;
      options.name = name;
    }
  if (options.of_broker_defaults) {
    options.type = ConfigType::broker;
    options.of_defaults = true;
  }
}

}  // namespace

void add_configs_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("configs", "Show and change settings of topics, brokers, …");
  command->footer(configs_details);
  const auto options = std::make_shared<ConfigsOptions>();
  add_client_options(*command, options->client);
  auto* actions = command->add_option_group("action", "one of these");
  actions->add_flag("--describe", options->describe, "Print settings");
  actions->add_flag("--alter", options->alter, "Change settings");
  actions->require_option(1);
  add_entity_options(*command, *options);
  command->add_flag("--all", options->all, "With --describe: also what was not set");
  command->add_option("--add-config", options->added, "Settings to set: k=v,k=[v,w]")
      ->allow_extra_args(false);
  command->add_option("--add-config-file", options->added_file, "A properties file of them");
  command->add_option("--delete-config", options->deleted, "Settings to unset: k,k")
      ->allow_extra_args(false);
  command->callback([&action, options] {
    spell_out(*options);
    action = [options] { return run_configs(*options); };
  });
}

}  // namespace gregor::cli
