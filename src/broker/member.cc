// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/member.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "base/ranges.h"
#include "broker/shard_state.h"

namespace gregor::broker {

using controller::BrokerAnswered;
using controller::BrokerRequest;
using model::ErrorCode;

namespace {

// Replicas of which the receiver is told who leads them.
std::vector<model::TopicPartition> named_in(const BrokerRequest& request) {
  std::vector<model::TopicPartition> out;
  if (const auto* news = std::get_if<controller::LeaderAndIsr>(&request.body))
    for (const controller::AnnouncedPartition& one : news->partitions)
      out.push_back({one.topic, one.partition});
  return out;
}

}  // namespace

// --- the coordination service ---

void Member::connected(ShardState& shard) {
  if (has_peers_) follow(shard, [&](auto& effects) { follower_.start(effects); });
}

void Member::on_reply(ShardState& shard, const coordination::Reply& reply) {
  follow(shard, [&](auto& effects) { follower_.on_reply(reply, effects); });
  // What the lost session has not read, the next one will read.
  if (reply.status == coordination::Status::session_expired || !follower_.is_up_to_date()) return;
  knows_configs_ = true;
  changed_ = changed_ || !unconfigured_.empty();
  unconfigured_.clear();
}

void Member::on_watch(ShardState& shard, const coordination::WatchFired& watch) {
  if (has_peers_) follow(shard, [&](auto& effects) { follower_.on_watch(watch, effects); });
}

template <class Step>
void Member::follow(ShardState& shard, Step step) {
  controller::ConfigFollower::Effects effects;
  step(effects);
  for (std::string& note : effects.notes) shard.say(Severity::warning, std::move(note));
  for (coordination::Request& request : effects.requests)
    shard.effects->coordination.push_back(std::move(request));
  for (const controller::ConfigsChanged& change : effects.changes) put(change);
}

void Member::put(const controller::ConfigsChanged& change) {
  changed_ = true;
  if (change.configs)
    configs_.insert_or_assign(change.resource, change.configs);
  else
    configs_.erase(change.resource);
}

// --- the controller's machine in this node ---

void Member::observe(const controller::Controller& machine,
                     const std::vector<controller::Change>& changes) {
  const controller::Image& image = machine.image();
  // The controller may have told all of the cluster before this broker knew that it is registered.
  changed_ = changed_ || view_.broker_epoch() != machine.broker_epoch() ||
             elected_ != image.controller || cluster_id_ != image.cluster_id;
  view_.registered(machine.broker_epoch());
  elected_ = image.controller;
  cluster_id_ = image.cluster_id;
  for (const controller::Change& change : changes)
    if (const auto* configs = std::get_if<controller::ConfigsChanged>(&change)) put(*configs);
}

// --- the elected controller ---

void Member::hear(ShardState& shard, const BrokerRequest& request, OnAnswer on_answer) {
  BrokerAnswered answer{.request = request.id,
                        .from = shard.broker_id(),
                        .error = view_.hear(request),
                        .partitions = {}};
  if (answer.error != ErrorCode::none) return on_answer(shard, std::move(answer));
  // Whoever is elected has written the configs, or read them before it spoke.
  if (request.controller != shard.broker_id()) read_configs(shard, request);
  if (const auto* news = std::get_if<controller::LeaderAndIsr>(&request.body)) {
    note_inherited(*news);
    answer.partitions = view_.lead(*news);
  } else if (const auto* cluster = std::get_if<controller::UpdateMetadata>(&request.body)) {
    view_.update(*cluster);
  } else {
    auto stops = view_.stop(std::get<controller::StopReplica>(request.body));
    answer.partitions = std::move(stops.refused);
    for (controller::StoppedReplica& one : stops.stopped) stopped_.push_back(std::move(one));
  }
  changed_ = true;
  const std::vector<model::TopicPartition> named = named_in(request);
  Unanswered waiting{.topics = {}, .tell = {}};
  for (const model::TopicPartition& one : named) waiting.topics.insert(one.topic);
  waiting.tell = [this, named, answer = std::move(answer),
                  on_answer = std::move(on_answer)](ShardState& later) mutable {
    add_offline(named, answer);
    on_answer(later, std::move(answer));
  };
  unanswered_.push_back(std::move(waiting));
}

void Member::note_inherited(const controller::LeaderAndIsr& news) {
  const auto is_news = [&](const controller::AnnouncedPartition& one) {
    return view_.may_be_inherited(one) != inherited_->contains({one.topic, one.partition});
  };
  if (std::ranges::none_of(news.partitions, is_news)) return;
  auto next = std::make_shared<Replicas>(*inherited_);
  for (const controller::AnnouncedPartition& one : news.partitions) {
    const model::TopicPartition name{one.topic, one.partition};
    if (view_.may_be_inherited(one))
      next->insert(name);
    else
      next->erase(name);
  }
  inherited_ = std::move(next);
}

// The controller is to know which logs cannot be opened.
void Member::add_offline(const std::vector<model::TopicPartition>& named,
                         BrokerAnswered& answer) const {
  for (const model::TopicPartition& partition : named) {
    const bool refused =
        base::contains(answer.partitions, partition, &BrokerAnswered::OfPartition::partition);
    if (!refused && images_.is_offline(partition))
      answer.partitions.push_back({partition, ErrorCode::kafka_storage_error});
  }
}

void Member::read_configs(ShardState& shard, const BrokerRequest& request) {
  const auto read = [&](const std::vector<controller::AnnouncedPartition>& partitions) {
    std::vector<controller::ConfigResource> topics;
    for (const controller::AnnouncedPartition& partition : partitions)
      if (view_.is_news(partition) && unconfigured_.insert(partition.topic).second)
        topics.emplace_back(controller::TopicName{partition.topic});
    if (!topics.empty()) follow(shard, [&](auto& effects) { follower_.refresh(topics, effects); });
  };
  if (const auto* news = std::get_if<controller::LeaderAndIsr>(&request.body))
    read(news->partitions);
  else if (const auto* cluster = std::get_if<controller::UpdateMetadata>(&request.body))
    read(cluster->partitions);
}

// --- snapshots ---

ClusterImage Member::visible(const ShardState& shard) {
  ClusterImage image{
      .version = {}, .metadata = view_.image(), .stopped = {}, .inherited = inherited_};
  controller::Image& metadata = image.metadata;
  for (const std::string& name : unconfigured_) metadata.remove_topic(name);
  metadata.configs = configs_;
  metadata.cluster_id = cluster_id_;
  metadata.controller = elected_;
  // Controllers of Kafka do not tell it.
  if (const auto self = metadata.brokers.find(shard.broker_id()); self != metadata.brokers.end())
    self->second.epoch = view_.broker_epoch();
  image.stopped = std::exchange(stopped_, {});
  changed_ = false;
  return image;
}

ClusterImagePtr Member::begin(const ShardState& shard) {
  return images_.first(shard, visible(shard));
}

void Member::publish(ShardState& shard) {
  if (!images_.has_begun()) return;
  if (changed_) images_.publish(shard, visible(shard));
  for (Unanswered& one : std::exchange(unanswered_, {}))
    if (std::ranges::any_of(one.topics,
                            [&](const auto& name) { return unconfigured_.contains(name); }))
      unanswered_.push_back(std::move(one));
    else
      images_.when_applied(shard, std::move(one.tell));
}

}  // namespace gregor::broker
