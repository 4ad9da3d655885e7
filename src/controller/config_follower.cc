// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/config_follower.h"

#include <memory>
#include <utility>

#include "controller/znode_paths.h"
#include "controller/znodes.h"

namespace gregor::controller {
namespace {

using coordination::Status;

std::string notification_path(const std::string& name) {
  return std::string(znode::config_changes) + "/" + name;
}

}  // namespace

void ConfigFollower::start(Effects& out) {
  waiting_.clear();
  notifications_.clear();
  first_look_ = true;
  ask(Notifications{}, out);
}

void ConfigFollower::refresh(const std::vector<ConfigResource>& resources, Effects& out) {
  ask(CatchUp{resources}, out);
}

void ConfigFollower::take(const CatchUp& done, const coordination::Reply&, Effects& out) {
  for (const ConfigResource& resource : done.then) ask(resource, out);
}

void ConfigFollower::ask(Read read, Effects& out) {
  coordination::Operation operation;
  if (std::holds_alternative<CatchUp>(read)) {
    operation = coordination::Multi{{coordination::Check{"/"}}};
  } else if (std::holds_alternative<Notifications>(read)) {
    operation = coordination::GetChildren{std::string(znode::config_changes), true};
  } else if (std::holds_alternative<Creation>(read)) {
    operation = coordination::GetData{std::string(znode::config_changes), true};
  } else if (const auto* entities = std::get_if<Entities>(&read)) {
    operation = coordination::GetChildren{znode::configs_of(entities->kind)};
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
  if (watch.path == znode::config_changes) ask(Notifications{}, out);
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

void ConfigFollower::take(const Entities& entities, const coordination::Reply& reply,
                          Effects& out) {
  const auto* children = std::get_if<coordination::ChildrenReply>(&reply.content);
  if (children == nullptr) return;  // nobody has made it yet: there is nothing in it
  for (const std::string& name : children->names) {
    if (const auto resource = znode::resource_of(entities.kind + "/" + name);
        resource && !configs_.contains(*resource))
      ask(*resource, out);
    if (entities.kind == "users") ask(Entities{znode::clients_of(name)}, out);
  }
}

// Who looks for children where there is no node leaves no watch behind.
void ConfigFollower::take(Notifications, const coordination::Reply& reply, Effects& out) {
  if (reply.status == Status::no_node) return ask(Creation{}, out);
  const auto* children = std::get_if<coordination::ChildrenReply>(&reply.content);
  const auto names = children ? children->names : std::vector<std::string>();
  const auto before = std::exchange(notifications_, std::set(names.begin(), names.end()));
  if (std::exchange(first_look_, false)) return read_all(out);
  for (const std::string& name : names)
    if (!before.contains(name)) ask(Notification{name}, out);
}

void ConfigFollower::take(Creation, const coordination::Reply& reply, Effects& out) {
  if (reply.status != Status::no_node) ask(Notifications{}, out);  // otherwise the watch will tell
}

// Only when the watch is there: what changes while this is read is noticed.
void ConfigFollower::read_all(Effects& out) {
  for (const std::string_view kind : znode::config_kinds()) ask(Entities{std::string(kind)}, out);
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
  if (const auto resource = znode::resource_of(*entity)) ask(*resource, out);
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
