// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/announcer.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/ranges.h"

namespace gregor::controller {

namespace {

using Brokers = std::vector<model::BrokerId>;
using base::contains;

bool has_state(const Partition& partition) { return partition.partition_epoch.value() >= 0; }

AnnouncedPartition announced(const Image& image, const Office& office, const Topic& topic,
                             std::size_t at) {
  AnnouncedPartition out{.topic = topic.name,
                         .topic_id = topic.id,
                         .incarnation = topic.incarnation,
                         .partition = model::PartitionIndex(static_cast<std::int32_t>(at)),
                         .state = topic.partitions[at],
                         .born = office.births.of(topic.name, at),
                         .is_new = false,
                         .offline = {}};
  for (const model::BrokerId id : out.state.replicas)
    if (!image.brokers.contains(id)) out.offline.push_back(id);
  return out;
}

StoppedReplica stopped(const Topic& topic, std::size_t at, model::LeaderEpoch epoch) {
  return {.topic = topic.name,
          .topic_id = topic.id,
          .incarnation = topic.incarnation,
          .partition = model::PartitionIndex(static_cast<std::int32_t>(at)),
          .leader_epoch = epoch,
          .remove = true,
          .topic_deleted = false};
}

StoppedReplica deleted(const Topic& topic, std::size_t at) {
  StoppedReplica out = stopped(topic, at, topic.partitions[at].leader_epoch);
  out.topic_deleted = true;
  return out;
}

GoneTopic gone(const Topic& topic) {
  return {.topic = topic.name,
          .topic_id = topic.id,
          .incarnation = topic.incarnation,
          .partitions = static_cast<std::int32_t>(topic.partitions.size())};
}

// The in-sync replicas alone are no news to replicas: the leader has asked for them.
bool concerns_replicas(const Partition* before, const Partition& after) {
  return before == nullptr || !has_state(*before) || before->leader_epoch != after.leader_epoch ||
         before->replicas != after.replicas || before->adding != after.adding ||
         before->removing != after.removing;
}

bool is_leaving(const Office& office, model::BrokerId id) { return office.leaving.contains(id); }

}  // namespace

void Announcer::announce(const Image& image, std::span<const Change> changes, const Office& office,
                         std::vector<BrokerRequest>& out) {
  if (!speaks_) return;
  AllNews all;
  for (const auto& [id, broker] : image.brokers) {
    const auto told = told_.find(id);
    if (told != told_.end() && told->second == broker.epoch) all[id];
  }
  for (const Change& change : changes)
    if (const auto* topic = std::get_if<TopicChanged>(&change)) tell(image, office, *topic, all);
  for (const model::BrokerId id : std::exchange(again_, {}))
    if (const auto news = all.find(id); news != all.end())
      tell_its_replicas(image, office, id, news->second);
  tell_of_brokers(image, office, all);
  for (const auto& [id, broker] : image.brokers)
    if (!all.contains(id)) tell_everything(image, office, id, all[id]);
  told_.clear();
  for (const auto& [id, broker] : image.brokers) told_.emplace(id, broker.epoch);
  send(image, office, std::move(all), out);
}

void Announcer::tell_everything(const Image& image, const Office& office, model::BrokerId to,
                                News& news) {
  news.metadata = true;
  news.leader_and_isr.complete = news.update_metadata.complete = true;
  news.leader_and_isr.as_of = news.update_metadata.as_of = office.as_of;
  for (const auto& [name, topic] : image.topics)
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& partition = topic->partitions[at];
      if (!has_state(partition)) continue;
      news.update_metadata.partitions.push_back(announced(image, office, *topic, at));
      if (contains(partition.replicas, to))
        news.leader_and_isr.partitions.push_back(news.update_metadata.partitions.back());
    }
  for (const auto& [name, topic] : image.deleting)
    for (std::size_t at = 0; at < topic->partitions.size(); ++at)
      if (contains(topic->partitions[at].replicas, to))
        news.stop_replica.replicas.push_back(deleted(*topic, at));
}

