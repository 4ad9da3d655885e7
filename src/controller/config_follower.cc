// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/config_follower.h"

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "controller/znode_paths.h"
#include "controller/znodes.h"

namespace gregor::controller {
namespace {

using coordination::Status;

// "topics/T" or "brokers/1"; nullopt for entities that are none of ours (users, clients, ips).
std::optional<ConfigResource> resource_of(std::string_view entity) {
  const auto slash = entity.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view kind = entity.substr(0, slash);
  const std::string_view name = entity.substr(slash + 1);
  if (name.empty()) return std::nullopt;
  if (kind == "topics") return TopicName{std::string(name)};
  if (kind != "brokers") return std::nullopt;
  if (name == znode::default_entity) return DefaultBroker{};
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0) return std::nullopt;
  return model::BrokerId(number);
}

std::string notification_path(const std::string& name) {
  return std::string(znode::config_changes) + "/" + name;
}

}  // namespace

void ConfigFollower::start(Effects& out) {
  waiting_.clear();
  notifications_.clear();
  first_look_ = true;
  ask(List::changes, out);
}

void ConfigFollower::refresh(const ConfigResource& resource, Effects& out) { ask(resource, out); }

void ConfigFollower::ask(Read read, Effects& out) {
  coordination::Operation operation;
  if (const auto* list = std::get_if<List>(&read)) {
    const std::string_view path = *list == List::changes  ? znode::config_changes
                                  : *list == List::topics ? znode::topic_configs
                                                          : znode::broker_configs;
    operation = coordination::GetChildren{std::string(path), *list == List::changes};
  } else if (const auto* notification = std::get_if<Notification>(&read)) {
    operation = coordination::GetData{notification_path(notification->name)};
  } else {
    operation = coordination::GetData{znode::config(std::get<ConfigResource>(read))};
  }
  const coordination::RequestId id = next_;
  next_ = coordination::RequestId(next_.value() + 1);
  waiting_.emplace(id, std::move(read));
  out.requests.push_back({id, std::move(operation)});
}

void ConfigFollower::on_watch(const coordination::WatchFired& watch, Effects& out) {
  if (watch.path == znode::config_changes) ask(List::changes, out);
}

void ConfigFollower::on_reply(const coordination::Reply& reply, Effects& out) {
  const auto found = waiting_.find(reply.id);
  if (found == waiting_.end()) return;
  const Read read = std::move(found->second);
  waiting_.erase(found);
  if (reply.status == Status::connection_loss) return ask(read, out);
  if (reply.status == Status::session_expired) return;  // start() follows
  std::visit([&](const auto& one) { take(one, reply, out); }, read);
}

void ConfigFollower::take(List list, const coordination::Reply& reply, Effects& out) {
  const auto* children = std::get_if<coordination::ChildrenReply>(&reply.content);
  if (list == List::changes)
    return take_notifications(children ? children->names : std::vector<std::string>(), out);
  if (children == nullptr) return;  // nobody has made it yet: there is nothing in it
  const std::string_view kind = list == List::topics ? "topics/" : "brokers/";
  for (const std::string& name : children->names)
    if (const auto resource = resource_of(std::string(kind) + name);
        resource && !configs_.contains(*resource))
      ask(*resource, out);
}

void ConfigFollower::take_notifications(const std::vector<std::string>& names, Effects& out) {
  const auto before = std::exchange(notifications_, std::set(names.begin(), names.end()));
  if (std::exchange(first_look_, false)) return read_all(out);
  for (const std::string& name : names)
    if (!before.contains(name)) ask(Notification{name}, out);
}

// Only when the watch is there: what changes while this is read is noticed.
void ConfigFollower::read_all(Effects& out) {
  ask(List::topics, out);
  ask(List::brokers, out);
  // What has vanished meanwhile is found missing.
  for (const auto& [resource, configs] : configs_) ask(resource, out);
}

void ConfigFollower::take(const Notification& notification, const coordination::Reply& reply,
                          Effects& out) {
  const auto* data = std::get_if<coordination::DataReply>(&reply.content);
  if (data == nullptr) return;  // swept away as old
  const auto entity = znode::decode_config_change(data->data);
  if (!entity) {
    out.notes.push_back(notification_path(notification.name) + ": " + entity.error().detail);
    return;
  }
  if (const auto resource = resource_of(*entity)) ask(*resource, out);
}

void ConfigFollower::take(const ConfigResource& resource, const coordination::Reply& reply,
                          Effects& out) {
  const auto* data = std::get_if<coordination::DataReply>(&reply.content);
  if (data == nullptr) return put(resource, nullptr, out);
  auto configs = znode::decode_configs(data->data);
  if (!configs) {
    out.notes.push_back(znode::config(resource) + ": " + configs.error().detail);
    return put(resource, nullptr, out);
  }
  put(resource, std::make_shared<const Configs>(std::move(*configs)), out);
}

void ConfigFollower::put(const ConfigResource& resource, ConfigsRef configs, Effects& out) {
  const auto known = configs_.find(resource);
  if (configs == nullptr) {
    if (known == configs_.end()) return;
    configs_.erase(known);
  } else {
    if (known != configs_.end() && *known->second == *configs) return;
    configs_[resource] = configs;
  }
  out.changes.push_back({resource, std::move(configs)});
}

}  // namespace gregor::controller
