// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/znode_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/overloaded.h"
#include "base/parse_number.h"

namespace gregor::controller::znode {

namespace {

using base::Overloaded;

constexpr std::array<std::string_view, 21> all_base_paths = {"/consumers",
                                                             "/brokers",
                                                             "/brokers/ids",
                                                             "/brokers/topics",
                                                             "/config",
                                                             "/config/changes",
                                                             "/admin",
                                                             "/admin/delete_topics",
                                                             "/brokers/seqid",
                                                             "/isr_change_notification",
                                                             "/latest_producer_id_block",
                                                             "/log_dir_event_notification",
                                                             "/config/topics",
                                                             "/config/clients",
                                                             "/config/users",
                                                             "/config/brokers",
                                                             "/config/ips",
                                                             "/cluster",
                                                             "/delegation_token",
                                                             "/delegation_token/token_changes",
                                                             "/delegation_token/tokens"};

bool is_unescaped(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

std::span<const std::string_view> base_paths() { return all_base_paths; }

std::string broker(model::BrokerId id) { return fmt::format("{}/{}", broker_ids, id.value()); }

std::string topic(std::string_view name) { return fmt::format("{}/{}", topics, name); }

std::optional<std::string> topic_of(std::string_view path) {
  if (!path.starts_with(topics) || path.size() < topics.size() + 2) return std::nullopt;
  const std::string_view name = path.substr(topics.size() + 1);
  if (path[topics.size()] != '/' || name.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(name);
}

std::string partitions(std::string_view topic_name) {
  return fmt::format("{}/{}/partitions", topics, topic_name);
}

std::string partition(std::string_view topic_name, model::PartitionIndex index) {
  return fmt::format("{}/{}/partitions/{}", topics, topic_name, index.value());
}

std::string partition_state(std::string_view topic_name, model::PartitionIndex index) {
  return partition(topic_name, index) + "/state";
}

std::optional<model::TopicPartition> partition_of_state(std::string_view path) {
  constexpr std::string_view between = "/partitions/", end = "/state";
  if (!path.starts_with(topics) || !path.ends_with(end)) return std::nullopt;
  path = path.substr(topics.size(), path.size() - topics.size() - end.size());
  const auto at = path.find(between);
  if (at == std::string_view::npos || at < 2) return std::nullopt;
  const auto index = base::parse_number<std::int32_t>(path.substr(at + between.size()));
  if (!index || *index < 0) return std::nullopt;
  return model::TopicPartition{std::string(path.substr(1, at - 1)), model::PartitionIndex(*index)};
}

std::string delete_topic(std::string_view topic_name) {
  return fmt::format("{}/{}", delete_topics, topic_name);
}

std::string config(const ConfigResource& resource) { return "/config/" + config_entity(resource); }

std::string config_entity(const ConfigResource& resource) {
  return std::visit(
      Overloaded{[](const TopicName& topic) { return "topics/" + topic.name; },
                 [](model::BrokerId id) { return "brokers/" + to_string(id); },
                 [](DefaultBroker) { return fmt::format("brokers/{}", default_entity); },
                 [](const QuotaEntity& one) {
                   if (!one.ip.empty()) return "ips/" + one.ip;
                   if (one.user.empty()) return "clients/" + one.client_id;
                   if (one.client_id.empty()) return "users/" + one.user;
                   return clients_of(one.user) + "/" + one.client_id;
                 }},
      resource);
}

namespace {

std::optional<ConfigResource> broker_of(std::string_view name) {
  if (name == default_entity) return DefaultBroker{};
  const auto number = base::parse_number<std::int32_t>(name);
  if (!number || *number < 0) return std::nullopt;
  return model::BrokerId(*number);
}

// "U" or "U/clients/C".
std::optional<ConfigResource> user_of(std::string_view name) {
  constexpr std::string_view between = "/clients/";
  const auto slash = name.find('/');
  const std::string user(name.substr(0, slash));
  if (slash == std::string_view::npos) return QuotaEntity{.user = user};
  const std::string_view rest = name.substr(slash);
  const std::string_view client = rest.substr(std::min(between.size(), rest.size()));
  if (!rest.starts_with(between) || client.empty() || client.find('/') != std::string_view::npos)
    return std::nullopt;
  return QuotaEntity{.user = user, .client_id = std::string(client)};
}

constexpr std::array<std::string_view, 5> all_config_kinds = {"topics", "brokers", "clients",
                                                              "users", "ips"};

}  // namespace

std::optional<ConfigResource> resource_of(std::string_view entity) {
  const auto slash = entity.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view kind = entity.substr(0, slash);
  const std::string_view name = entity.substr(slash + 1);
  if (name.empty() || name.starts_with('/')) return std::nullopt;
  if (kind == "users") return user_of(name);
  if (name.find('/') != std::string_view::npos) return std::nullopt;
  if (kind == "topics") return TopicName{std::string(name)};
  if (kind == "brokers") return broker_of(name);
  if (kind == "clients") return QuotaEntity{.client_id = std::string(name)};
  if (kind == "ips") return QuotaEntity{.ip = std::string(name)};
  return std::nullopt;
}

std::span<const std::string_view> config_kinds() { return all_config_kinds; }

std::string configs_of(std::string_view kind) { return fmt::format("/config/{}", kind); }

std::string clients_of(std::string_view user) { return fmt::format("users/{}/clients", user); }

std::string config_change_prefix() { return fmt::format("{}/config_change_", config_changes); }

std::string log_dir_event_prefix() { return fmt::format("{}/log_dir_event_", log_dir_events); }

std::string sanitized(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_unescaped(c))
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<std::string> desanitized(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '%') {
      out += name[at] == '+' ? ' ' : name[at];
      continue;
    }
    const std::string_view digits = name.substr(at + 1, 2);
    const auto byte = base::parse_hex<unsigned char>(digits);
    if (digits.size() != 2 || !byte) return std::nullopt;
    out += static_cast<char>(*byte);
    at += 2;
  }
  return out;
}

}  // namespace gregor::controller::znode
