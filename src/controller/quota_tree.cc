// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/quota_tree.h"

#include <memory>
#include <utility>
#include <variant>

#include "controller/znode_paths.h"
#include "controller/znodes.h"

namespace gregor::controller {

namespace {

bool is_below_user(const QuotaEntity& entity) {
  return !entity.user.empty() && !entity.client_id.empty();
}

}  // namespace

QuotaTree::QuotaTree(const Image& image) {
  for (const auto& [resource, configs] : image.configs)
    if (const auto* entity = std::get_if<QuotaEntity>(&resource)) known_.emplace(*entity, configs);
}

const Configs& QuotaTree::configs_of(const QuotaEntity& entity) const {
  static const Configs none;
  const auto found = known_.find(entity);
  return found == known_.end() ? none : *found->second;
}

// The clients of a user come right after the user.
bool QuotaTree::has_clients(const std::string& user) const {
  const auto next = known_.upper_bound({.user = user});
  return next != known_.end() && next->first.user == user;
}

QuotaTree::Step QuotaTree::put(const QuotaEntity& entity, const ConfigsRef& configs,
                               const std::string& payload) {
  Step out;
  const bool keeps_clients =
      !entity.user.empty() && entity.client_id.empty() && has_clients(entity.user);
  if (!configs->empty() || (keeps_clients && !configs_of(entity).empty()))
    write(entity, configs, payload, out);
  else if (known_.contains(entity) && !keeps_clients)
    remove(entity, out);
  return out;
}

void QuotaTree::write(const QuotaEntity& entity, const ConfigsRef& configs,
                      const std::string& payload, Step& out) {
  const std::string path = znode::config(entity);
  const bool is_there = known_.contains(entity);
  if (is_below_user(entity) && !is_there) {
    const QuotaEntity user{.user = entity.user};
    const bool has_folder = has_clients(entity.user);
    if (!known_.contains(user)) {
      known_[user] = std::make_shared<const Configs>();
      out.writes.emplace_back(coordination::Create{znode::config(user), {}});
      out.changes.emplace_back(ConfigsChanged{user, known_[user]});
    }
    if (!has_folder)
      out.writes.emplace_back(
          coordination::Create{znode::configs_of(znode::clients_of(entity.user)), {}});
  }
  if (is_there)
    out.writes.emplace_back(coordination::SetData{path, payload});
  else
    out.writes.emplace_back(coordination::Create{path, payload});
  known_[entity] = configs;
  out.changes.emplace_back(ConfigsChanged{entity, configs});
}

void QuotaTree::remove(const QuotaEntity& entity, Step& out) {
  known_.erase(entity);
  out.writes.emplace_back(coordination::Remove{znode::config(entity)});
  out.changes.emplace_back(ConfigsChanged{entity, nullptr});
  if (!is_below_user(entity) || has_clients(entity.user)) return;
  out.writes.emplace_back(coordination::Remove{znode::configs_of(znode::clients_of(entity.user))});
  const QuotaEntity user{.user = entity.user};
  if (configs_of(user).empty()) remove(user, out);
}

}  // namespace gregor::controller
