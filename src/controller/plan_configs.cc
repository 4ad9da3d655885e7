// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Configs are changed: the new payload and the notification that tells other brokers of it, in one
// write.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/overloaded.h"
#include "controller/elections.h"
#include "controller/plan.h"
#include "controller/quota_tree.h"
#include "controller/topic_edits.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

using base::Overloaded;
using model::ErrorCode;
using model::fail;

model::Result<> check_exists(const Image& image, const ConfigResource& resource) {
  return std::visit(Overloaded{[&](const TopicName& topic) -> model::Result<> {
                                 if (image.topic(topic.name) != nullptr) return {};
                                 return fail(
                                     ErrorCode::unknown_topic_or_partition,
                                     fmt::format("The topic '{}' does not exist.", topic.name));
                               },
                               [&](model::BrokerId id) -> model::Result<> {
                                 if (image.brokers.contains(id)) return {};
                                 return fail(ErrorCode::broker_id_not_registered,
                                             fmt::format("No node with id {} found.", id.value()));
                               },
                               [](DefaultBroker) -> model::Result<> { return {}; },
                               [](const QuotaEntity&) -> model::Result<> { return {}; }},
                    resource);
}

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (comma != 0) parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return parts;
}

// A list with the parts of another added at its end, or taken away.
std::string edited_list(std::string_view old, std::string_view parts, bool add) {
  std::vector<std::string> list = parts_of(old);
  for (std::string& part : parts_of(parts)) {
    const auto found = std::ranges::find(list, part);
    if (add && found == list.end()) list.push_back(std::move(part));
    if (!add && found != list.end()) list.erase(found);
  }
  return fmt::format("{}", fmt::join(list, ","));
}

model::Result<> apply(Configs& configs, const ConfigEdit& edit) {
  switch (edit.operation) {
    case ConfigOperation::set:
      configs.insert_or_assign(edit.key, edit.value);
      return {};
    case ConfigOperation::remove:
      configs.erase(edit.key);
      return {};
    case ConfigOperation::remove_existing:
      if (configs.erase(edit.key) > 0) return {};
      return fail(ErrorCode::resource_not_found, fmt::format("There is no {} here.", edit.key));
    case ConfigOperation::append:
    case ConfigOperation::subtract: {
      const auto set = configs.find(edit.key);
      const bool add = edit.operation == ConfigOperation::append;
      configs.insert_or_assign(
          edit.key,
          edited_list(set == configs.end() ? edit.inherited : set->second, edit.value, add));
    }
  }
  return {};
}

// Of users, client ids and addresses anybody may invent more.
model::Result<> check_room(const QuotaTree& quotas, const QuotaEntity& entity) {
  if (const std::size_t bytes = znode::config_entity(entity).size();
      bytes > client_entity_bytes_max)
    return fail(ErrorCode::policy_violation,
                fmt::format("This name takes {} bytes in the coordination service; at most {} are "
                            "kept.",
                            bytes, client_entity_bytes_max));
  if (quotas.knows(entity) || quotas.size() < client_entities_max) return {};
  return fail(ErrorCode::policy_violation,
              fmt::format("There are {} users, client ids and addresses with quotas or "
                          "credentials; no more are kept.",
                          quotas.size()));
}

// A leader for which fewer in-sync replicas are enough from now on commits what those who are
// eligible do not have: they must not be it any more by then.
TopicEdits without_eligible(const Situation& now, const ConfigResource& resource,
                            const ConfigsRef& next) {
  TopicEdits out(now);
  if (std::holds_alternative<QuotaEntity>(resource)) return out;
  const auto* const one = std::get_if<TopicName>(&resource);
  std::optional<Image> image;  // with the new configs; made when it is needed
  for (const auto& [name, topic] : now.image.topics) {
    if (one != nullptr && one->name != name) continue;
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& partition = topic->partitions[at];
      if (partition.eligible.empty()) continue;
      if (!image) {
        image = now.image;
        image->configs.insert_or_assign(resource, next);
      }
      const Situation then{*image,           now.settings, now.epoch, now.fence,
                           now.producer_ids, now.leaving,  now.births};
      if (too_few(partition, partition.isr, rules_of(then, name))) continue;
      Partition settled = next_epoch(now, partition);
      settled.eligible.clear();
      out.set(name, model::PartitionIndex(static_cast<std::int32_t>(at)), std::move(settled));
    }
  }
  return out;
}

}  // namespace

Plan plan_alter_configs(const Situation& now, Token token, const AlterConfigs& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  std::vector<model::Result<>> results;
  std::set<ConfigResource> seen, twice;
  std::optional<QuotaTree> quotas;  // made when the first of them is asked for
  for (const ResourceConfigs& one : command.resources)
    if (!seen.insert(one.resource).second) twice.insert(one.resource);

  const auto judge = [&](const ResourceConfigs& wanted) -> model::Result<> {
    if (twice.contains(wanted.resource))
      return fail(ErrorCode::invalid_request, "Each resource must appear at most once.");
    if (auto exists = check_exists(now.image, wanted.resource); !exists) return exists;
    const auto* entity = std::get_if<QuotaEntity>(&wanted.resource);
    if (entity != nullptr) {
      if (!quotas) quotas.emplace(now.image);
      if (auto room = check_room(*quotas, *entity); !room) return room;
    }
    const Configs& old =
        entity != nullptr ? quotas->configs_of(*entity) : now.image.configs_of(wanted.resource);
    Configs configs = wanted.whole ? Configs{} : old;
    for (const ConfigEdit& edit : wanted.edits)
      if (auto applied = apply(configs, edit); !applied) return applied;

    const std::string path = znode::config(wanted.resource), payload = znode::encode(configs);
    auto stored = as_stored(payload);
    if (!stored) return fail(stored.error());
    QuotaTree::Step step;
    if (entity != nullptr)
      step = quotas->put(*entity, *stored, payload);
    else if (now.image.configs.contains(wanted.resource))
      step = {{coordination::SetData{path, payload}}, {ConfigsChanged{wanted.resource, *stored}}};
    else
      step = {{coordination::Create{path, payload}}, {ConfigsChanged{wanted.resource, *stored}}};
    if (step.writes.empty()) return {};
    const TopicEdits settled = without_eligible(now, wanted.resource, *stored);
    const auto states = settled.writes();
    step.writes.insert(step.writes.begin(), states.begin(), states.end());
    const auto changes = settled.changes();
    step.changes.insert(step.changes.begin(), changes.begin(), changes.end());
    step.writes.emplace_back(
        coordination::Create{znode::config_change_prefix(),
                             znode::encode_config_change(znode::config_entity(wanted.resource)),
                             coordination::CreateMode::persistent_sequential});
    Task task;
    task.results = {results.size()};
    task.writes = fenced_writes(now.fence, std::move(step.writes));
    task.changes = std::move(step.changes);
    if (!command.validate_only) out.tasks.push_back(std::move(task));
    return {};
  };
  for (const ResourceConfigs& one : command.resources) results.push_back(judge(one));
  out.answer.results = std::move(results);
  return out;
}

}  // namespace gregor::controller
