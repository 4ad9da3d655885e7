// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/image.h"

namespace gregor::controller {

TopicRef Image::topic(std::string_view name) const {
  const auto found = topics.find(name);
  return found == topics.end() ? nullptr : found->second;
}

TopicRef Image::topic(const model::TopicId& id) const {
  const auto found = topic_names.find(id);
  return found == topic_names.end() ? nullptr : topic(found->second);
}

const Configs& Image::configs_of(const ConfigResource& resource) const {
  static const Configs none;
  const auto found = configs.find(resource);
  return found == configs.end() ? none : *found->second;
}

std::vector<model::BrokerId> Image::broker_ids() const {
  std::vector<model::BrokerId> ids;
  ids.reserve(brokers.size());
  for (const auto& [id, broker] : brokers) ids.push_back(id);
  return ids;
}

void Image::put(TopicRef topic) {
  remove_topic(topic->name);
  if (!topic->id.is_zero()) topic_names.emplace(topic->id, topic->name);
  topics.insert_or_assign(topic->name, std::move(topic));
}

void Image::remove_topic(std::string_view name) {
  const auto found = topics.find(name);
  if (found == topics.end()) return;
  topic_names.erase(found->second->id);
  topics.erase(found);
}

namespace {

template <class Map, class Visit>
void visit_differences(const Map& from, const Map& to, const Visit& visit) {
  auto old = from.begin();
  auto fresh = to.begin();
  while (old != from.end() || fresh != to.end()) {
    if (fresh == to.end() || (old != from.end() && old->first < fresh->first)) {
      visit(old->first, old->second, nullptr);
      ++old;
    } else if (old == from.end() || fresh->first < old->first) {
      visit(fresh->first, nullptr, fresh->second);
      ++fresh;
    } else {
      const bool same = old->second == fresh->second || *old->second == *fresh->second;
      if (!same) visit(fresh->first, old->second, fresh->second);
      ++old;
      ++fresh;
    }
  }
}

}  // namespace

std::vector<Change> difference(const Image& from, const Image& to) {
  std::vector<Change> out;
  if (from.cluster_id != to.cluster_id || from.controller != to.controller ||
      from.controller_epoch != to.controller_epoch)
    out.emplace_back(ControllerChanged{});
  if (from.brokers != to.brokers) out.emplace_back(BrokersChanged{});
  visit_differences(from.configs, to.configs,
                    [&](const ConfigResource& resource, const ConfigsRef&, const ConfigsRef& now) {
                      out.emplace_back(ConfigsChanged{resource, now});
                    });
  visit_differences(from.topics, to.topics,
                    [&](const std::string&, const TopicRef& before, const TopicRef& after) {
                      out.emplace_back(TopicChanged{before, after});
                    });
  return out;
}

}  // namespace gregor::controller