void Announcer::tell(const Image& image, const Office& office, const TopicChanged& change,
                     AllNews& all) {
  const bool same = change.before && change.after && change.before->id == change.after->id;
  if (change.before && !same) {
    const Topic& before = *change.before;
    for (auto& [id, news] : all) {
      news.metadata = true;
      news.update_metadata.gone.push_back(gone(before));
      for (std::size_t at = 0; at < before.partitions.size(); ++at)
        if (contains(before.partitions[at].replicas, id))
          news.stop_replica.replicas.push_back(deleted(before, at));
    }
  }
  if (!change.after) return;
  const Topic& topic = *change.after;
  for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
    const bool known = same && at < change.before->partitions.size();
    const Partition* const before = known ? &change.before->partitions[at] : nullptr;
    const Partition& after = topic.partitions[at];
    if (!has_state(after) || (before != nullptr && *before == after)) continue;
    AnnouncedPartition partition = announced(image, office, topic, at);
    for (auto& [id, news] : all) {
      news.metadata = true;
      news.update_metadata.partitions.push_back(partition);
      if (!concerns_replicas(before, after)) continue;
      const bool was_replica = before != nullptr && contains(before->replicas, id);
      if (!contains(after.replicas, id)) {
        if (was_replica)
          news.stop_replica.replicas.push_back(stopped(topic, at, after.leader_epoch));
        continue;
      }
      // A follower that is about to stop would only fall out of the in-sync replicas again.
      if (is_leaving(office, id) && was_replica && before->leader != id &&
          !contains(after.isr, id)) {
        news.stop_replica.replicas.push_back(stopped(topic, at, after.leader_epoch));
        news.stop_replica.replicas.back().remove = false;
        continue;
      }
      partition.is_new = before == nullptr || !has_state(*before);
      news.leader_and_isr.partitions.push_back(partition);
      partition.is_new = false;
    }
  }
}

void Announcer::tell_its_replicas(const Image& image, const Office& office, model::BrokerId to,
                                  News& news) {
  auto& told = news.leader_and_isr.partitions;
  std::set<model::TopicPartition> named;
  for (const AnnouncedPartition& one : told) named.insert({one.topic, one.partition});
  for (const auto& [name, topic] : image.topics)
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& partition = topic->partitions[at];
      const model::PartitionIndex index(static_cast<std::int32_t>(at));
      if (has_state(partition) && contains(partition.replicas, to) &&
          !named.contains({name, index}))
        told.push_back(announced(image, office, *topic, at));
    }
}

// Who came and who went, and for which partitions that makes a difference.
void Announcer::tell_of_brokers(const Image& image, const Office& office, AllNews& all) const {
  std::set<model::BrokerId> changed;
  for (const auto& [id, epoch] : told_)
    if (!all.contains(id)) changed.insert(id);
  for (const auto& [id, broker] : image.brokers)
    if (!all.contains(id)) changed.insert(id);
  if (changed.empty() || all.empty()) return;
  std::set<model::TopicPartition> named;
  for (const AnnouncedPartition& one : all.begin()->second.update_metadata.partitions)
    named.insert({one.topic, one.partition});
  std::vector<AnnouncedPartition> partitions;
  for (const auto& [name, topic] : image.topics)
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& partition = topic->partitions[at];
      const model::PartitionIndex index(static_cast<std::int32_t>(at));
      const bool concerned = std::ranges::any_of(
          partition.replicas, [&](model::BrokerId id) { return changed.contains(id); });
      if (concerned && has_state(partition) && !named.contains({name, index}))
        partitions.push_back(announced(image, office, *topic, at));
    }
  for (auto& [id, news] : all) {
    news.metadata = true;
    auto& told = news.update_metadata.partitions;
    told.insert(told.end(), partitions.begin(), partitions.end());
  }
}

void Announcer::send(const Image& image, const Office& office, AllNews all,
                     std::vector<BrokerRequest>& out) {
  std::vector<Broker> brokers;
  brokers.reserve(image.brokers.size());
  for (const auto& [id, broker] : image.brokers) brokers.push_back(broker);
  for (auto& [id, news] : all) {
    const auto add = [&, to = id](auto body) {
      last_ = BrokerRequestId(last_.value() + 1);
      out.push_back({.id = last_,
                     .to = to,
                     .broker_epoch = image.brokers.at(to).epoch,
                     .controller = office.controller,
                     .controller_epoch = office.epoch,
                     .body = std::move(body)});
    };
    // Before a later topic of the same name is told of.
    if (!news.stop_replica.replicas.empty()) add(std::move(news.stop_replica));
    if (news.leader_and_isr.complete || !news.leader_and_isr.partitions.empty()) {
      std::set<model::BrokerId> leaders;
      for (const AnnouncedPartition& one : news.leader_and_isr.partitions)
        leaders.insert(one.state.leader);
      for (const Broker& broker : brokers)
        if (leaders.contains(broker.id)) news.leader_and_isr.leaders.push_back(broker);
      add(std::move(news.leader_and_isr));
    }
    if (!news.metadata) continue;
    news.update_metadata.brokers = brokers;
    add(std::move(news.update_metadata));
  }
}

}  // namespace gregor::controller
